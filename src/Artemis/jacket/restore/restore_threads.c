/* A restart's threads: made with their old ids, each goes back into the handler where it stood, and returns from it. */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "arena.h"
#include "capabilities.h"
#include "end_restart.h"
#include "plan.h"
#include "restore_steps.h"
#include "signals.h"
#include "syscalls.h"
#include "threads.h"

#define RSEQ_SIGNATURE 0x53053053
#define SET_GS 0x1001
#define SET_FS 0x1002
#define START_STACK_BYTES 8192

/* What the kernel keeps for each thread and no clone sets. */
static void dress(const struct thread *thread, const struct process_state *state)
{
    if (thread->robust_list)
        RAW(SYS_set_robust_list, thread->robust_list, thread->robust_length);
    if (thread->gs_base)
        RAW(SYS_arch_prctl, SET_GS, thread->gs_base);
    if (state->rseq_length)
        RAW(SYS_rseq, thread->fs_base + (uint64_t)state->rseq_offset, state->rseq_length, 0, RSEQ_SIGNATURE);
    RAW(SYS_prctl, PR_SET_NAME, thread->name, 0, 0, 0);
    if (thread->policy != SCHED_OTHER)
        RAW(SYS_sched_setscheduler, 0, thread->policy, &thread->priority);
    if (thread->nice)
        RAW(SYS_setpriority, PRIO_PROCESS, 0, thread->nice);
}

__attribute__((noreturn, used)) static void continue_thread(const struct thread *thread)
{
    const struct process_state *state = PLAN_AT(SECTION_PROCESS, struct process_state);
    dress(thread, state);
    capabilities_drop();
    signals_restore(state->pid, thread->tid);
    struct context context = thread->context;
    __atomic_fetch_add(&ARENA->standing.parked, 1, __ATOMIC_SEQ_CST);
    futex_wake_all(&ARENA->standing.parked);
    while (ARENA->restoring)
        futex_wait(&ARENA->restoring, 1, 0);
    context_jump(&context);
}

/* clone3; the child goes on in continue_thread, on the stack that the arguments name. */
__attribute__((naked, noinline)) static long clone_thread(const struct clone_args *arguments, uint64_t size,
                                                          const struct thread *thread)
{
    (void)arguments, (void)size, (void)thread;
    __asm__("mov $435, %eax\n syscall\n test %rax, %rax\n jz 1f\n ret\n"
            "1: mov %rdx, %rdi\n xor %ebp, %ebp\n call continue_thread\n hlt");
}

void restore_make_threads(const struct process_state *state)
{
    const struct thread *threads = PLAN_AT(SECTION_THREADS, struct thread);
    uint64_t count = PLAN_COUNT(SECTION_THREADS, struct thread);
    ARENA->restoring = 1;
    table_clear(SCRATCH_STACKS);
    for (uint64_t i = 0; i < count; i++) {
        if (i == state->main_slot)
            continue;
        int wanted = (int)threads[i].tid;
        uint8_t *stack = table_add(SCRATCH_STACKS, START_STACK_BYTES);
        if (!stack)
            end_restart("there are too many threads", count);
        struct clone_args arguments = {
            .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
            .child_tid = threads[i].clear_tid, .parent_tid = threads[i].clear_tid, .stack = (uint64_t)stack,
            .stack_size = START_STACK_BYTES, .tls = threads[i].fs_base, .set_tid = (uint64_t)&wanted,
            .set_tid_size = 1};
        long made = clone_thread(&arguments, sizeof arguments, &threads[i]);
        if (made != wanted)
            end_restart("a thread cannot be made with its old id", (uint64_t)-made);
    }
}

static void go_on(void)
{
    const struct process_state *state = PLAN_AT(SECTION_PROCESS, struct process_state);
    const struct thread *threads = PLAN_AT(SECTION_THREADS, struct thread);
    const struct thread *self = &threads[state->main_slot];
    uint32_t others = (uint32_t)PLAN_COUNT(SECTION_THREADS, struct thread) - 1, parked;
    RAW(SYS_arch_prctl, SET_FS, self->fs_base);
    RAW(SYS_set_tid_address, self->clear_tid);
    dress(self, state);
    capabilities_drop();
    while ((parked = ARENA->standing.parked) != others)
        futex_wait(&ARENA->standing.parked, parked, 0);
    signals_restore(state->pid, self->tid);
    process_start_timers(state);
    struct context context = self->context;
    plan_close();
    ARENA->standing.word = 0;
    ARENA->restoring = 0;
    futex_wake_all(&ARENA->restoring);
    context_jump(&context);
}

/*
 * Not on the arena's stack: as soon as the others are let go, one of them may lead the next checkpoint there, before
 * this thread has left.
 */
void restore_go_on(void)
{
    uint8_t *stack = table_add(SCRATCH_STACKS, START_STACK_BYTES);
    if (!stack)
        end_restart("there are too many threads", 0);
    call_on(go_on, stack + START_STACK_BYTES);
}
