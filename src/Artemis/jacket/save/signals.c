/*
 * Signals that were sent and that nobody has taken yet. The kernel shows which numbers wait, but not how often nor what
 * they carry: so they are taken, noted, and sent again. Of one number those of a thread are handed out before those of
 * the process, so a thread takes what /proc counts as its own and leaves the rest to the leader.
 */
#define _GNU_SOURCE
#include "signals.h"
#include <fcntl.h>
#include "arena.h"
#include "plan.h"
#include "syscalls.h"
#include "text.h"

#define AT_ONCE_MAX 65536 /* somebody may send faster than we take */
#define OF_THREAD O_EXCL   /* PIDFD_THREAD */
#define TO_GROUP (1u << 1) /* PIDFD_SIGNAL_THREAD_GROUP */
#define JACKET_SIGNAL_BIT (1ull << (JACKET_SIGNAL - 1))

_Static_assert(sizeof(siginfo_t) == 128, "the kernel writes 128 octets");

static uint64_t waiting(void)
{
    uint64_t signals = 0;
    RAW(SYS_rt_sigpending, &signals, 8);
    return signals & ~JACKET_SIGNAL_BIT;
}

/* Those that were sent to this thread and not to the process. */
static uint64_t waiting_for_thread(uint32_t thread)
{
    char path[64];
    numbered_path(path, sizeof path, "/proc/self/task/", thread, "/status");
    if (read_into(SCRATCH_SIGNALS, path) <= 0)
        return 0;
    return read_field((const char *)table(SCRATCH_SIGNALS)->data, "SigPnd:", 16, 0) & ~JACKET_SIGNAL_BIT;
}

static bool take_one(uint64_t which, uint32_t thread)
{
    struct kernel_timespec at_once = {0};
    siginfo_t info;
    zero_octets(&info, sizeof info);
    long number = RAW(SYS_rt_sigtimedwait, &which, &info, &at_once, 8);
    if (number <= 0)
        return false;
    struct sent_signal *sent = table_add(SECTION_SIGNALS, sizeof *sent);
    if (!sent)
        return false;
    sent->thread = thread;
    sent->number = (uint32_t)number;
    sent->info = info;
    return true;
}

/*
 * What looks like the kernel's or like a kill, only its main thread may send to a process; any other may send it to
 * the whole group by a descriptor of itself (Linux 6.9).
 */
static bool send_by_descriptor(const struct sent_signal *sent)
{
    long self = RAW(SYS_pidfd_open, RAW(SYS_gettid), OF_THREAD);
    if (self < 0)
        return false;
    long error = RAW(SYS_pidfd_send_signal, self, sent->number, &sent->info, TO_GROUP);
    RAW(SYS_close, self);
    return error == 0;
}

/* With what it carried; where that may not be, as if the program had sent it to itself. */
static void deliver(const struct sent_signal *sent, uint32_t process)
{
    if (sent->thread != SENT_TO_PROCESS)
        RAW(SYS_rt_tgsigqueueinfo, process, sent->thread, sent->number, &sent->info);
    else if (RAW(SYS_rt_sigqueueinfo, process, sent->number, &sent->info) < 0 && !send_by_descriptor(sent))
        RAW(SYS_kill, process, sent->number);
}

static void send_again(uint64_t from)
{
    const struct sent_signal *sent = TABLE_AT(SECTION_SIGNALS, struct sent_signal);
    uint32_t process = (uint32_t)RAW(SYS_getpid);
    for (uint64_t i = from; i < TABLE_COUNT_OF(SECTION_SIGNALS, struct sent_signal); i++)
        deliver(&sent[i], process);
}

/* One thread at a time: they share the table. */
static void enter(void)
{
    while (__atomic_exchange_n(&ARENA->saving_signals, 1, __ATOMIC_ACQUIRE))
        RAW(SYS_sched_yield);
}

static void leave(void)
{
    __atomic_store_n(&ARENA->saving_signals, 0, __ATOMIC_RELEASE);
}

/* A thread that came too late for the round before may still hold what it has taken. */
void signals_begin(void)
{
    enter();
    table_clear(SECTION_SIGNALS);
    leave();
}

static void take_own(uint32_t thread)
{
    uint64_t own;
    for (int i = 0; i < AT_ONCE_MAX && (own = waiting_for_thread(thread)) != 0; i++)
        if (!take_one(own, thread))
            return;
}

void signals_save_own(uint32_t thread)
{
    if (!waiting())
        return;
    enter();
    uint64_t from = TABLE_COUNT_OF(SECTION_SIGNALS, struct sent_signal);
    take_own(thread);
    send_again(from);
    leave();
}

void signals_save_of_process(uint32_t leader)
{
    if (!waiting())
        return;
    uint64_t from = TABLE_COUNT_OF(SECTION_SIGNALS, struct sent_signal);
    take_own(leader);
    for (int i = 0; i < AT_ONCE_MAX; i++)
        if (!take_one(~JACKET_SIGNAL_BIT, SENT_TO_PROCESS))
            break;
    send_again(from);
}

static bool is_saved(uint32_t thread, int number)
{
    const struct sent_signal *sent = TABLE_AT(SECTION_SIGNALS, struct sent_signal);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_SIGNALS, struct sent_signal); i++)
        if (sent[i].thread == thread && sent[i].number == (uint32_t)number)
            return true;
    return false;
}

void signals_add_missed(uint32_t thread, const siginfo_t *info)
{
    uint64_t now = thread == SENT_TO_PROCESS ? waiting() : waiting_for_thread(thread);
    if (!(now & (1ull << (info->si_signo - 1))) || is_saved(thread, info->si_signo))
        return;
    struct sent_signal *sent = table_add(SECTION_SIGNALS, sizeof *sent);
    if (!sent)
        return;
    sent->thread = thread;
    sent->number = (uint32_t)info->si_signo;
    sent->info = *info;
}

void signals_restore(uint32_t process, uint32_t thread)
{
    const struct sent_signal *sent = PLAN_AT(SECTION_SIGNALS, struct sent_signal);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_SIGNALS, struct sent_signal); i++)
        if (sent[i].thread == thread || (sent[i].thread == SENT_TO_PROCESS && thread == process))
            deliver(&sent[i], process);
}
