/*
 * Timers made by timer_create: to the process, to one thread, and disarmed; with ids, values and periods that must be
 * the same after a restart. Counts depend on time, so what is printed is whether each went on, and that no more signals
 * came than time has passed for.
 */
#include "program.h"

#include <signal.h>
#include <sys/syscall.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { PERIOD_MS = 10, TIMERS = 3, ARMED = 2, REMOVED = 5 };

static volatile sig_atomic_t wrong_value;
static volatile long ticks[TIMERS];
static timer_t timers[TIMERS];
static pid_t owner;

static void on_timer(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    int index = info->si_value.sival_int - 500;
    if (info->si_code != SI_TIMER || index < 0 || index >= TIMERS || (index == 1 && syscall(SYS_gettid) != owner))
        wrong_value = 1;
    else
        ticks[index]++;
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
    event.sigev_value.sival_int = 502;
    MUST(timer_create(CLOCK_REALTIME, &event, &timers[2]) == 0);
    for (int i = 0; i < ARMED; i++)
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
    struct itimerspec setting;
    MUST(timer_gettime(timers[ARMED], &setting) == 0 && !setting.it_value.tv_sec && !setting.it_value.tv_nsec);
    for (int i = 0; i < ARMED; i++) {
        MUST(timer_gettime(timers[i], &setting) == 0);
        MUST(setting.it_interval.tv_sec == 0 && setting.it_interval.tv_nsec == PERIOD_MS * 1000000);
        if (!goes_on(&ticks[i]))
            wrong("timer %d stands still", i);
    }
    MUST(!wrong_value);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 100);
    uint64_t begun = now_ns();
    struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_RESTART | SA_SIGINFO};
    MUST(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGRTMIN + 3, &action, NULL) == 0);
    make_timers();
    for (long step = 0; step < steps; step++) {
        check_timers();
        if (step % 25 == 24)
            printf("step %ld: all go on\n", step);
    }
    uint64_t possible = (now_ns() - begun) / (PERIOD_MS * 1000000) + 10;
    for (int i = 0; i < ARMED; i++)
        MUST((uint64_t)ticks[i] <= possible);
    printf("none too often\n");
    return 0;
}
