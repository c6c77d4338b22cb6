/* Threads: each describes itself in its own handler, parks, and is let go; the leader counts them. */
#define _GNU_SOURCE
#include "threads.h"
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "arena.h"
#include "signals.h"
#include "syscalls.h"
#include "text.h"

#define PR_GET_TID_ADDRESS_CALL 40
#define GET_FS 0x1003
#define GET_GS 0x1004
#define LISTING_INCOMPLETE 0x7fffffff

__attribute__((naked, noinline, returns_twice)) int context_save(struct context *context)
{
    (void)context;
    __asm__("mov %rbx, (%rdi)\n mov %rbp, 8(%rdi)\n mov %r12, 16(%rdi)\n mov %r13, 24(%rdi)\n"
            "mov %r14, 32(%rdi)\n mov %r15, 40(%rdi)\n lea 8(%rsp), %rax\n mov %rax, 48(%rdi)\n"
            "mov (%rsp), %rax\n mov %rax, 56(%rdi)\n xor %eax, %eax\n ret");
}

__attribute__((naked, noinline, noreturn)) void context_jump(const struct context *context)
{
    (void)context;
    __asm__("mov (%rdi), %rbx\n mov 8(%rdi), %rbp\n mov 16(%rdi), %r12\n mov 24(%rdi), %r13\n"
            "mov 32(%rdi), %r14\n mov 40(%rdi), %r15\n mov 48(%rdi), %rsp\n mov 56(%rdi), %rdx\n"
            "mov $1, %eax\n jmp *%rdx");
}

__attribute__((naked, noinline)) void call_on(void (*function)(void), void *stack)
{
    (void)function;
    (void)stack;
    __asm__("push %rbp\n mov %rsp, %rbp\n mov %rsi, %rsp\n call *%rdi\n mov %rbp, %rsp\n pop %rbp\n ret");
}

void on_arena_stack(void (*function)(void))
{
    call_on(function, ARENA->stack + ARENA_STACK_BYTES - 64);
}

struct thread *thread_describe(uint64_t interrupted)
{
    uint32_t slot = __atomic_fetch_add(&ARENA->slots, 1, __ATOMIC_SEQ_CST);
    struct thread *thread = TABLE_AT(SECTION_THREADS, struct thread) + slot;
    zero_octets(thread, sizeof *thread);
    thread->interrupted = interrupted;
    thread->tid = (uint32_t)RAW(SYS_gettid);
    RAW(SYS_arch_prctl, GET_FS, &thread->fs_base);
    RAW(SYS_arch_prctl, GET_GS, &thread->gs_base);
    RAW(SYS_prctl, PR_GET_TID_ADDRESS_CALL, &thread->clear_tid, 0, 0, 0);
    RAW(SYS_get_robust_list, 0, &thread->robust_list, &thread->robust_length);
    RAW(SYS_prctl, PR_GET_NAME, thread->name, 0, 0, 0);
    thread->policy = (uint32_t)RAW(SYS_sched_getscheduler, 0);
    RAW(SYS_sched_getparam, 0, &thread->priority);
    thread->nice = 20 - (int32_t)RAW(SYS_getpriority, 0, 0);
    return thread;
}

/* Which threads have been sent the signal: for each id the round in which it was. */
static bool first_time(uint32_t tid, uint32_t round)
{
    uint32_t *signalled = (uint32_t *)table(SCRATCH_SIGNALLED)->data;
    bool first = signalled[tid] != round;
    signalled[tid] = round;
    return first;
}

/*
 * Sends the signal to those that have not had it yet; how many others there are, or -1. A listing can miss a thread
 * while another ends: the folder's count of links, one for each thread, tells.
 */
static long signal_others(uint32_t pid, uint32_t self, uint32_t round)
{
    uint8_t *listing = table(SCRATCH_TASKS)->data;
    long folder = RAW(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (folder < 0)
        return -1;
    long got, others = 0;
    while ((got = RAW(SYS_getdents64, folder, listing, 1 << 20)) > 0)
        for (long at = 0; at < got;) {
            struct dirent64 *entry = (struct dirent64 *)(listing + at);
            at += entry->d_reclen;
            const char *name = entry->d_name;
            uint32_t tid = (uint32_t)read_number(&name, 10);
            if (tid == 0 || tid == self)
                continue;
            others++;
            if (first_time(tid, round))
                RAW(SYS_tgkill, pid, tid, JACKET_SIGNAL);
        }
    struct stat count;
    bool complete = RAW(SYS_fstat, folder, &count) == 0 && (long)count.st_nlink - 3 == others;
    RAW(SYS_close, folder);
    return complete ? others : LISTING_INCOMPLETE;
}

static bool main_thread_has_ended(void)
{
    if (read_whole("/proc/self/stat") < 0)
        return false;
    const char *at = (const char *)table(SCRATCH_TEXT)->data, *last = at;
    for (; *at; at++)
        if (*at == ')')
            last = at;
    return last[1] == ' ' && last[2] == 'Z';
}

bool threads_stop(uint64_t timeout_ms)
{
    uint32_t pid = (uint32_t)RAW(SYS_getpid), self = (uint32_t)RAW(SYS_gettid);
    uint64_t deadline = clock_ns(1) + (timeout_ms ? timeout_ms : 5000) * 1000000ull;
    for (;;) {
        uint32_t parked = ARENA->standing.parked;
        long others = signal_others(pid, self, ARENA->standing.round);
        if (others < 0)
            return fail(FAILURE_SYSTEM, "/proc/self/task cannot be read.");
        if (parked == (uint32_t)others && ARENA->slots == parked + 1) {
            table(SECTION_THREADS)->used = ARENA->slots * sizeof(struct thread);
            return true;
        }
        if (clock_ns(1) > deadline) {
            if (main_thread_has_ended())
                return fail(FAILURE_UNSUPPORTED, "The program's main thread has ended while others go on.");
            if (others == LISTING_INCOMPLETE)
                return fail(FAILURE_STOP_TIMEOUT, "The program makes and ends threads too fast to be stopped.");
            return fail_number(FAILURE_STOP_TIMEOUT, "Of the program's threads ", others - (long)parked,
                               " did not stop in time: they sleep in the kernel, or block the jacket's signal.");
        }
        futex_wait(&ARENA->standing.parked, parked, 1000000);
    }
}

/*
 * A thread that comes late, after the leader gave up waiting for it, must not be counted in the next round: so it is
 * counted only together with the round that it saw.
 */
static bool count_as_parked(uint32_t round)
{
    uint64_t seen = ARENA->standing.word, next;
    do {
        if (seen >> 32 != round)
            return false;
        next = seen + 1;
    } while (!__atomic_compare_exchange_n(&ARENA->standing.word, &seen, next, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    futex_wake_all(&ARENA->standing.parked);
    return true;
}

void thread_park(uint32_t round, uint64_t interrupted)
{
    struct thread *self = thread_describe(interrupted);
    if (context_save(&self->context) != 0)
        return; /* restarted: back to where the signal struck */
    signals_save_own(self->tid);
    if (count_as_parked(round))
        while (ARENA->standing.round == round)
            futex_wait(&ARENA->standing.round, round, 0);
}

void threads_begin_standing(void)
{
    union standing next = {.round = ARENA->standing.round + 1};
    __atomic_store_n(&ARENA->standing.word, next.word, __ATOMIC_SEQ_CST);
}

void threads_let_go(void)
{
    ARENA->generation++;
    union standing next = {.round = ARENA->standing.round + 1};
    __atomic_store_n(&ARENA->standing.word, next.word, __ATOMIC_SEQ_CST);
    futex_wake_all(&ARENA->standing.round);
}

bool threads_in_vdso(void)
{
    const struct thread *threads = TABLE_AT(SECTION_THREADS, struct thread);
    for (uint32_t i = 0; i < ARENA->slots; i++)
        if (threads[i].interrupted >= ARENA->vdso_start && threads[i].interrupted < ARENA->vdso_end)
            return true;
    return false;
}
