/* What the test programs share: steps that last a little, numbers that are the same in each run, and sentences. */
#ifndef CCR_ARTEMIS_PROGRAM_H
#define CCR_ARTEMIS_PROGRAM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Ends the program in words: what it found is not what it left there. */
__attribute__((noreturn, format(printf, 1, 2))) static inline void wrong(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("WRONG: ");
    vprintf(format, arguments);
    printf(" (errno: %s)\n", strerror(errno));
    fflush(stdout);
    va_end(arguments);
    _exit(1);
}

#define MUST(condition) \
    do { \
        if (!(condition)) \
            wrong("%s:%d: %s", __FILE__, __LINE__, #condition); \
    } while (0)

static inline long steps_of(int count, char **arguments, long usual)
{
    static char buffer[4096]; /* none from the heap, which one of the programs moves about */
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    return count > 1 ? strtol(arguments[1], NULL, 10) : usual;
}

static inline uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Works for so long: a busy program is stopped elsewhere than a sleeping one. */
static inline void work_ms(unsigned milliseconds)
{
    volatile uint64_t sum = 0;
    for (uint64_t end = now_ns() + milliseconds * 1000000ull; now_ns() < end;)
        for (int i = 0; i < 1000; i++)
            sum += (uint64_t)i;
}

static inline void rest_ms(unsigned milliseconds)
{
    struct timespec wanted = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    MUST(nanosleep(&wanted, NULL) == 0);
}

static uint64_t random_state = 88172645463325252ull;

static inline uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static inline uint64_t random_below(uint64_t limit)
{
    return random_number() % limit;
}

#endif
