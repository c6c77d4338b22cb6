/* Asks the kernel for pages: by PAGEMAP_SCAN where it is, else from the 64 bits a page of /proc/self/pagemap. */
#ifndef CCR_JACKET_PAGEMAP_H
#define CCR_JACKET_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

/* Appends the runs of pages to SECTION_POPULATED; files_too: pages that are still the mapped file's count as well. */
long pagemap_populated(uint64_t start, uint64_t end, bool files_too);
/*
 * Only pages that hold something are protected, which the kernel does only when it is asked for answers too: without
 * answers it marks every page of the range, and marks count as pages later.
 */
/* The same, and the pages written since the call before to SECTION_DIRTY, protected again. -EPERM: not watched. */
long pagemap_changed(uint64_t start, uint64_t end, bool files_too);
bool pagemap_scan_knows_guards(void);

/* Empties both tables. */
void runs_clear(void);

bool soft_dirty_works(void);
void soft_dirty_clear(void);

#endif
