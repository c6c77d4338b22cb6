/*
 * Threads that block every signal in each way that there is, one that waits for every signal, and handlers that block
 * all others: a jacket must reach them still, and they must not meet its signal.
 */
#include "program.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

enum { THREADS = 4 };

static volatile int ending;
static uint64_t counters[THREADS];
static volatile sig_atomic_t handled;

static void *blocks_by_pthread_sigmask(void *counter)
{
    sigset_t all;
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    while (!ending)
        ++*(volatile uint64_t *)counter;
    return NULL;
}

static void *blocks_by_sigprocmask(void *counter)
{
    sigset_t all;
    sigfillset(&all);
    MUST(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
    while (!ending) {
        ++*(volatile uint64_t *)counter;
        rest_ms(1);
    }
    return NULL;
}

/* Only SIGTERM is ever sent to it. */
static void *waits_for_all(void *counter)
{
    sigset_t all;
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    for (int number; !ending; ++*(volatile uint64_t *)counter) {
        MUST(sigwait(&all, &number) == 0);
        if (number != SIGTERM)
            wrong("signal %d instead of %d", number, SIGTERM);
    }
    return NULL;
}

static void *reads_all(void *counter)
{
    sigset_t all;
    sigfillset(&all);
    MUST(pthread_sigmask(SIG_SETMASK, &all, NULL) == 0);
    int descriptor = signalfd(-1, &all, 0);
    MUST(descriptor >= 0);
    for (struct signalfd_siginfo info; !ending; ++*(volatile uint64_t *)counter) {
        MUST(read(descriptor, &info, sizeof info) == sizeof info);
        if (info.ssi_signo != SIGUSR2)
            wrong("signal %u instead of %d", info.ssi_signo, SIGUSR2);
    }
    return NULL;
}

static void slow_handler(int number)
{
    (void)number;
    work_ms(3);
    handled = handled + 1;
}

int main(int count, char **arguments)
{
    static void *(*const functions[THREADS])(void *) = {
        blocks_by_pthread_sigmask, blocks_by_sigprocmask, waits_for_all, reads_all,
    };
    long steps = steps_of(count, arguments, 100);
    pthread_t threads[THREADS];
    struct sigaction action = {.sa_handler = slow_handler}, seen;
    sigset_t theirs;
    sigemptyset(&theirs);
    sigaddset(&theirs, SIGTERM);
    sigaddset(&theirs, SIGUSR2);
    MUST(pthread_sigmask(SIG_BLOCK, &theirs, NULL) == 0);
    sigfillset(&action.sa_mask);
    MUST(sigaction(SIGUSR1, &action, NULL) == 0);
    MUST(sigaction(SIGUSR1, NULL, &seen) == 0 && seen.sa_handler == slow_handler);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, functions[i], &counters[i]) == 0);
    while (!*(volatile uint64_t *)&counters[0] || !*(volatile uint64_t *)&counters[1])
        rest_ms(1);
    for (long step = 0; step < steps; step++) {
        MUST(raise(SIGUSR1) == 0);
        MUST(pthread_kill(threads[2], SIGTERM) == 0 && pthread_kill(threads[3], SIGUSR2) == 0);
        rest_ms(5);
        MUST(handled == step + 1);
    }
    ending = 1;
    MUST(pthread_kill(threads[2], SIGTERM) == 0 && pthread_kill(threads[3], SIGUSR2) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    /* What a program sets for any signal, it finds there again: also for the one that the jacket uses. */
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        MUST(signal(number, slow_handler) == SIG_DFL);
        MUST(signal(number, SIG_DFL) == slow_handler);
    }
    MUST(signal(SIGUSR1, SIG_IGN) == slow_handler && signal(SIGUSR1, SIG_DFL) == SIG_IGN);
    printf("handled %d\n", (int)handled);
    return 0;
}
