/*
 * The environment of a program in the jacket: the user's, and five variables of ours. They keep their places, and run
 * and rst are equally long, so that the stack of the restarted program begins where the first one's did.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OURS_COUNT = 5 };

static const char *const names[OURS_COUNT] = {
    "LD_PRELOAD=", "LD_BIND_NOW=", "JACKET_SOCKET=", "JACKET_MEMBER=", "JACKET_MODE=",
};

static int which(const char *variable)
{
    for (int i = 0; i < OURS_COUNT; i++)
        if (!strncmp(variable, names[i], strlen(names[i])))
            return i;
    return -1;
}

/* What the user preloads stays behind the jacket; in a launch record the jacket's own name stands before it. */
static const char *users_preload(const char *value, int restart)
{
    if (!restart)
        return value;
    const char *colon = strchr(value, ':');
    return colon ? colon + 1 : "";
}

static void set_values(char **ours, const struct options *options, const char *preload)
{
    const char *values[OURS_COUNT] = {
        options->library, "1", options->socket, options->member, options->restart ? "rst" : "run",
    };
    for (int i = 0; i < OURS_COUNT; i++)
        ours[i] = join(names[i], values[i], "");
    if (*preload)
        ours[0] = join(ours[0], ":", preload);
}

char **jacket_environment(char *const *users, const struct options *options)
{
    char **environment = allocate((count_of(users) + OURS_COUNT + 1) * sizeof *environment);
    char *ours[OURS_COUNT];
    int placed[OURS_COUNT] = {0};
    const char *preload = "";
    for (char *const *variable = users; *variable; variable++)
        if (which(*variable) == 0)
            preload = users_preload(*variable + strlen(names[0]), options->restart);
    set_values(ours, options, preload);
    size_t used = 0;
    for (char *const *variable = users; *variable; variable++) {
        int index = which(*variable);
        if (index < 0)
            environment[used++] = *variable;
        else if (options->restart && !placed[index]++)
            environment[used++] = ours[index];
    }
    for (int i = 0; i < OURS_COUNT; i++)
        if (!placed[i])
            environment[used++] = ours[i];
    return environment;
}

void check_library(const char *library)
{
    if (library[0] != '/' || strpbrk(library, ": \t\n"))
        fail(EXIT_USAGE, "the jacket's library must be an absolute path without colon and space, not '%s': the "
             "loader would read it as several.", library);
    if (access(library, R_OK) != 0)
        fail(EXIT_MISSING, "the jacket's library %s cannot be read: %s.", library, strerror(errno));
}
