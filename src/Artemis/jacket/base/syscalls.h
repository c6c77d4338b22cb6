/*
 * Raw system calls. On the checkpoint and restart path nothing else talks to the kernel: the C library keeps locks,
 * errno and thread-local storage, and any of these may be half changed where a signal struck, or not be mapped yet.
 * A call returns what the kernel returned: a value, or -errno.
 */
#ifndef CCR_JACKET_SYSCALLS_H
#define CCR_JACKET_SYSCALLS_H

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>

static inline __attribute__((always_inline)) long raw_syscall(long number, long a, long b, long c, long d, long e,
                                                              long f)
{
    long result;
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}

#define RAW_0(number) raw_syscall(number, 0, 0, 0, 0, 0, 0)
#define RAW_1(number, a) raw_syscall(number, (long)(a), 0, 0, 0, 0, 0)
#define RAW_2(number, a, b) raw_syscall(number, (long)(a), (long)(b), 0, 0, 0, 0)
#define RAW_3(number, a, b, c) raw_syscall(number, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define RAW_4(number, a, b, c, d) raw_syscall(number, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define RAW_5(number, a, b, c, d, e) \
    raw_syscall(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define RAW_6(number, a, b, c, d, e, f) \
    raw_syscall(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define RAW_PICK(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define RAW(...) RAW_PICK(__VA_ARGS__, RAW_6, RAW_5, RAW_4, RAW_3, RAW_2, RAW_1, RAW_0)(__VA_ARGS__)

/* RAW(SYS_name, arguments): the call, with as many arguments as are given. */

struct kernel_timespec {
    int64_t seconds;
    int64_t nanoseconds;
};

static inline uint64_t clock_ns(int clock)
{
    struct kernel_timespec now;
    RAW(SYS_clock_gettime, clock, &now);
    return (uint64_t)now.seconds * 1000000000ull + (uint64_t)now.nanoseconds;
}

#define FUTEX_WAIT_SHARED_NOT 128 /* FUTEX_WAIT | FUTEX_PRIVATE_FLAG */
#define FUTEX_WAKE_SHARED_NOT 129

static inline void futex_wake_all(volatile uint32_t *word)
{
    RAW(SYS_futex, word, FUTEX_WAKE_SHARED_NOT, 0x7fffffff, 0, 0, 0);
}

/* Sleeps while *word is value; wait_ns 0: without end. Wakes without reason too: callers look again. */
static inline void futex_wait(volatile uint32_t *word, uint32_t value, uint64_t wait_ns)
{
    struct kernel_timespec wait = {(int64_t)(wait_ns / 1000000000ull), (int64_t)(wait_ns % 1000000000ull)};
    RAW(SYS_futex, word, FUTEX_WAIT_SHARED_NOT, value, wait_ns ? &wait : 0, 0, 0);
}

#endif
