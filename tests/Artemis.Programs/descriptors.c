/*
 * Descriptors of all kinds, each with something inside that only the kernel knows: offsets that two share, octets in a
 * pipe, a counter, pending signals, timers, watches, locks. After each step all of it must be as it was left.
 * It keeps what it should find in its own memory, so a restart that goes back in one and not in the other is found.
 */
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

enum { WATCHED = 24, RECORD = 16, PIPE_FIRST = 3000 };

static char folder[2048];
static int own, copy, appending, unlinked, reader, pipe_ends[2], pair[2], counter, signals, timer, events, watches;
static int watched[WATCHED];
static int high, empty_folder;
static uint64_t counted, written, piped_in, piped_out, noted, expired_at;

static int open_in(const char *name, int flags)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int descriptor = open(path, flags, 0600);
    if (descriptor < 0)
        wrong("%s cannot be opened", path);
    return descriptor;
}

static void open_files(void)
{
    own = open_in("records", O_RDWR | O_CREAT | O_TRUNC);
    copy = dup(own);
    appending = open_in("log", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
    reader = open_in("log", O_RDONLY | O_CLOEXEC);
    unlinked = open_in("unlinked", O_RDWR | O_CREAT | O_TRUNC);
    char path[4096];
    snprintf(path, sizeof path, "%s/unlinked", folder);
    MUST(unlink(path) == 0);
    high = fcntl(own, F_DUPFD_CLOEXEC, 700);
    empty_folder = open(folder, O_RDONLY | O_DIRECTORY);
    MUST(copy >= 0 && high >= 700 && empty_folder >= 0);
}

static void open_others(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    MUST(pipe2(pipe_ends, O_NONBLOCK) == 0);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    counter = eventfd(0, EFD_NONBLOCK);
    signals = signalfd(-1, &set, SFD_NONBLOCK);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    events = epoll_create1(EPOLL_CLOEXEC);
    watches = inotify_init1(IN_NONBLOCK);
    MUST(counter >= 0 && signals >= 0 && timer >= 0 && events >= 0 && watches >= 0);
    MUST(inotify_add_watch(watches, folder, IN_CREATE | IN_DELETE) >= 0);
    for (int i = 0; i < WATCHED; i++) {
        struct epoll_event event = {.events = EPOLLIN | (i % 2 ? EPOLLET : 0), .data.u64 = 7000u + (unsigned)i};
        watched[i] = eventfd(0, EFD_NONBLOCK);
        MUST(watched[i] >= 0 && epoll_ctl(events, EPOLL_CTL_ADD, watched[i], &event) == 0);
    }
}

static void set_locks(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 50};
    MUST(fcntl(own, F_SETLK, &lock) == 0);
    lock = (struct flock){.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 1000, .l_len = 0};
    MUST(fcntl(own, F_SETLK, &lock) == 0);
    MUST(flock(appending, LOCK_EX | LOCK_NB) == 0);
}

/* A shared offset: what one writes, the other stands behind. */
static void use_files(long step)
{
    char record[64], back[RECORD + 1] = {0};
    snprintf(record, sizeof record, "record %08u\n", (unsigned)step);
    int through = step % 3 == 0 ? own : step % 3 == 1 ? copy : high;
    MUST(lseek(copy, 0, SEEK_CUR) == (off_t)written);
    MUST(write(through, record, RECORD) == RECORD);
    written += RECORD;
    MUST(lseek(own, 0, SEEK_CUR) == (off_t)written && lseek(high, 0, SEEK_CUR) == (off_t)written);
    MUST(write(appending, record, RECORD) == RECORD);
    MUST(read(reader, back, RECORD) == RECORD && !memcmp(back, record, RECORD));
    MUST(pwrite(unlinked, record, RECORD, (step % 100) * 5000) == RECORD);
    if (step > 0) {
        snprintf(record, sizeof record, "record %08u\n", (unsigned)step - 1);
        MUST(pread(unlinked, back, RECORD, ((step - 1) % 100) * 5000) == RECORD && !memcmp(back, record, RECORD));
        MUST(pread(own, back, RECORD, (off_t)written - 2 * RECORD) == RECORD && !memcmp(back, record, RECORD));
    }
    struct stat status;
    MUST(fstat(unlinked, &status) == 0 && status.st_nlink == 0);
    MUST((fcntl(appending, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY));
    MUST(fcntl(reader, F_GETFD) == FD_CLOEXEC && fcntl(copy, F_GETFD) == 0 && fcntl(high, F_GETFD) == FD_CLOEXEC);
}

static void use_pipe(int from, int to, uint64_t octets)
{
    unsigned char octet;
    while (piped_in < piped_out + octets) {
        octet = (unsigned char)(piped_in * 7);
        MUST(write(to, &octet, 1) == 1);
        piped_in++;
    }
    for (uint64_t i = 0; i < octets / 3; i++) {
        MUST(read(from, &octet, 1) == 1);
        if (octet != (unsigned char)(piped_out * 7))
            wrong("octet %llu of the pipe is %u", (unsigned long long)piped_out, octet);
        piped_out++;
    }
}

static void use_socket_pair(long step)
{
    uint64_t number = (uint64_t)step, back;
    MUST(send(pair[0], &number, sizeof number, 0) == sizeof number);
    if (step >= 5) {
        MUST(recv(pair[1], &back, sizeof back, 0) == sizeof back);
        MUST(back == number - 5);
    }
}

static void use_counter(void)
{
    uint64_t add = 3, found;
    MUST(write(counter, &add, sizeof add) == sizeof add);
    counted += add;
    if (counted % 9 == 0) {
        MUST(read(counter, &found, sizeof found) == sizeof found);
        MUST(found == counted);
        counted = 0;
    }
}

static void use_signals(long step)
{
    struct signalfd_siginfo info;
    if (step % 2 == 0)
        MUST(raise(SIGUSR1) == 0);
    else
        MUST(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR1);
}

/* A timer runs on while the program does; it must neither be lost nor come early. */
static void use_timer(void)
{
    struct itimerspec soon = {.it_value = {0, 15000000}};
    uint64_t expirations;
    ssize_t got = read(timer, &expirations, sizeof expirations);
    if (got < 0 && expired_at)
        MUST(errno == EAGAIN && now_ns() < expired_at + 400000000);
    if (got > 0)
        MUST(expirations == 1 && now_ns() >= expired_at);
    if (got > 0 || !expired_at) {
        expired_at = now_ns() + 15000000;
        MUST(timerfd_settime(timer, 0, &soon, NULL) == 0);
    }
}

/* One of many members becomes ready, in turn, and no other may be reported. */
static void use_events(long step)
{
    struct epoll_event found[WATCHED];
    uint64_t one = 1;
    int which = (int)(step % WATCHED);
    MUST(write(watched[which], &one, sizeof one) == sizeof one);
    rest_ms(1);
    int ready = epoll_wait(events, found, WATCHED, 1000);
    if (ready < 1)
        wrong("epoll reported %d", ready);
    for (int i = 0; i < ready; i++)
        if (found[i].data.u64 != 7000u + (unsigned)which)
            wrong("epoll reported %llu instead of %d", (unsigned long long)found[i].data.u64, 7000 + which);
    MUST(read(watched[which], &one, sizeof one) == sizeof one && one == 1);
}

static void use_watches(long step)
{
    char path[4096];
    union {
        struct inotify_event event;
        char octets[8192];
    } seen;
    snprintf(path, sizeof path, "%s/made-%ld", folder, step);
    noted += access(path, F_OK) == 0; /* made before a kill and after the checkpoint: it is not made again */
    int made = open(path, O_WRONLY | O_CREAT, 0600);
    MUST(made >= 0 && close(made) == 0 && unlink(path) == 0);
    ssize_t got = read(watches, seen.octets, sizeof seen.octets);
    MUST(got > 0);
    for (char *at = seen.octets; at < seen.octets + got; at += sizeof seen.event + ((struct inotify_event *)at)->len)
        noted += (((struct inotify_event *)at)->mask & (IN_CREATE | IN_DELETE)) != 0;
}

/* Only another process sees whether the locks are held. */
static void check_locks(void)
{
    pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 120, .l_len = 1};
        struct flock second = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5000, .l_len = 1};
        int other = open_in("log", O_RDONLY);
        int held = fcntl(own, F_GETLK, &first) == 0 && first.l_type == F_WRLCK && first.l_start == 100
            && first.l_len == 50 && first.l_pid == getppid();
        held += fcntl(own, F_GETLK, &second) == 0 && second.l_type == F_RDLCK && second.l_start == 1000;
        held += flock(other, LOCK_EX | LOCK_NB) < 0;
        _exit(held);
    }
    int status;
    MUST(waitpid(child, &status, 0) == child && WIFEXITED(status));
    if (WEXITSTATUS(status) != 3)
        wrong("only %d of 3 locks are held", WEXITSTATUS(status));
}

/* descriptors STEPS FOLDER */
int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 200);
    snprintf(folder, sizeof folder, "%s", count > 2 ? arguments[2] : ".");
    open_files();
    open_others();
    set_locks();
    for (long step = 0; step < steps; step++) {
        use_files(step);
        use_pipe(pipe_ends[0], pipe_ends[1], PIPE_FIRST);
        use_socket_pair(step);
        use_counter();
        use_signals(step);
        use_timer();
        use_events(step);
        use_watches(step);
        rest_ms(2);
        if (step % 25 == 24) {
            check_locks();
            printf("step %ld: written %llu, piped %llu\n", step, (unsigned long long)written,
                   (unsigned long long)piped_out);
        }
    }
    printf("noted %llu of %ld\n", (unsigned long long)noted, 2 * steps);
    return 0;
}
