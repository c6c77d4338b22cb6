/*
 * Handlers on stacks of their own, as small as they may be; nested, left by siglongjmp, and interrupted while they run.
 * The stack is checked to be the one that was given, also when another signal comes meanwhile.
 */
#include "program.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>

enum { THREADS = 4, STACK_OCTETS = 24576 };

static __thread unsigned char *stack_start;
static __thread volatile long handled, nested, jumped;
static __thread sigjmp_buf back;
static long steps;

static void must_be_on_own_stack(const void *here)
{
    const unsigned char *at = here;
    if (at < stack_start || at >= stack_start + STACK_OCTETS)
        wrong("a handler runs at %p and not on its own stack at %p", here, (void *)stack_start);
}

static void on_first(int number)
{
    volatile char here = (char)number;
    must_be_on_own_stack((const void *)&here);
    handled++;
    if (handled % 3 == 0)
        MUST(raise(SIGUSR2) == 0);
    work_ms(1);
    must_be_on_own_stack((const void *)&here);
    if (handled % 5 == 0) {
        jumped++;
        siglongjmp(back, 1);
    }
}

static void on_second(int number)
{
    volatile char here = (char)number;
    must_be_on_own_stack((const void *)&here);
    nested++;
}

static void *run(void *unused)
{
    (void)unused;
    stack_t stack = {.ss_size = STACK_OCTETS}, found;
    stack_start = stack.ss_sp = aligned_alloc(4096, STACK_OCTETS);
    MUST(stack_start && sigaltstack(&stack, NULL) == 0);
    for (volatile long step = 0; step < steps; step++) {
        if (sigsetjmp(back, 1) == 0)
            MUST(raise(SIGUSR1) == 0);
        MUST(handled == step + 1 && nested == (step + 1) / 3 && jumped == (step + 1) / 5);
        MUST(sigaltstack(NULL, &found) == 0 && found.ss_sp == stack_start && found.ss_size == STACK_OCTETS);
        MUST(!(found.ss_flags & (SS_DISABLE | SS_ONSTACK)));
        rest_ms(2);
    }
    return (void *)(handled + nested + jumped);
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];
    long sum = 0;
    steps = steps_of(count, arguments, 100);
    struct sigaction action = {.sa_handler = on_first, .sa_flags = SA_ONSTACK};
    MUST(sigaction(SIGUSR1, &action, NULL) == 0);
    action.sa_handler = on_second;
    MUST(sigaction(SIGUSR2, &action, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, run, NULL) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *part;
        MUST(pthread_join(threads[i], &part) == 0);
        sum += (long)part;
    }
    printf("handled, nested and jumped %ld times\n", sum);
    return 0;
}
