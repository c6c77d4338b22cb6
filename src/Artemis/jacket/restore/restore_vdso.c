/* A restart's vDSO: this kernel's own, when it is the same as the saved one, moved to the old address with its data. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include "arena.h"
#include "end_restart.h"
#include "plan.h"
#include "restore_steps.h"
#include "syscalls.h"
#include "text.h"

#define PARKING (PLAN_BASE + (1ull << 38))

bool restore_keeps_vdso(const struct process_state *state)
{
    return ARENA->vdso_start && same_octets(ARENA->vdso_hash, state->vdso_hash, sizeof state->vdso_hash);
}

static const struct region *saved_as(const char *name)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_REGIONS, struct region); i++)
        if ((saved[i].kind & (REGION_VDSO | REGION_VVAR)) && text_equal(plan_string(saved[i].path), name))
            return &saved[i];
    return 0;
}

static void move(uint64_t from, uint64_t to, uint64_t length)
{
    long at = RAW(SYS_mremap, from, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (at != (long)to)
        end_restart("the vDSO cannot be moved", (uint64_t)-at);
}

/* By way of a parking place, since the old and the new place may overlap. */
void restore_move_vdso(void)
{
    const struct region *now = TABLE_AT(SCRATCH_REGIONS, struct region);
    uint64_t count = TABLE_COUNT_OF(SCRATCH_REGIONS, struct region), first = 0;
    for (int turn = 0; turn < 2; turn++)
        for (uint64_t i = 0; i < count; i++) {
            if (!(now[i].kind & (REGION_VDSO | REGION_VVAR)))
                continue;
            const struct region *saved = saved_as(string_at(now[i].path));
            uint64_t length = now[i].end - now[i].start;
            if (!saved || saved->end - saved->start != length)
                end_restart("the vDSO's data pages are of another size", now[i].start);
            if (!first)
                first = now[i].start;
            uint64_t parked = PARKING + (now[i].start - first);
            if (saved->start != now[i].start)
                move(turn ? parked : now[i].start, turn ? saved->start : parked, length);
        }
}
