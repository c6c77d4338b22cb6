/* The memory map, as /proc/self/maps tells it. */
#ifndef CCR_JACKET_MAPS_H
#define CCR_JACKET_MAPS_H

#include <stdbool.h>
#include "wire.h"

/* Reads it into the table given (struct region), without the jacket's own memory; names go to SECTION_STRINGS. */
bool maps_read(unsigned table_index, uint64_t start_brk);

/* A piece of the jacket's library that is never changed: a restart finds it in place. */
static inline bool region_is_jacket_text(const struct region *region)
{
    return (region->kind & REGION_JACKET) && !(region->protection & 2);
}

/* The place where the program's heap began; brk and the heap of a restart must begin there too. */
uint64_t maps_start_brk(void);

#endif
