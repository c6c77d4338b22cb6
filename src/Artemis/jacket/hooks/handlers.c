/*
 * Signal handlers of the program. The jacket's own handler is never replaced, and asking for it shows what the program
 * set. Every other handler of the program is entered by way of a counter: a wait that was interrupted both by a
 * checkpoint and by the program's signal must tell the program, and only the count shows that.
 */
#define _GNU_SOURCE
#include "real.h"

typedef void (*full_handler)(int, siginfo_t *, void *);

__thread uint64_t handlers_run __attribute__((tls_model("initial-exec")));

/* What the program set, by signal number; the kernel holds count_and_run for all that are functions. */
static full_handler programs[_NSIG];
static struct sigaction programs_for_jacket;

/* Called with what the kernel gives any handler; one that takes only the number leaves the rest unread. */
static void count_and_run(int number, siginfo_t *info, void *context)
{
    handlers_run++;
    programs[number](number, info, context);
}

static bool is_function(signal_function handler)
{
    return handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR && handler != SIG_HOLD;
}

static bool is_countable(int number)
{
    return number > 0 && number < _NSIG && number != JACKET_SIGNAL;
}

/* The kernel answered with our counter: the program gets its own function back. */
static full_handler as_program_knows(int number, full_handler seen, full_handler before)
{
    return is_countable(number) && seen == count_and_run ? before : seen;
}

static int jacket_signal_action(const struct sigaction *action, struct sigaction *old)
{
    struct sigaction wanted = action ? *action : programs_for_jacket;
    if (old)
        *old = programs_for_jacket;
    programs_for_jacket = wanted;
    return 0;
}

HOOK int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (number == JACKET_SIGNAL && !(action && action->sa_sigaction == jacket_handler))
        return jacket_signal_action(action, old);
    struct sigaction ours;
    full_handler before = is_countable(number) ? programs[number] : NULL;
    if (action) {
        ours = *action;
        sigdelset(&ours.sa_mask, JACKET_SIGNAL);
        if (is_countable(number) && is_function(ours.sa_handler)) {
            programs[number] = ours.sa_sigaction;
            ours.sa_sigaction = count_and_run;
        }
    }
    int result = real()->sigaction(number, action ? &ours : NULL, old);
    if (result == 0 && old)
        old->sa_sigaction = as_program_knows(number, old->sa_sigaction, before);
    if (result != 0 && before)
        programs[number] = before;
    return result;
}

/* Sets a handler by one of the C library's older functions, which call its own sigaction past our hook. */
static signal_function by_older(signal_function (*older)(int, signal_function), int number, signal_function handler)
{
    full_handler before = is_countable(number) ? programs[number] : NULL;
    bool counted = is_countable(number) && is_function(handler);
    if (number == JACKET_SIGNAL) {
        struct sigaction action = {.sa_handler = handler}, old;
        jacket_signal_action(&action, &old);
        return old.sa_handler;
    }
    if (counted)
        programs[number] = (full_handler)(void *)handler;
    signal_function seen = older(number, counted ? (signal_function)(void *)count_and_run : handler);
    if (seen == SIG_ERR && before)
        programs[number] = before;
    return (signal_function)(void *)as_program_knows(number, (full_handler)(void *)seen, before);
}

HOOK signal_function signal(int number, signal_function handler)
{
    return by_older(real()->signal, number, handler);
}

HOOK signal_function bsd_signal(int number, signal_function handler)
{
    return by_older(real()->signal, number, handler);
}

/* System V's: reset when it is called, and its own signal not blocked meanwhile. */
static signal_function by_reset(int number, signal_function handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = (int)SA_RESETHAND | SA_NODEFER}, old;
    return sigaction(number, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

HOOK signal_function sysv_signal(int number, signal_function handler)
{
    return by_reset(number, handler);
}

HOOK signal_function __sysv_signal(int number, signal_function handler)
{
    return by_reset(number, handler);
}

HOOK signal_function sigset(int number, signal_function disposition)
{
    return by_older(real()->sigset, number, disposition);
}

HOOK int __sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    return sigaction(number, action, old);
}
