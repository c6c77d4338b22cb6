/*
 * From a command as a user types it to the file that the kernel executes. A script is started by its interpreter, so
 * it is the interpreter that must be supported, and that a restart starts again.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel reads so much of a script to find its interpreter, and follows so many scripts that interpret scripts. */
enum { SCRIPT_HEAD_OCTETS = 256, SCRIPTS_MAX = 5 };

static int may_execute(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

static char *search_path(const char *name)
{
    const char *folders = getenv("PATH");
    for (const char *at = folders ? folders : "/bin:/usr/bin"; ; at++) {
        size_t length = strcspn(at, ":");
        char *folder = length ? strndup(at, length) : strdup(".");
        if (!folder)
            fail(EXIT_SYSTEM, "no memory.");
        char *path = join(folder, "/", name);
        free(folder);
        if (may_execute(path))
            return path;
        free(path);
        at += length;
        if (!*at)
            return NULL;
    }
}

static char *absolute(const char *path, const char *cwd)
{
    return path[0] == '/' ? join(path, "", "") : join(cwd, "/", path);
}

/* Puts the interpreter's words before the script's: interpreter, at most one argument, the script's path, the rest. */
static void put_interpreter_first(struct launch *launch, char *script, char *interpreter, char *argument)
{
    size_t count = count_of(launch->argv);
    char **argv = allocate((count + 4) * sizeof *argv);
    size_t used = 0;
    argv[used++] = interpreter;
    if (argument)
        argv[used++] = argument;
    argv[used++] = script;
    for (size_t i = 1; i < count; i++)
        argv[used++] = launch->argv[i];
    launch->argv = argv;
    launch->exe = absolute(interpreter, launch->cwd);
}

/* The interpreter if the file is a script; then exe and argv are the interpreter's. The script keeps its typed name. */
static char *step_into_script(struct launch *launch, char *script)
{
    char head[SCRIPT_HEAD_OCTETS + 1] = {0};
    int file = open(launch->exe, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail(EXIT_MISSING, "%s cannot be read: %s. The jacket must know what it starts.", launch->exe,
             strerror(errno));
    ssize_t got = read(file, head, SCRIPT_HEAD_OCTETS);
    close(file);
    if (got < 2 || head[0] != '#' || head[1] != '!')
        return NULL;
    head[strcspn(head, "\n")] = 0;
    char *interpreter = head + 2 + strspn(head + 2, " \t");
    char *end = interpreter + strcspn(interpreter, " \t");
    char *argument = end + strspn(end, " \t");
    *end = 0;
    for (size_t length = strlen(argument); length && strchr(" \t", argument[length - 1]); length--)
        argument[length - 1] = 0;
    if (!*interpreter)
        fail(EXIT_REFUSED, "%s names no interpreter after #!.", launch->exe);
    interpreter = join(interpreter, "", "");
    put_interpreter_first(launch, script, interpreter, *argument ? join(argument, "", "") : NULL);
    if (!may_execute(launch->exe))
        fail(EXIT_MISSING, "the interpreter %s cannot be executed.", launch->exe);
    return interpreter;
}

void resolve_command(char **command, struct launch *launch)
{
    char *found = strchr(command[0], '/') ? command[0] : search_path(command[0]);
    if (!found)
        fail(EXIT_MISSING, "%s is not found in PATH.", command[0]);
    if (!may_execute(found))
        fail(EXIT_MISSING, "%s is no file that may be executed.", found);
    launch->exe = absolute(found, launch->cwd);
    launch->argv = command;
    for (int scripts = 0; (found = step_into_script(launch, found)); scripts++)
        if (scripts == SCRIPTS_MAX)
            fail(EXIT_REFUSED, "%s: scripts interpret scripts too deeply.", command[0]);
}
