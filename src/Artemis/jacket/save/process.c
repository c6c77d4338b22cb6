/* What belongs to the process as a whole, read from the kernel and given back to it. */
#define _GNU_SOURCE
#include "process.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "arena.h"
#include "notes.h"
#include "posix_timers.h"
#include "signals.h"
#include "syscalls.h"
#include "text.h"
#include "threads.h"

/* Children live on their own: without them the program would wait for something that does not exist. */
static bool has_no_children(void)
{
    siginfo_t info;
    long answer = RAW(SYS_waitid, P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL, 0);
    if (answer == -ECHILD)
        return true;
    return fail(FAILURE_CHILDREN, "The program has child processes (alive, or ended and not yet waited for): "
                                  "a checkpoint is possible when they are gone.");
}

/* What hooks have seen and the kernel does not tell. */
static bool hooks_allow(void)
{
    const char *why = hooks_unsupported();
    return !why || fail_with(FAILURE_UNSUPPORTED, "A checkpoint cannot be: ", why, ".");
}

bool process_may_be_saved(void)
{
    return has_no_children() && hooks_allow();
}

/*
 * A timer of setitimer may have sent its signal after those that wait were saved. One of real time stands as long as
 * its signal waits, whatever its interval is, and goes on when that is taken.
 */
static void save_interval(int timer, struct itimerval *setting)
{
    static const int signals[] = {[ITIMER_REAL] = SIGALRM, [ITIMER_VIRTUAL] = SIGVTALRM, [ITIMER_PROF] = SIGPROF};
    RAW(SYS_getitimer, timer, setting);
    if (setting->it_value.tv_sec || setting->it_value.tv_usec)
        return;
    setting->it_value = setting->it_interval;
    siginfo_t sent = {.si_signo = signals[timer], .si_code = SI_KERNEL};
    signals_add_missed(SENT_TO_PROCESS, &sent);
}

bool process_save(void)
{
    if (!process_may_be_saved())
        return false;
    table_clear(SECTION_PROCESS);
    struct process_state *state = table_add(SECTION_PROCESS, sizeof *state);
    state->brk = (uint64_t)RAW(SYS_brk, 0);
    state->start_brk = ARENA->start_brk;
    state->generation = ARENA->generation;
    state->pid = (uint32_t)RAW(SYS_getpid);
    state->rseq_length = ARENA->rseq_length;
    state->rseq_offset = ARENA->rseq_offset;
    state->umask = (uint32_t)RAW(SYS_umask, 0);
    RAW(SYS_umask, state->umask);
    state->dumpable = (uint32_t)RAW(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
    char cwd[4096];
    long length = RAW(SYS_getcwd, cwd, sizeof cwd);
    if (length < 0)
        return fail_number(FAILURE_SYSTEM, "The program's folder has no name: error ", -length, ".");
    state->cwd = string_add(cwd);
    copy_octets(state->vdso_hash, ARENA->vdso_hash, sizeof state->vdso_hash);
    state->vdso_start = ARENA->vdso_start;
    state->vdso_end = ARENA->vdso_end;
    for (int signal = 1; signal <= 64; signal++)
        RAW(SYS_rt_sigaction, signal, 0, &state->actions[signal], 8);
    signals_save_of_process((uint32_t)RAW(SYS_gettid));
    for (int timer = 0; timer < 3; timer++)
        save_interval(timer, &state->timers[timer]);
    for (int limit = 0; limit < 16; limit++)
        RAW(SYS_prlimit64, 0, limit, 0, &state->limits[limit]);
    const struct thread *threads = TABLE_AT(SECTION_THREADS, struct thread);
    for (uint32_t i = 0; i < TABLE_COUNT_OF(SECTION_THREADS, struct thread); i++)
        if (threads[i].tid == state->pid)
            state->main_slot = i;
    return posix_timers_save();
}

void process_restore(const struct process_state *state)
{
    for (int limit = 0; limit < 16; limit++) {
        struct rlimit now;
        RAW(SYS_prlimit64, 0, limit, 0, &now);
        now.rlim_cur = state->limits[limit].rlim_cur < now.rlim_max ? state->limits[limit].rlim_cur : now.rlim_max;
        RAW(SYS_prlimit64, 0, limit, &now, 0);
    }
    RAW(SYS_umask, state->umask);
    for (int signal = 1; signal <= 64; signal++)
        if (signal != SIGKILL && signal != SIGSTOP)
            RAW(SYS_rt_sigaction, signal, &state->actions[signal], 0, 8);
    if (state->dumpable <= 1)
        RAW(SYS_prctl, PR_SET_DUMPABLE, state->dumpable, 0, 0, 0);
}

void process_start_timers(const struct process_state *state)
{
    for (int timer = 0; timer < 3; timer++)
        if (state->timers[timer].it_value.tv_sec || state->timers[timer].it_value.tv_usec)
            RAW(SYS_setitimer, timer, &state->timers[timer], 0);
    posix_timers_restore();
}
