/*
 * Children in all the ways to make one; none may notice the jacket, nor keep anything of it. At last the program
 * executes itself, twice: once as it is, once with an empty environment, and goes on with its count.
 */
#include "program.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

enum { CHILD_STACK_OCTETS = 65536 };

/* What every child answers with: how many variables and descriptors it finds that it should not. */
static int count_foreign(void)
{
    int found = 0;
    for (char **variable = environ; *variable; variable++)
        found += !strncmp(*variable, "JACKET_", 7) || !strncmp(*variable, "LD_BIND_NOW", 11);
    for (int i = 1000; i < 2000; i++)
        found += fcntl(i, F_GETFD) >= 0;
    return found;
}

static int by_clone(void *unused)
{
    (void)unused;
    return count_foreign();
}

static int wait_for(pid_t child)
{
    int status;
    MUST(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int in_forked(pid_t child, char **arguments)
{
    if (child == 0) {
        rest_ms(2);
        execv(arguments[0], arguments);
        _exit(99);
    }
    return wait_for(child);
}

static int make_child(long step, char *program)
{
    static char stack[CHILD_STACK_OCTETS] __attribute__((aligned(16)));
    char *arguments[] = {program, "child", NULL};
    char command[4200];
    pid_t child;
    switch (step % 8) {
    case 0: return in_forked(fork(), arguments);
    case 1: return in_forked(_Fork(), arguments);
    case 2:
        child = vfork();
        if (child == 0) {
            execv(program, arguments);
            _exit(99);
        }
        return wait_for(child);
    case 3:
        MUST(posix_spawn(&child, program, NULL, NULL, arguments, environ) == 0);
        return wait_for(child);
    case 4:
        snprintf(command, sizeof command, "'%s' child", program);
        return WEXITSTATUS(system(command));
    case 5:
        snprintf(command, sizeof command, "exec '%s' child", program);
        return WEXITSTATUS(pclose(popen(command, "r")));
    case 6: return wait_for(clone(by_clone, stack + sizeof stack, SIGCHLD, NULL));
    default:
        child = fork();
        if (child == 0)
            _exit(count_foreign());
        return wait_for(child);
    }
}

static void run_steps(long steps, char *program)
{
    for (long step = 0; step < steps; step++) {
        int foreign = make_child(step, program);
        if (foreign)
            wrong("the child of step %ld found %d things that are not its own", step, foreign);
        rest_ms(3);
    }
}

/* fork_exec STEPS [times executed] */
int main(int count, char **arguments)
{
    if (count > 1 && !strcmp(arguments[1], "child"))
        return count_foreign();
    long steps = steps_of(count, arguments, 40);
    long times = count > 2 ? atol(arguments[2]) : 0;
    char path[4096] = {0}, number[24];
    MUST(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    run_steps(steps, path);
    printf("process %s, executed %ld times\n", count_foreign() ? "sees the jacket's" : "sees its own", times);
    if (times == 2)
        return 0;
    snprintf(number, sizeof number, "%ld", times + 1);
    char *again[] = {arguments[0], count > 1 ? arguments[1] : "40", number, NULL}, *nothing[] = {NULL};
    MUST(execv("/nonexistent/program", again) == -1 && errno == ENOENT);
    if (times == 0)
        execv(path, again);
    else
        execve(path, again, nothing);
    wrong("%s cannot be executed", path);
}
