/*
 * Interval timers: of real time and of the time that the process ran. Counts depend on time, so what is printed is
 * whether each went on, and that no more ticks came than time has passed for.
 */
#include "program.h"

#include <signal.h>
#include <sys/time.h>

enum { PERIOD_MS = 10 };

static volatile sig_atomic_t real_ticks, virtual_ticks;

static void on_interval(int number)
{
    if (number == SIGALRM)
        real_ticks = real_ticks + 1;
    else
        virtual_ticks = virtual_ticks + 1;
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
    long steps = steps_of(count, arguments, 100);
    uint64_t begun = now_ns();
    struct sigaction action = {.sa_handler = on_interval, .sa_flags = SA_RESTART};
    struct itimerval period = {{0, PERIOD_MS * 1000}, {0, PERIOD_MS * 1000}};
    MUST(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGVTALRM, &action, NULL) == 0);
    MUST(setitimer(ITIMER_REAL, &period, NULL) == 0 && setitimer(ITIMER_VIRTUAL, &period, NULL) == 0);
    for (long step = 0; step < steps; step++) {
        check_intervals();
        if (step % 25 == 24)
            printf("step %ld: both go on\n", step);
    }
    MUST((uint64_t)real_ticks <= (now_ns() - begun) / (PERIOD_MS * 1000000) + 10);
    printf("none too often\n");
    return 0;
}
