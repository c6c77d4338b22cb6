/*
 * Every wait of the C library that a signal handler interrupts for good. Without a jacket nothing interrupts it here;
 * with one nothing may seem to: each must last as long as asked, and none may answer EINTR. The program's own alarms
 * must interrupt it all the same.
 */
#include "program.h"

#include <poll.h>
#include <semaphore.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { WAIT_MS = 40, LATE_MS = 3000 };

static const struct timespec wait_time = {0, WAIT_MS * 1000000};
static const struct timeval wait_value = {0, WAIT_MS * 1000};
static int quiet[2]; /* a pair of sockets that nobody writes to, with time limits */
static int events;
static sigset_t none, some;

static struct timespec limit_on(clockid_t clock)
{
    struct timespec limit;
    clock_gettime(clock, &limit);
    limit.tv_nsec += wait_time.tv_nsec;
    if (limit.tv_nsec >= 1000000000) {
        limit.tv_sec++;
        limit.tv_nsec -= 1000000000;
    }
    return limit;
}

static int by_poll(void)
{
    struct pollfd entry = {.fd = quiet[0], .events = POLLIN};
    return poll(&entry, 1, WAIT_MS);
}

static int by_ppoll(void)
{
    struct pollfd entry = {.fd = quiet[0], .events = POLLIN};
    return ppoll(&entry, 1, &wait_time, &none);
}

static int by_select(void)
{
    struct timeval limit = wait_value;
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(quiet[0], &reads);
    return select(quiet[0] + 1, &reads, NULL, NULL, &limit);
}

static int by_pselect(void)
{
    fd_set reads;
    FD_ZERO(&reads);
    FD_SET(quiet[0], &reads);
    return pselect(quiet[0] + 1, &reads, NULL, NULL, &wait_time, &none);
}

static int by_epoll_wait(void)
{
    struct epoll_event event;
    return epoll_wait(events, &event, 1, WAIT_MS);
}

static int by_epoll_pwait(void)
{
    struct epoll_event event;
    return epoll_pwait(events, &event, 1, WAIT_MS, &none);
}

static int by_epoll_pwait2(void)
{
    struct epoll_event event;
    return epoll_pwait2(events, &event, 1, &wait_time, &none);
}

static int by_nanosleep(void)
{
    return nanosleep(&wait_time, NULL);
}

static int answer(int error)
{
    errno = error;
    return error ? -1 : 0;
}

static int by_clock_nanosleep(void)
{
    return answer(clock_nanosleep(CLOCK_MONOTONIC, 0, &wait_time, NULL));
}

static int by_clock_nanosleep_until(void)
{
    struct timespec limit = limit_on(CLOCK_MONOTONIC);
    return answer(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &limit, NULL));
}

static int by_usleep(void)
{
    return usleep(WAIT_MS * 1000);
}

static int by_sem_clockwait(void)
{
    static sem_t semaphore;
    struct timespec limit = limit_on(CLOCK_MONOTONIC);
    sem_init(&semaphore, 0, 0);
    return sem_clockwait(&semaphore, CLOCK_MONOTONIC, &limit);
}

static int by_sem_timedwait(void)
{
    static sem_t semaphore;
    struct timespec limit = limit_on(CLOCK_REALTIME);
    sem_init(&semaphore, 0, 0);
    return sem_timedwait(&semaphore, &limit);
}

static int by_condition(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec limit = limit_on(CLOCK_MONOTONIC);
    pthread_mutex_lock(&mutex);
    int error = pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &limit);
    pthread_mutex_unlock(&mutex);
    return answer(error);
}

static int by_sigtimedwait(void)
{
    return sigtimedwait(&some, NULL, &wait_time);
}

static int by_recv(void)
{
    char octet;
    return (int)recv(quiet[0], &octet, 1, 0);
}

static int by_recvmsg(void)
{
    char octet;
    struct iovec part = {&octet, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return (int)recvmsg(quiet[0], &message, 0);
}

static int by_read(void)
{
    char octet;
    return (int)read(quiet[0], &octet, 1);
}

static int by_accept(void)
{
    static int listener;
    if (!listener) {
        listener = socket(AF_INET, SOCK_STREAM, 0);
        MUST(listen(listener, 1) == 0);
        MUST(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &wait_value, sizeof wait_value) == 0);
    }
    return accept(listener, NULL, NULL);
}

static const struct wait {
    const char *name;
    int (*function)(void);
    int error; /* what it ends with when nothing comes; 0: it succeeds */
    unsigned unsure_ms; /* how much earlier than asked it may end */
} waits[] = {
    {"poll", by_poll, 0, 0}, {"ppoll", by_ppoll, 0, 0}, {"select", by_select, 0, 0}, {"pselect", by_pselect, 0, 0},
    {"epoll_wait", by_epoll_wait, 0, 0}, {"epoll_pwait", by_epoll_pwait, 0, 0},
    {"epoll_pwait2", by_epoll_pwait2, 0, 0}, {"nanosleep", by_nanosleep, 0, 0},
    {"clock_nanosleep", by_clock_nanosleep, 0, 0}, {"clock_nanosleep until", by_clock_nanosleep_until, 0, 0},
    {"usleep", by_usleep, 0, 0}, {"sem_clockwait", by_sem_clockwait, ETIMEDOUT, 0},
    {"sem_timedwait", by_sem_timedwait, ETIMEDOUT, WAIT_MS}, {"pthread_cond_clockwait", by_condition, ETIMEDOUT, 0},
    {"sigtimedwait", by_sigtimedwait, EAGAIN, 0}, {"recv", by_recv, EAGAIN, 8}, {"recvmsg", by_recvmsg, EAGAIN, 8},
    {"read", by_read, EAGAIN, 8}, {"accept", by_accept, EAGAIN, 8},
};

static void check_wait(const struct wait *wait)
{
    uint64_t begun = now_ns();
    errno = 0;
    int result = wait->function();
    int error = errno;
    uint64_t elapsed_ms = (now_ns() - begun) / 1000000;
    if (wait->error ? result != -1 || error != wait->error : result != 0)
        printf("%s answered %d, %s\n", wait->name, result, strerror(error));
    else if (elapsed_ms + wait->unsure_ms < WAIT_MS || elapsed_ms > WAIT_MS + LATE_MS)
        printf("%s lasted %d ms instead of %d\n", wait->name, (int)elapsed_ms, WAIT_MS);
    else
        printf("%s in time\n", wait->name);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms = alarms + 1;
}

/* An alarm ends a pause, each exactly one. */
static void check_pause(void)
{
    struct itimerval soon = {.it_value = {0, 20000}};
    int before = alarms;
    MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    MUST(pause() == -1 && errno == EINTR);
    MUST(alarms == before + 1);
    sigset_t blocked, open_mask;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    MUST(sigprocmask(SIG_BLOCK, &blocked, &open_mask) == 0);
    MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    MUST(sigsuspend(&open_mask) == -1 && errno == EINTR);
    MUST(alarms == before + 2);
    MUST(sigprocmask(SIG_SETMASK, &open_mask, NULL) == 0);
    struct timespec hour = {3600, 0};
    MUST(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    MUST(nanosleep(&hour, &hour) == -1 && errno == EINTR && hour.tv_sec == 3599);
    MUST(alarms == before + 3);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 3);
    sigemptyset(&none);
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &some, NULL) == 0);
    struct sigaction action = {.sa_handler = on_alarm};
    MUST(sigaction(SIGALRM, &action, NULL) == 0);
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet) == 0);
    MUST(setsockopt(quiet[0], SOL_SOCKET, SO_RCVTIMEO, &wait_value, sizeof wait_value) == 0);
    struct epoll_event event = {.events = EPOLLIN};
    events = epoll_create1(0);
    MUST(events >= 0 && epoll_ctl(events, EPOLL_CTL_ADD, quiet[0], &event) == 0);
    for (long step = 0; step < steps; step++) {
        for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
            check_wait(&waits[i]);
        check_pause();
        printf("step %ld done\n", step);
    }
    printf("alarms: %d\n", (int)alarms);
    return 0;
}
