/*
 * The outer process: the one that a shell knows. The terminal's signals reach the program by themselves, as it is in
 * the same process group; those that are sent to this process are passed on; and it ends as the program ends.
 * Stopping and continuing (job control) is left to the kernel, which does it to the whole group.
 */
#define _GNU_SOURCE
#include "launcher.h"
#include "../wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ignored signals stay ignored (nohup), those of job control act by themselves, and our own is the server's to send. */
static void choose_signals(sigset_t *passed_on)
{
    static const int left[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, JACKET_SIGNAL};
    sigfillset(passed_on);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        sigdelset(passed_on, left[i]);
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) != 0 || action.sa_handler == SIG_IGN)
            sigdelset(passed_on, number);
    }
}

static void tell_signal(int channel, int signals)
{
    struct signalfd_siginfo seen;
    if (read(signals, &seen, sizeof seen) != sizeof seen)
        return;
    struct notice notice = {
        .kind = NOTICE_SIGNAL, .signal = (int32_t)seen.ssi_signo, .code = seen.ssi_code,
        .value = (int64_t)seen.ssi_ptr,
    };
    send(channel, &notice, sizeof notice, MSG_NOSIGNAL);
}

static int status_of(pid_t init)
{
    int status;
    while (waitpid(init, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_SYSTEM;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int wait_for_end(pid_t init, int channel, int signals)
{
    struct pollfd waits[2] = {{.fd = channel, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    for (;;) {
        struct notice notice;
        if (poll(waits, 2, -1) < 0)
            continue;
        if (waits[0].revents) {
            if (recv(channel, &notice, sizeof notice, 0) == sizeof notice)
                return notice.signal;
            return status_of(init); /* it could not start the program, or was killed itself */
        }
        if (waits[1].revents)
            tell_signal(channel, signals);
    }
}

int supervise(const struct launch *launch)
{
    int channels[2];
    sigset_t passed_on, blocked, users_mask;
    choose_signals(&passed_on);
    blocked = passed_on;
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, &users_mask);
    sigdelset(&users_mask, JACKET_SIGNAL);
    int signals = signalfd(-1, &passed_on, SFD_CLOEXEC);
    if (signals < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) != 0)
        fail(EXIT_SYSTEM, "no descriptors: %s.", strerror(errno));
    pid_t init = fork();
    if (init < 0)
        fail(EXIT_KERNEL, "the first process of the new namespace cannot be made: %s.", strerror(errno));
    if (init == 0) {
        close(channels[0]);
        run_init(launch, channels[1], &users_mask);
    }
    close(channels[1]);
    signal(SIGCHLD, SIG_DFL);
    return wait_for_end(init, channels[0], signals);
}
