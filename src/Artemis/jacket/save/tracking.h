/* Which pages exist, and which were changed since the checkpoint before. */
#ifndef CCR_JACKET_TRACKING_H
#define CCR_JACKET_TRACKING_H

#include <stdbool.h>
#include "wire.h"

/* Finds out, by trying, what this kernel can do: ARENA->tracking. whole: do not even try. */
void tracking_probe(bool whole);
/* Opens what tracking needs; everything counts as changed until it was scanned once. */
bool tracking_start(void);
/*
 * Fills SECTION_POPULATED and SECTION_DIRTY from SECTION_REGIONS, and begins to watch for changes anew. full: every
 * populated page is dirty.
 */
bool tracking_scan(bool full);
/* After a restart: what is in memory now is what the checkpoint had. */
void tracking_begin_again(void);

#endif
