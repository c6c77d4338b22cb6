/*
 * Process 1 of the program's namespace. It starts the program with its fixed process id, reaps what is left to it,
 * tells the outer process how the program ended, and stays until the last process that the program left is gone.
 * It does not end with the outer process: if that is killed, the program lives on, and its server still reaches it.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start_program(const struct launch *launch, const sigset_t *users_mask)
{
    pid_t wanted = PROGRAM_PID;
    struct sigaction reaping = {.sa_handler = SIG_DFL}, users;
    sigaction(SIGCHLD, &reaping, &users);
    struct clone_args arguments = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1,
    };
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0)
        fail(EXIT_KERNEL, "the kernel does not let a process id be chosen (clone3 with set_tid): %s.",
             strerror(errno));
    if (pid > 0)
        return (pid_t)pid;
    keep_thread_ids();
    sigaction(SIGCHLD, &users, NULL);
    sigprocmask(SIG_SETMASK, users_mask, NULL);
    execve(launch->exe, launch->argv, launch->environment);
    fail(EXIT_SYSTEM, "%s cannot be executed: %s.", launch->exe, strerror(errno));
}

/*
 * A signal that reached the outer process is passed on, unless it was sent to the whole process group: then the
 * program, which is in that group too, has it already, and so have we: it is pending here, blocked, from outside.
 */
static void pass_on(pid_t program, const struct notice *notice)
{
    const struct timespec at_once = {0};
    siginfo_t pending;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, notice->signal);
    int reached_us = sigtimedwait(&one, &pending, &at_once) == notice->signal && pending.si_pid == 0;
    if (notice->code == SI_KERNEL || (reached_us && getpgid(program) == getpgid(0)))
        return;
    if (notice->code == SI_QUEUE)
        sigqueue(program, notice->signal, (union sigval){.sival_ptr = (void *)(intptr_t)notice->value});
    else
        kill(program, notice->signal);
}

/*
 * A program that was killed or crashed is to go on from a checkpoint, where the children that it had since then do not
 * exist: they end with this process, before the outer one hears of it. Those of one that ended, or that was asked to
 * end, live on as they would without us.
 */
static bool died(int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return number && number != SIGHUP && number != SIGINT && number != SIGTERM && number != SIGPIPE;
}

static void tell_end(int channel, int status)
{
    if (died(status))
        _exit(128 + WTERMSIG(status));
    struct notice notice = {
        .kind = NOTICE_ENDED, .signal = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
    };
    send(channel, &notice, sizeof notice, MSG_NOSIGNAL);
}

/* False when nobody is left to reap. */
static int reap(pid_t *program, int channel)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == *program) {
            tell_end(channel, status);
            *program = 0;
        }
    return pid == 0;
}

void run_init(const struct launch *launch, int channel, const void *users_mask)
{
    prctl(PR_SET_NAME, "jacket-init");
    mount_proc();
    sigset_t children;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    pid_t program = start_program(launch, users_mask);
    /* Pipes must end when the program ends them, and folders must be free to unmount. */
    if (dup2(channel, 0) != 0 || close_range(1, ~0u, 0) != 0 || chdir("/") != 0)
        _exit(EXIT_SYSTEM);
    struct pollfd waits[2] = {
        {.fd = 0, .events = POLLIN}, {.fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN},
    };
    while (reap(&program, 0)) {
        struct notice notice;
        struct signalfd_siginfo seen;
        if (poll(waits, 2, -1) < 0)
            continue;
        while (read(waits[1].fd, &seen, sizeof seen) == sizeof seen)
            continue;
        if (!waits[0].revents)
            continue;
        if (recv(0, &notice, sizeof notice, MSG_DONTWAIT) != sizeof notice)
            waits[0].fd = -1; /* the outer process is gone */
        else if (program)
            pass_on(program, &notice);
    }
    _exit(0);
}
