/*
 * A child is no member: it gives up the jacket's connection and memory before any code of the program runs in it.
 * fork is not hooked but asked to call us, since daemon and forkpty call it inside the C library. vfork and posix_spawn
 * share the parent's memory until exec: their children give up nothing, and preload.c knows them by their process id.
 */
#define _GNU_SOURCE
#include "real.h"

#include <stdarg.h>

/* In a program without a jacket nothing is asked for, and nothing is given up. */
__attribute__((constructor)) static void ask_fork(void)
{
    pthread_atfork(NULL, NULL, jacket_in_child);
}

/* The variant for signal handlers calls nobody by itself. */
HOOK pid_t _Fork(void)
{
    pid_t pid = real()->_Fork();
    if (pid == 0)
        jacket_in_child();
    return pid;
}

struct child_start {
    int (*function)(void *);
    void *argument;
};

/* The child has a copy of the parent's stack, so what it needs is still where the parent put it. */
static int start_child(void *start)
{
    struct child_start child = *(struct child_start *)start;
    jacket_in_child();
    return child.function(child.argument);
}

HOOK int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
    va_list rest;
    va_start(rest, argument);
    pid_t *parent_tid = va_arg(rest, pid_t *);
    void *tls = va_arg(rest, void *);
    pid_t *child_tid = va_arg(rest, pid_t *);
    va_end(rest);
    struct child_start start = {function, argument};
    if (flags & CLONE_VM)
        return real()->clone(function, stack, flags, argument, parent_tid, tls, child_tid);
    return real()->clone(start_child, stack, flags, &start, parent_tid, tls, child_tid);
}
