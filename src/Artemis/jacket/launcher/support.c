/* What every file of the launcher needs: to say why it ends, memory that is never missing, and lists of strings. */
#define _GNU_SOURCE
#include "launcher.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *format, va_list arguments)
{
    fputs("jacket-run: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void fail(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    _exit(status);
}

void warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

void *allocate(size_t octets)
{
    void *memory = calloc(1, octets ? octets : 1);
    if (!memory)
        fail(EXIT_SYSTEM, "no memory for %zu octets.", octets);
    return memory;
}

char *join(const char *first, const char *second, const char *third)
{
    char *whole = allocate(strlen(first) + strlen(second) + strlen(third) + 1);
    stpcpy(stpcpy(stpcpy(whole, first), second), third);
    return whole;
}

size_t count_of(char *const *strings)
{
    size_t count = 0;
    while (strings[count])
        count++;
    return count;
}
