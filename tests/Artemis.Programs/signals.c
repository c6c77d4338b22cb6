/*
 * Signals that were sent and wait to be taken: each step sends some of every kind, works while they wait, and takes
 * them. They must come once, in their order, with the numbers that they carry, to the thread that they were sent to;
 * and a timer whose signal waits goes on.
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { IN_TURN = 3, PERIOD_MS = 2, WAITING_MS = 6, OF_TIMER = 4321 };

static sigset_t all;
static timer_t timer;
static atomic_long step_now = -1, step_done = -1;

static void send_to_process(int number, int value)
{
    MUST(sigqueue(getpid(), number, (union sigval){.sival_int = value}) == 0);
}

/* Takes one that waits already, of these numbers alone. */
static siginfo_t taken(int number)
{
    siginfo_t info = {0};
    sigset_t one;
    struct timespec soon = {3, 0};
    sigemptyset(&one);
    sigaddset(&one, number);
    if (sigtimedwait(&one, &info, &soon) != number)
        wrong("signal %d does not come", number);
    return info;
}

static void take_queued(int number, int value)
{
    siginfo_t info = taken(number);
    if (info.si_code != SI_QUEUE || info.si_value.sival_int != value || info.si_pid != getpid())
        wrong("signal %d has code %d, value %d, not %d", number, info.si_code, info.si_value.sival_int, value);
}

static void none_waits(int number)
{
    sigset_t waiting;
    MUST(sigpending(&waiting) == 0);
    if (sigismember(&waiting, number))
        wrong("signal %d comes twice", number);
}

/* What is sent to this thread, nobody else may take. */
static void *take_own(void *nothing)
{
    long done = -1;
    for (;;) {
        while (atomic_load(&step_now) == done)
            rest_ms(1);
        done = atomic_load(&step_now);
        if (done < 0)
            return nothing;
        for (int i = 0; i < IN_TURN; i++)
            MUST(pthread_sigqueue(pthread_self(), SIGRTMIN + 4, (union sigval){.sival_int = (int)done + i}) == 0);
        MUST(pthread_kill(pthread_self(), SIGUSR2) == 0);
        work_ms(WAITING_MS);
        for (int i = 0; i < IN_TURN; i++)
            take_queued(SIGRTMIN + 4, (int)done + i);
        MUST(taken(SIGUSR2).si_pid == getpid());
        none_waits(SIGUSR2);
        none_waits(SIGRTMIN + 4);
        atomic_store(&step_done, done);
    }
}

static void send(int step)
{
    struct itimerspec once = {{0, 0}, {0, PERIOD_MS * 1000000}};
    struct itimerval alarm_once = {{0, 0}, {0, PERIOD_MS * 1000}};
    MUST(timer_settime(timer, 0, &once, NULL) == 0);
    if (step % 2)
        MUST(setitimer(ITIMER_REAL, &alarm_once, NULL) == 0);
    for (int i = 0; i < IN_TURN; i++)
        send_to_process(SIGRTMIN + 2, step * IN_TURN + i);
    send_to_process(SIGUSR1, step);
    MUST(kill(getpid(), SIGHUP) == 0);
}

static void take(int step)
{
    for (int i = 0; i < IN_TURN; i++)
        take_queued(SIGRTMIN + 2, step * IN_TURN + i);
    take_queued(SIGUSR1, step);
    siginfo_t info = taken(SIGHUP);
    MUST(info.si_code == SI_USER && info.si_pid == getpid());
    info = taken(SIGRTMIN + 3);
    if (info.si_code != SI_TIMER || info.si_value.sival_int != OF_TIMER || info.si_overrun != 0)
        wrong("the timer's signal has code %d, value %d", info.si_code, info.si_value.sival_int);
    if (step % 2)
        MUST(taken(SIGALRM).si_code == SI_KERNEL);
    int once[] = {SIGRTMIN + 2, SIGUSR1, SIGHUP, SIGRTMIN + 3, SIGALRM};
    for (unsigned i = 0; i < sizeof once / sizeof *once; i++)
        none_waits(once[i]);
}

/* A timer of real time stands while its signal waits, and goes on when that is taken. */
static void take_periods(void)
{
    struct itimerval period = {{0, PERIOD_MS * 1000}, {0, PERIOD_MS * 1000}}, off = {0};
    MUST(setitimer(ITIMER_REAL, &period, NULL) == 0);
    work_ms(WAITING_MS);
    for (int i = 0; i < IN_TURN; i++)
        taken(SIGALRM);
    MUST(getitimer(ITIMER_REAL, &period) == 0 && period.it_interval.tv_usec == PERIOD_MS * 1000);
    MUST(setitimer(ITIMER_REAL, &off, NULL) == 0);
    struct timespec at_once = {0, 0};
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGALRM);
    sigtimedwait(&one, NULL, &at_once);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 100);
    pthread_t other;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value = {OF_TIMER}};
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    MUST(pthread_create(&other, NULL, take_own, NULL) == 0);
    for (long step = 0; step < steps; step++) {
        atomic_store(&step_now, step);
        send((int)step);
        work_ms(WAITING_MS);
        take((int)step);
        take_periods();
        while (atomic_load(&step_done) != step)
            rest_ms(1);
        if (step % 25 == 24)
            printf("step %ld: all taken\n", step);
    }
    atomic_store(&step_now, -1);
    MUST(pthread_join(other, NULL) == 0);
    printf("each once\n");
    return 0;
}
