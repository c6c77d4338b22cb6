/* What belongs to the process as a whole: signals, timers, limits, folder, heap. */
#ifndef CCR_JACKET_PROCESS_H
#define CCR_JACKET_PROCESS_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/time.h>
#include "wire.h"

struct kernel_action {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};

/* SECTION_PROCESS. */
struct process_state {
    uint64_t brk;
    uint64_t start_brk;
    uint64_t generation;
    int64_t rseq_offset;
    uint32_t rseq_length;
    uint32_t main_slot;      /* which of SECTION_THREADS is the main thread */
    uint32_t pid;
    uint32_t umask;
    uint32_t cwd;            /* in SECTION_STRINGS */
    uint32_t dumpable;
    uint64_t vdso_start, vdso_end;
    uint8_t vdso_hash[16];
    struct kernel_action actions[65];
    struct itimerval timers[3];
    struct rlimit limits[16];
};

/* Asked before anybody is stopped, and again when all stand. */
bool process_may_be_saved(void);
bool process_save(void);
/* Limits, umask, signal handlers. */
void process_restore(const struct process_state *state);
void process_start_timers(const struct process_state *state);

#endif
