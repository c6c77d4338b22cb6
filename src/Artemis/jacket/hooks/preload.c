/*
 * The variables by which the loader finds the jacket, and the jacket its server, are taken out of the environment when
 * the library is loaded. So the program sees what its user gave it; and its children, which are no members, are started
 * without the jacket in whatever way: system and popen execute inside the C library, where no hook reaches. When the
 * program itself executes another one, under its own process id, they are put back, even into an empty environment.
 */
#define _GNU_SOURCE
#include "preload.h"
#include "real.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { OURS_COUNT = 5 };

static const char *const names[OURS_COUNT] = {
    "JACKET_MODE=", "JACKET_SOCKET=", "JACKET_MEMBER=", "LD_BIND_NOW=", "LD_PRELOAD=",
};

/* Our variables as they are put back, and the library alone, behind which the program's own preloads come. */
static char *ours[OURS_COUNT];
static size_t library_octets;
static pid_t jacket_pid;

static int which(const char *variable)
{
    for (int i = 0; i < OURS_COUNT; i++)
        if (!strncmp(variable, names[i], strlen(names[i])))
            return i;
    return -1;
}

static const char *preload_in(char *const *environment)
{
    for (; environment && *environment; environment++)
        if (which(*environment) == OURS_COUNT - 1)
            return *environment + strlen(names[OURS_COUNT - 1]);
    return "";
}

/* Keeps only the jacket's part of LD_PRELOAD; the answer is the variable with the user's part, or NULL. */
static char *split_preload(char *variable)
{
    char *colon = strchr(variable, ':');
    if (!colon)
        return NULL;
    *colon = 0;
    char *users = malloc(strlen(names[OURS_COUNT - 1]) + strlen(colon + 1) + 1);
    if (users)
        strcpy(stpcpy(users, names[OURS_COUNT - 1]), colon + 1);
    return users;
}

static bool has_jacket(char **environment)
{
    for (; *environment; environment++)
        if (which(*environment) == 0)
            return true;
    return false;
}

/*
 * The kernel's own record of the environment stays whole: pointers are left out, no text is changed. This runs before
 * the C library has set environ, which will point to what the loader gives us here.
 */
__attribute__((constructor)) static void take_out(int count, char **arguments, char **environment)
{
    (void)count, (void)arguments;
    char **kept = environment;
    if (!has_jacket(environment))
        return;
    for (char **variable = environment; *variable; variable++) {
        int index = which(*variable);
        char *own = index >= 0 ? strdup(index ? *variable : "JACKET_MODE=run") : NULL;
        if (index < 0) {
            *kept++ = *variable;
            continue;
        }
        ours[index] = own;
        char *users = index == OURS_COUNT - 1 && own ? split_preload(own) : NULL;
        if (users)
            *kept++ = users;
    }
    *kept = NULL;
    library_octets = ours[OURS_COUNT - 1] ? strlen(ours[OURS_COUNT - 1]) : 0;
    jacket_pid = getpid();
}

/* A child of vfork shares this memory, and only the kernel tells it apart. */
static bool is_program_itself(void)
{
    return library_octets && jacket_is_on() && syscall(SYS_getpid) == jacket_pid;
}

size_t jacket_environment_octets(char *const *programs)
{
    if (!is_program_itself())
        return 0;
    size_t count = 0;
    while (programs && programs[count])
        count++;
    return (count + OURS_COUNT + 1) * sizeof *programs + library_octets + strlen(preload_in(programs)) + 2;
}

char **jacket_environment_in(void *room, char *const *programs)
{
    char **environment = room;
    size_t used = 0;
    const char *users = preload_in(programs);
    for (; programs && *programs; programs++)
        if (which(*programs) < 0)
            environment[used++] = *programs;
    for (int i = 0; i < OURS_COUNT - 1; i++)
        if (ours[i])
            environment[used++] = ours[i];
    char *preload = (char *)&environment[used + 2];
    char *end = stpcpy(preload, ours[OURS_COUNT - 1]);
    if (*users)
        strcpy(stpcpy(end, ":"), users);
    environment[used++] = preload;
    environment[used] = NULL;
    return environment;
}
