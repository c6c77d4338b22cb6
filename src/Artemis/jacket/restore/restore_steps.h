/* The steps of a restart, in the order in which restore.c takes them. */
#ifndef CCR_JACKET_RESTORE_STEPS_H
#define CCR_JACKET_RESTORE_STEPS_H

#include <stdbool.h>
#include "process.h"

/* Unmaps what this process has; the jacket's text, the stack, the heap's place and the vDSO stay. */
void restore_clear_memory(const struct process_state *state);
void restore_map_memory(const struct process_state *state);
void restore_load_pages(const struct process_state *state);
void restore_protect_memory(const struct process_state *state);

/* The same vDSO is moved to where it was, with its data; else false, and the saved copy is mapped. */
bool restore_keeps_vdso(const struct process_state *state);
void restore_move_vdso(void);

void restore_descriptors(const struct process_state *state);

/* Makes the other threads with their old ids; they wait. */
void restore_make_threads(const struct process_state *state);
/* The main thread takes its old place, lets the others go, and goes on where it stood. Does not return. */
void restore_go_on(void);

#endif
