/*
 * A checkpoint. The first thread that the signal strikes leads: it looks whether the server has sent a PREPARE, stops
 * the others, reads what the kernel holds, tells STOPPED, copies the changed pages, tells TENTATIVE, and lets all go
 * on. All that the program sees is a signal handler that has run; what its threads are lies in the frames of that
 * handler.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "arena.h"
#include "conversation.h"
#include "descriptors.h"
#include "hooks.h"
#include "maps.h"
#include "process.h"
#include "signals.h"
#include "slab.h"
#include "syscalls.h"
#include "text.h"
#include "threads.h"
#include "tracking.h"

static struct prepare *asked(void)
{
    return &ARENA->asked;
}

static bool read_kernel_state(void)
{
    if (threads_in_vdso())
        return fail(FAILURE_IN_VDSO, "A thread stood inside the vDSO: ask again.");
    table_clear(SECTION_STRINGS);
    string_add("");
    return process_save() && descriptors_save() && maps_read(SECTION_REGIONS, ARENA->start_brk) && captures_save();
}

/* True when the checkpoint is tentative. */
static bool take(void)
{
    bool full = (asked()->flags & PREPARE_FULL) || ARENA->must_be_full || ARENA->tracking == TRACKING_WHOLE;
    if (!read_kernel_state())
        return false;
    ARENA->must_be_full = 1; /* from here on the marks of changed pages are used up */
    if (!tracking_scan(full))
        return false;
    uint64_t slab_length, dirty_pages;
    if (!slab_open(ARENA->slab_path) || !slab_write_head(asked()->number, full))
        return false;
    conversation_progress(FRAME_STOPPED, ARENA->slab_pages_offset, 0);
    if (!slab_write_pages(&slab_length, &dirty_pages))
        return false;
    if (conversation_progress(FRAME_TENTATIVE, slab_length, dirty_pages)) {
        ARENA->last_number = asked()->number;
        ARENA->must_be_full = 0;
    }
    return true;
}

/* Runs on the arena's stack while all stand. */
static void lead(void)
{
    if (!process_may_be_saved() || !threads_stop(asked()->stop_timeout_ms) || !take()) {
        conversation_failed(ARENA->failure_code, ARENA->failure_text);
        return;
    }
    /* Files are copied by the server meanwhile: as long as that lasts, nothing may be written to them. */
    bool files = table(SECTION_CAPTURES)->used != 0;
    if (files || (asked()->flags & PREPARE_GROUP))
        conversation_wait_resume(asked()->number);
}

static void look(void)
{
    ARENA->leader_has_prepare = conversation_look(asked(), ARENA->slab_path, sizeof ARENA->slab_path);
}

enum found {
    FOUND_NOTHING,
    HAS_LED,
    BUILT_ANEW, /* in the restarted process, where nothing is held and nobody is to be let go */
};

static enum found lead_if_asked(uint64_t interrupted)
{
    ARENA->entered_ns = clock_ns(1);
    on_arena_stack(look);
    if (!ARENA->leader_has_prepare)
        return FOUND_NOTHING;
    ARENA->number = asked()->number;
    ARENA->failure_code = 0;
    ARENA->slots = 0;
    signals_begin();
    struct thread *self = thread_describe(interrupted);
    threads_begin_standing();
    __atomic_store_n(&ARENA->leading, LEADING_STANDS, __ATOMIC_SEQ_CST);
    futex_wake_all(&ARENA->leading);
    if (context_save(&self->context) != 0)
        return BUILT_ANEW;
    on_arena_stack(lead);
    threads_let_go();
    return HAS_LED;
}

void checkpoint_enter(uint64_t interrupted)
{
    for (;;) {
        uint32_t round = ARENA->standing.round, leading = LEADING_NOBODY;
        if (round_stands(round)) {
            thread_park(round, interrupted);
            return;
        }
        if (__atomic_compare_exchange_n(&ARENA->leading, &leading, LEADING_LOOKS, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST)) {
            enum found found = lead_if_asked(interrupted);
            if (found == BUILT_ANEW)
                return;
            __atomic_store_n(&ARENA->leading, LEADING_NOBODY, __ATOMIC_SEQ_CST);
            futex_wake_all(&ARENA->leading);
            if (found == FOUND_NOTHING)
                return;
            /* The next PREPARE may have come while all stood, and its signal have struck a thread that only parked. */
            continue;
        }
        /* The one who looks may find nothing, and what this signal announced may have come later: look again then. */
        futex_wait(&ARENA->leading, leading, 1000000);
    }
}
