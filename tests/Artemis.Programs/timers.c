/*
 * Interval timers and POSIX timers of each kind: to the process, to one thread, and by a thread of the C library; with
 * ids, values and periods that must be the same after a restart. Counts depend on time, so what is printed is whether
 * each went on, and that no more came than time has passed for.
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { PERIOD_MS = 10, TIMERS = 3, REMOVED = 5 };

static volatile sig_atomic_t real_ticks, virtual_ticks, wrong_value;
static volatile long ticks[TIMERS];
static timer_t timers[TIMERS];
static pid_t owner;

static void on_interval(int number)
{
    if (number == SIGALRM)
        real_ticks = real_ticks + 1;
    else
        virtual_ticks = virtual_ticks + 1;
}

static void on_timer(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    int index = info->si_value.sival_int - 500;
    if (info->si_code != SI_TIMER || index < 0 || index >= TIMERS || (index == 1 && syscall(SYS_gettid) != owner))
        wrong_value = 1;
    else
        ticks[index]++;
}

static void by_thread(union sigval value)
{
    ticks[value.sival_int - 500]++;
}

static void make_timers(void)
{
    timer_t removed[REMOVED];
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 500};
    struct itimerspec period = {{0, PERIOD_MS * 1000000}, {0, PERIOD_MS * 1000000}};
    for (int i = 0; i < REMOVED; i++)
        MUST(timer_create(CLOCK_MONOTONIC, &event, &removed[i]) == 0);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timers[0]) == 0);
    for (int i = 0; i < REMOVED; i++)
        MUST(timer_delete(removed[i]) == 0);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_notify_thread_id = owner = (pid_t)syscall(SYS_gettid);
    event.sigev_signo = SIGRTMIN + 3;
    event.sigev_value.sival_int = 501;
    MUST(timer_create(CLOCK_BOOTTIME, &event, &timers[1]) == 0);
    struct sigevent other = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 502};
    other.sigev_notify_function = by_thread;
    MUST(timer_create(CLOCK_MONOTONIC, &other, &timers[2]) == 0);
    for (int i = 0; i < TIMERS; i++)
        MUST(timer_settime(timers[i], 0, &period, NULL) == 0);
}

/* Waits until the count has gone on, but not for ever. */
static int goes_on(volatile long *count)
{
    long before = *count;
    for (uint64_t end = now_ns() + 3000000000ull; *count == before && now_ns() < end;)
        work_ms(1);
    return *count > before;
}

static void check_timers(void)
{
    for (int i = 0; i < TIMERS; i++) {
        struct itimerspec setting;
        MUST(timer_gettime(timers[i], &setting) == 0);
        MUST(setting.it_interval.tv_sec == 0 && setting.it_interval.tv_nsec == PERIOD_MS * 1000000);
        if (!goes_on(&ticks[i]))
            wrong("timer %d stands still", i);
    }
    MUST(!wrong_value);
}

static void check_intervals(void)
{
    struct itimerval setting;
    sig_atomic_t real_before = real_ticks, virtual_before = virtual_ticks;
    MUST(getitimer(ITIMER_REAL, &setting) == 0 && setting.it_interval.tv_usec == PERIOD_MS * 1000);
    MUST(getitimer(ITIMER_VIRTUAL, &setting) == 0 && setting.it_interval.tv_usec == PERIOD_MS * 1000);
    uint64_t end = now_ns() + 3000000000ull;
    while ((real_ticks == real_before || virtual_ticks == virtual_before) && now_ns() < end)
        work_ms(1);
    MUST(real_ticks > real_before && virtual_ticks > virtual_before);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 30);
    uint64_t begun = now_ns();
    struct sigaction action = {.sa_handler = on_interval, .sa_flags = SA_RESTART};
    struct itimerval period = {{0, PERIOD_MS * 1000}, {0, PERIOD_MS * 1000}};
    MUST(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGVTALRM, &action, NULL) == 0);
    action.sa_sigaction = on_timer;
    action.sa_flags |= SA_SIGINFO;
    MUST(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGRTMIN + 3, &action, NULL) == 0);
    MUST(setitimer(ITIMER_REAL, &period, NULL) == 0 && setitimer(ITIMER_VIRTUAL, &period, NULL) == 0);
    make_timers();
    for (long step = 0; step < steps; step++) {
        check_timers();
        check_intervals();
        if (step % 10 == 9)
            printf("step %ld: all go on\n", step);
    }
    uint64_t possible = (now_ns() - begun) / (PERIOD_MS * 1000000) + 10;
    for (int i = 0; i < TIMERS; i++)
        MUST((uint64_t)ticks[i] <= possible);
    MUST((uint64_t)real_ticks <= possible);
    printf("none too often\n");
    return 0;
}
