/*
 * The program executes another one under its own process id: that one wears the jacket too, and the server is told
 * before. In a child, and without a jacket, these are the C library's functions and nothing else.
 * They run between fork and exec, and in signal handlers: the stack is all the memory they take.
 */
#define _GNU_SOURCE
#include "preload.h"
#include "real.h"

#include <alloca.h>
#include <stdarg.h>

extern char **environ;

/* Calls a real exec with the jacket's environment, or with the program's where it gets none. */
#define EXECUTE(programs, call) \
    do { \
        size_t room = jacket_environment_octets(programs); \
        char *const *environment = room ? jacket_environment_in(alloca(room), programs) : (char *const *)(programs); \
        if (room) \
            jacket_before_exec(); \
        int result = real()->call; \
        if (room) \
            jacket_exec_failed(); \
        return result; \
    } while (0)

/* Whoever tries all folders of PATH by himself fails often: the server hears only of what can succeed. */
HOOK int execve(const char *path, char *const *arguments, char *const *programs)
{
    if (access(path, X_OK) != 0)
        return real()->execve(path, arguments, programs);
    EXECUTE(programs, execve(path, arguments, environment));
}

HOOK int execvpe(const char *name, char *const *arguments, char *const *programs)
{
    EXECUTE(programs, execvpe(name, arguments, environment));
}

HOOK int fexecve(int descriptor, char *const *arguments, char *const *programs)
{
    EXECUTE(programs, fexecve(descriptor, arguments, environment));
}

HOOK int execveat(int folder, const char *path, char *const *arguments, char *const *programs, int flags)
{
    EXECUTE(programs, execveat(folder, path, arguments, environment, flags));
}

HOOK int execv(const char *path, char *const *arguments)
{
    return execve(path, arguments, environ);
}

HOOK int execvp(const char *name, char *const *arguments)
{
    return execvpe(name, arguments, environ);
}

/* The arguments of the execl functions, counted and then copied to the caller's stack. */
static size_t count_arguments(va_list arguments)
{
    size_t count = 1;
    while (va_arg(arguments, char *))
        count++;
    return count;
}

static void copy_arguments(char **to, const char *first, va_list arguments)
{
    *to++ = (char *)first;
    while ((*to++ = va_arg(arguments, char *)))
        continue;
}

#define LISTED_ARGUMENTS(first) \
    va_list arguments; \
    va_start(arguments, first); \
    size_t count = count_arguments(arguments); \
    va_end(arguments); \
    char **list = alloca((count + 1) * sizeof *list); \
    va_start(arguments, first); \
    copy_arguments(list, first, arguments)

HOOK int execl(const char *path, const char *first, ...)
{
    LISTED_ARGUMENTS(first);
    va_end(arguments);
    return execve(path, list, environ);
}

HOOK int execlp(const char *name, const char *first, ...)
{
    LISTED_ARGUMENTS(first);
    va_end(arguments);
    return execvpe(name, list, environ);
}

HOOK int execle(const char *path, const char *first, ...)
{
    LISTED_ARGUMENTS(first);
    char *const *programs = va_arg(arguments, char *const *);
    va_end(arguments);
    return execve(path, list, programs);
}
