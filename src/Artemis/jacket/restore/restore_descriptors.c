/* A restart's descriptors: each open file is made once and placed at its number; those that share it are copies. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include "arena.h"
#include "descriptors.h"
#include "end_restart.h"
#include "plan.h"
#include "restore_channels.h"
#include "restore_steps.h"
#include "syscalls.h"
#include "text.h"

/* Descriptors that are needed for a moment stay out of the way of the program's numbers. */
#define ASIDE_FIRST (JACKET_FD_FIRST + 8)
#define TIMERFD_SET_TICKS _IOW('T', 0, uint64_t) /* linux/timerfd.h, which does not go together with sys/timerfd.h */
#define SETTABLE_FLAGS (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)

long put_aside(long fd)
{
    if (fd < 0)
        return fd;
    long aside = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, ASIDE_FIRST);
    RAW(SYS_close, fd);
    return aside;
}

void place_descriptor(long made, const struct descriptor *descriptor)
{
    long fd = descriptor->fd;
    if (made < 0)
        end_restart_file(plan_string(descriptor->path), " cannot be opened again", made);
    RAW(SYS_fcntl, made, F_SETFL, descriptor->flags & SETTABLE_FLAGS);
    if (own_fd_is((int)fd)) { /* the program has a number here that this process gave to the jacket */
        long moved = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
        for (unsigned i = 0; i < OWN_FD_COUNT; i++)
            if (ARENA->own_fds[i] == fd)
                ARENA->own_fds[i] = (int)moved;
        RAW(SYS_close, fd);
    }
    if (made == fd) {
        RAW(SYS_fcntl, fd, F_SETFD, descriptor->close_on_exec ? FD_CLOEXEC : 0);
        return;
    }
    if (RAW(SYS_dup3, made, fd, descriptor->close_on_exec ? O_CLOEXEC : 0) < 0)
        end_restart("a descriptor cannot be given its number", (uint64_t)fd);
    RAW(SYS_close, made);
}

static long make_file(const struct descriptor *descriptor)
{
    const struct capture *captures = PLAN_AT(SECTION_CAPTURES, struct capture);
    const char *path = plan_string(descriptor->path);
    if (descriptor->capture > PLAN_COUNT(SECTION_CAPTURES, struct capture))
        end_restart("a file of the plan is not in it", descriptor->capture);
    if (descriptor->capture)
        path = plan_string(captures[descriptor->capture - 1].path);
    uint32_t flags = descriptor->flags & ~(uint32_t)(O_CREAT | O_EXCL | O_TRUNC);
    if ((flags & O_TMPFILE) == O_TMPFILE)
        flags &= ~(uint32_t)O_TMPFILE;
    long fd = RAW(SYS_openat, AT_FDCWD, path, flags | O_NOCTTY, 0);
    if (fd >= 0 && !(flags & O_PATH) && !S_ISCHR(descriptor->mode))
        RAW(SYS_lseek, fd, descriptor->position, SEEK_SET);
    return fd;
}

static long make_timer(const struct descriptor *descriptor)
{
    long fd = RAW(SYS_timerfd_create, descriptor->values[0], descriptor->flags & O_NONBLOCK);
    const uint64_t second = 1000000000ull, left = descriptor->values[2], interval = descriptor->values[3];
    struct itimerspec times = {.it_value = {(long)(left / second), (long)(left % second)},
                               .it_interval = {(long)(interval / second), (long)(interval % second)}};
    RAW(SYS_timerfd_settime, fd, 0, &times, 0);
    if (descriptor->values[1])
        RAW(SYS_ioctl, fd, TIMERFD_SET_TICKS, &descriptor->values[1]);
    return fd;
}

static long take_given(int number, const long *given)
{
    long from = given[number];
    if (from < 0)
        return RAW(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_NOCTTY, 0);
    return RAW(SYS_fcntl, from, F_DUPFD_CLOEXEC, 0);
}

static long make(const struct descriptor *descriptor, const long *given)
{
    long file;
    switch (descriptor->type) {
    case DESCRIPTOR_FILE:
        file = make_file(descriptor);
        /* A stream may have been opened by somebody with more rights. */
        return file == -EACCES && descriptor->fd < 3 ? take_given((int)descriptor->fd, given) : file;
    case DESCRIPTOR_INHERITED:
        return take_given(descriptor->inherited, given);
    case DESCRIPTOR_EVENTFD:
        return RAW(SYS_eventfd2, descriptor->values[0],
                   (descriptor->flags & O_NONBLOCK) | (descriptor->values[1] ? EFD_SEMAPHORE : 0));
    case DESCRIPTOR_EPOLL:
        return RAW(SYS_epoll_create1, 0);
    case DESCRIPTOR_SIGNALFD:
        return RAW(SYS_signalfd4, -1, &descriptor->values[0], 8, descriptor->flags & O_NONBLOCK);
    case DESCRIPTOR_TIMERFD:
        return make_timer(descriptor);
    case DESCRIPTOR_INOTIFY:
        return RAW(SYS_inotify_init1, descriptor->flags & O_NONBLOCK);
    case DESCRIPTOR_LISTENER:
    case DESCRIPTOR_SOCKET:
        return make_socket(descriptor);
    case DESCRIPTOR_LOST_PIPE:
        return make_lost_pipe(descriptor);
    case DESCRIPTOR_LOST_SOCKET:
        return make_lost_socket(descriptor);
    default:
        end_restart("the plan has a descriptor of an unknown kind", descriptor->type);
    }
}

static void make_all(const long *given)
{
    const struct descriptor *all = PLAN_AT(SECTION_DESCRIPTORS, struct descriptor);
    uint64_t count = PLAN_COUNT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < count; i++) {
        if (all[i].type == DESCRIPTOR_PIPE) {
            i = restore_pipe(i) - 1; /* all its ends at once */
            continue;
        }
        if (all[i].same_as >= 0)
            continue;
        if (all[i].type == DESCRIPTOR_PAIR)
            restore_pair(&all[i]);
        else
            place_descriptor(make(&all[i], given), &all[i]);
    }
    for (uint64_t i = 0; i < count; i++)
        if (all[i].same_as >= 0 &&
            RAW(SYS_dup3, all[i].same_as, all[i].fd, all[i].close_on_exec ? O_CLOEXEC : 0) < 0)
            end_restart("a shared descriptor cannot be made", (uint64_t)all[i].fd);
}

static void take_locks(void)
{
    const struct saved_lock *locks = PLAN_AT(SECTION_LOCKS, struct saved_lock);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_LOCKS, struct saved_lock); i++) {
        struct flock lock = {.l_type = locks[i].exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET,
                             .l_start = (long)locks[i].start, .l_len = (long)locks[i].length};
        long taken = locks[i].kind == LOCK_WHOLE_FILE
                         ? RAW(SYS_flock, locks[i].fd, (locks[i].exclusive ? 2 : 1) | 4)
                         : RAW(SYS_fcntl, locks[i].fd, locks[i].kind == LOCK_POSIX ? F_SETLK : F_OFD_SETLK, &lock);
        if (taken < 0)
            end_restart("a file lock that the program held is another's now, descriptor", (uint64_t)locks[i].fd);
    }
}

/* Closes what the launcher gave, but for the jacket's own; the three streams are kept aside. */
static void clear_descriptors(long *given)
{
    for (int fd = 0; fd < 3; fd++)
        given[fd] = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, ASIDE_FIRST);
    RAW(SYS_close_range, 0, JACKET_FD_FIRST - 1, 0);
}

void restore_descriptors(const struct process_state *state)
{
    long given[3];
    clear_descriptors(given);
    (void)state;
    make_all(given);
    for (int fd = 0; fd < 3; fd++)
        if (given[fd] >= 0)
            RAW(SYS_close, given[fd]);
    restore_watches();
    take_locks();
}
