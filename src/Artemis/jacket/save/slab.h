/* The slab: the file on tmpfs that carries a checkpoint to the server. */
#ifndef CCR_JACKET_SLAB_H
#define CCR_JACKET_SLAB_H

#include <stdbool.h>
#include <stdint.h>

bool slab_open(const char *path);
/* Head and sections, from the tables. */
bool slab_write_head(uint64_t number, bool full);
/* The pages of SECTION_DIRTY, in its order. Both figures are what progress tells. */
bool slab_write_pages(uint64_t *slab_length, uint64_t *dirty_pages);
void slab_close(void);

#endif
