/* Stops the program's threads, keeps what only each can tell of itself, and lets them go. */
#ifndef CCR_JACKET_THREADS_H
#define CCR_JACKET_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* What setjmp would keep; all else lies in the frame that the kernel made for the signal. */
struct context {
    uint64_t rbx, rbp, r12, r13, r14, r15, rsp, rip;
};

/* One of SECTION_THREADS. */
struct thread {
    struct context context;
    uint64_t fs_base;
    uint64_t gs_base;
    uint64_t clear_tid;     /* zeroed and woken by the kernel when the thread ends */
    uint64_t robust_list;
    uint64_t robust_length;
    uint64_t interrupted;   /* where the program stood */
    uint32_t tid;
    uint32_t policy;        /* sched_getscheduler */
    int32_t priority;
    int32_t nice;
    char name[16];
};

__attribute__((returns_twice)) int context_save(struct context *context);
__attribute__((noreturn)) void context_jump(const struct context *context);

/* Calls function on another stack, which begins below the address given. */
void call_on(void (*function)(void), void *stack);
/* Calls function on the arena's stack: a thread's own may be small. One thread at a time: the one that leads. */
void on_arena_stack(void (*function)(void));

/* Stops all others; the caller is slot 0. False, with the failure noted, if one did not stop in time. */
bool threads_stop(uint64_t timeout_ms);
void threads_begin_standing(void);
void threads_let_go(void);
static inline bool round_stands(uint32_t round)
{
    return round & 1;
}
/* Describes the caller and lets it stand until the round is over. */
void thread_park(uint32_t round, uint64_t interrupted);
/* The slot of the caller, filled but for its context. */
struct thread *thread_describe(uint64_t interrupted);
/* Whether any stands inside the vDSO. */
bool threads_in_vdso(void);

#endif
