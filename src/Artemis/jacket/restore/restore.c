/*
 * A restart. The same binary was started in the same way, so the kernel has made stack, heap, and name as they were;
 * the rest of its memory goes, and what the plan says comes. All of this runs on the arena's stack, in the jacket's
 * text.
 */
#define _GNU_SOURCE
#include "restore.h"
#include <signal.h>
#include "arena.h"
#include "conversation.h"
#include "end_restart.h"
#include "maps.h"
#include "plan.h"
#include "restore_steps.h"
#include "socket_options.h"
#include "syscalls.h"
#include "text.h"
#include "threads.h"
#include "tracking.h"

#define RSEQ_SIGNATURE 0x53053053

__attribute__((naked)) void signal_return(void)
{
    __asm__("mov $15, %eax\n syscall");
}

/* The C library has given the kernel a place in its memory that is written at every preemption: take it back. */
static void end_rseq(void)
{
    uint64_t thread_pointer;
    RAW(SYS_arch_prctl, 0x1003, &thread_pointer);
    if (ARENA->rseq_length)
        RAW(SYS_rseq, thread_pointer + (uint64_t)ARENA->rseq_offset, ARENA->rseq_length, 1, RSEQ_SIGNATURE);
}

static void check_places(const struct process_state *state)
{
    if (ARENA->start_brk != state->start_brk)
        end_restart("the heap begins elsewhere: another program, or addresses were randomised", ARENA->start_brk);
    if ((uint32_t)RAW(SYS_getpid) != state->pid)
        end_restart("the process has another id", (uint64_t)RAW(SYS_getpid));
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    uint64_t count = PLAN_COUNT(SECTION_REGIONS, struct region), text = 0;
    for (uint64_t i = 0; i < count && !text; i++)
        if (saved[i].kind & REGION_JACKET)
            text = saved[i].start;
    if (text != ARENA->jacket_text)
        end_restart("the jacket lies elsewhere: another program, environment, or limit of the stack", text);
}

/* What the new process was told about itself, and what the checkpoint knew, become one. */
static void take_over_arena(const struct process_state *state)
{
    ARENA->generation = state->generation + 1;
    ARENA->last_number = 0;
    ARENA->must_be_full = 0;
    ARENA->number = ((const struct slab_head *)PLAN_BASE)->number;
    ARENA->slots = (uint32_t)PLAN_COUNT(SECTION_THREADS, struct thread);
}

static void watch_again(void)
{
    if (!tracking_start())
        end_restart("changes of pages cannot be watched", 0);
    table_clear(SECTION_STRINGS);
    if (!maps_read(SCRATCH_REGIONS, ARENA->start_brk))
        end_restart("the memory map cannot be read", 0);
    tracking_begin_again();
}

/* Files without a name were given one for us to open; before the program looks they have none again. */
static void take_names_away(void)
{
    const struct capture *captures = PLAN_AT(SECTION_CAPTURES, struct capture);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_CAPTURES, struct capture); i++)
        if (captures[i].flags & CAPTURE_UNLINKED)
            RAW(SYS_unlink, plan_string(captures[i].path));
}

static void rebuild(void)
{
    const struct process_state *state = PLAN_AT(SECTION_PROCESS, struct process_state);
    uint64_t all = ~0ull;
    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
    check_places(state);
    end_rseq();
    restore_clear_memory(state);
    restore_map_memory(state);
    restore_load_pages(state);
    restore_protect_memory(state);
    if (RAW(SYS_chdir, plan_string(state->cwd)) < 0)
        end_restart("the program's folder is not there any more", 0);
    restore_descriptors(state);
    socket_options_restore();
    take_names_away();
    take_over_arena(state);
    process_restore(state);
    watch_again();
    restore_make_threads(state);
    ARENA->on = 1;
    if (!conversation_progress(FRAME_RESTORED, 0, 0))
        end_restart("the checkpoint server has gone", 0);
    restore_go_on();
}

void restore(void)
{
    uint32_t answer = conversation_connect(MODE_RESTORE);
    if (answer != FRAME_RESTORE)
        end_restart(answer == FRAME_REFUSED ? (const char *)table(SCRATCH_CHANNEL)->data
                                            : "the checkpoint server does not answer", 0);
    plan_open((const char *)table(SCRATCH_CHANNEL)->data);
    on_arena_stack(rebuild);
    for (;;)
        RAW(SYS_exit_group, 77);
}
