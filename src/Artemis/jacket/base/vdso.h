/* The kernel's own code in the process, which reads clocks without a system call. docs/ARTEMIS.md, "The vDSO". */
#ifndef CCR_JACKET_VDSO_H
#define CCR_JACKET_VDSO_H

#include <stdbool.h>
#include <stdint.h>

/* Notes where it lies and the hash of its octets. base: AT_SYSINFO_EHDR, or 0. */
void vdso_find(uint64_t base);
/* Turns the entry points of a saved copy, mapped writable at base, into system calls; how many. */
unsigned vdso_patch(uint64_t base);

#endif
