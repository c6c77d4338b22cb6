/* The plan of a restart: laid out like a slab's head, mapped read-only while the process is built. */
#ifndef CCR_JACKET_PLAN_H
#define CCR_JACKET_PLAN_H

#include <stdint.h>
#include "wire.h"

/* Where the plan is mapped: inside the slab's reservation, which no program memory reaches. */
#define PLAN_BASE (SLAB_BASE + (1ull << 39))

void plan_open(const char *path);
void plan_close(void);
const void *plan_section(unsigned section);
uint64_t plan_octets(unsigned section);
/* A string of the plan; an offset outside of it ends the restart. */
const char *plan_string(uint32_t offset);

#define PLAN_AT(section, type) ((const type *)plan_section(section))
#define PLAN_COUNT(section, type) (plan_octets(section) / sizeof(type))

#endif
