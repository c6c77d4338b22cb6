/*
 * The C library's own functions behind the hooks, and what every hook file needs. The table is filled when the library
 * is loaded, and earlier only if another library's constructor calls a hook first: never in a signal handler.
 */
#ifndef CCR_JACKET_REAL_H
#define CCR_JACKET_REAL_H

#include "../hooks.h"
#include "../wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define HOOK __attribute__((visibility("default")))

typedef void (*signal_function)(int);

#define REAL_FUNCTIONS(X) \
    X(sigprocmask) X(pthread_sigmask) X(sigaction) X(signal) X(sigset) X(sigsuspend) X(sigwait) X(sigwaitinfo) \
    X(sigtimedwait) X(signalfd) X(poll) X(ppoll) X(select) X(pselect) X(epoll_wait) X(epoll_pwait) X(epoll_pwait2) \
    X(nanosleep) X(clock_nanosleep) X(pause) X(sem_timedwait) X(sem_clockwait) \
    X(read) X(readv) X(write) X(writev) X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(send) X(sendto) X(sendmsg) \
    X(sendmmsg) X(accept) X(accept4) X(connect) X(setsockopt) \
    X(close) X(close_range) X(dup) X(dup2) X(dup3) X(fcntl) X(fcntl64) \
    X(timer_create) X(_Fork) X(clone) X(execve) X(execvpe) X(fexecve) X(execveat) \
    X(shmget) X(semget) X(msgget) X(msgrcv) X(msgsnd) X(semop) X(semtimedop)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* sigset is old, and is still called */
struct real_functions {
    bool ready;
#define DECLARE(name) __typeof__(&name) name;
    REAL_FUNCTIONS(DECLARE)
#undef DECLARE
};
#pragma GCC diagnostic pop

extern struct real_functions real_functions;
void find_real_functions(void);

static inline const struct real_functions *real(void)
{
    if (__builtin_expect(!real_functions.ready, 0))
        find_real_functions();
    return &real_functions;
}

/*
 * Whether an interruption was a checkpoint's and nothing else's: the jacket's generation has changed, and no handler
 * of the program has run in this thread meanwhile. Only then may the program not see it.
 */
struct watch {
    uint64_t generation;
    uint64_t handled;
    int error; /* errno as it was: a call that succeeds in the end leaves it alone */
};

/* masks.c: counts the runs of the program's own handlers in this thread. */
extern __thread uint64_t handlers_run __attribute__((tls_model("initial-exec")));

static inline struct watch watch_begin(void)
{
    return (struct watch){.generation = jacket_generation(), .handled = handlers_run, .error = errno};
}

static inline bool only_checkpoint(struct watch *watch)
{
    uint64_t generation = jacket_generation();
    if (generation == watch->generation || handlers_run != watch->handled)
        return false;
    watch->generation = generation;
    return true;
}

/* True if a call that answered -1 is to be made again. */
static inline bool again(struct watch *watch, long result)
{
    if (__builtin_expect(result != -1 || errno != EINTR || !only_checkpoint(watch), 1))
        return false;
    errno = watch->error;
    return true;
}

/* deadlines.c: relative waits are cut by what has passed already. A deadline of no limit is not read from the clock. */
struct deadline {
    bool limited;
    struct timespec at;
};

struct deadline deadline_in(const struct timespec *relative);
struct deadline deadline_in_ms(int milliseconds);
struct timespec time_left(const struct deadline *deadline);
int time_left_ms(const struct deadline *deadline);

/* masks.c: a copy of the set without the jacket's signal; NULL stays NULL. */
const sigset_t *without_jacket(const sigset_t *set, sigset_t *copy);

#endif
