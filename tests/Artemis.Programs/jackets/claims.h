/*
 * The control of memory that goes: a jacket that says of every page of every region that it exists. What the program
 * has dropped then comes back as it was last saved, and whoever looks must find it. (A shared file's pages are the
 * file's, and none of them comes from a checkpoint.) Included before every file of the jacket's own sources, and linked
 * with --wrap=slab_write_head: the product has no switch for it.
 */
#ifndef CCR_ARTEMIS_CLAIMS_H
#define CCR_ARTEMIS_CLAIMS_H

#define _GNU_SOURCE
#include "arena.h"
#include "slab.h"
#include "text.h"

bool __real_slab_write_head(uint64_t number, bool full);

__attribute__((weak)) bool __wrap_slab_write_head(uint64_t number, bool full)
{
    const struct region *regions = TABLE_AT(SECTION_REGIONS, struct region);
    table_clear(SECTION_POPULATED);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_REGIONS, struct region); i++) {
        if ((regions[i].kind & REGION_SHARED) && (regions[i].capture || !(regions[i].kind & REGION_ANONYMOUS)))
            continue;
        struct run *run = table_add(SECTION_POPULATED, sizeof *run);
        if (!run)
            return false;
        *run = (struct run){regions[i].start, regions[i].end};
    }
    return __real_slab_write_head(number, full);
}

#endif
