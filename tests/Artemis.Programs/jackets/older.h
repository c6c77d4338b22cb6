/*
 * A jacket on a kernel before 6.7: no userfaultfd that clears protection by itself, no PAGEMAP_SCAN; changed pages show
 * as soft-dirty bits of /proc/self/pagemap, cleared by clear_refs. The kernel that tests run on need not have them:
 * their meaning is made here out of what it has. Included before every file of the jacket's own sources: the product
 * has no switch for it.
 */
#ifndef CCR_ARTEMIS_OLDER_H
#define CCR_ARTEMIS_OLDER_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include "arena.h"
#include "syscalls.h"

#ifndef CCR_HAS_SOFT_DIRTY
#define CCR_HAS_SOFT_DIRTY 1
#endif

struct older_run {
    uint64_t start, end, categories;
};

struct older_scan {
    uint64_t size, flags, start, end, walk_end, answers, answers_length, most_pages;
    uint64_t inverted, mask, any_mask, return_mask;
};

enum { OLDER_WRITTEN = 2, OLDER_PROTECT = 1, OLDER_CHECK_WATCHED = 2, OLDER_ANSWERS = 256, OLDER_TEXT = 4096 };
#define OLDER_SCAN_CALL _IOWR('f', 16, struct older_scan)
#define OLDER_WP_ASYNC (1 << 15)
#define OLDER_SOFT_DIRTY (1ull << 55)

static inline long older_open(const char *path)
{
    return raw_syscall(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

static inline void older_protect(long pagemap, uint64_t start, uint64_t end)
{
    struct uffdio_register watch = {.range = {start, end - start}, .mode = UFFDIO_REGISTER_MODE_WP};
    struct older_scan scan = {.size = sizeof scan, .flags = OLDER_PROTECT | OLDER_CHECK_WATCHED,
                              .start = start, .end = end};
    if (start >= ARENA_BASE && start < SLAB_BASE + SLAB_RESERVED_BYTES)
        return;
    raw_syscall(SYS_ioctl, ARENA->own_fds[OWN_USERFAULT], UFFDIO_REGISTER, (long)&watch, 0, 0, 0);
    raw_syscall(SYS_ioctl, pagemap, OLDER_SCAN_CALL, (long)&scan, 0, 0, 0);
}

/* What writing "4" to clear_refs does: from now on no page is soft-dirty. */
static inline void older_clear(void)
{
    if (ARENA->own_fds[OWN_USERFAULT] < 0) {
        struct uffdio_api api = {.api = UFFD_API, .features = OLDER_WP_ASYNC};
        long fd = raw_syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, 0, 0, 0, 0, 0);
        raw_syscall(SYS_ioctl, fd, UFFDIO_API, (long)&api, 0, 0, 0);
        own_fd_set(OWN_USERFAULT, (int)fd);
    }
    char text[OLDER_TEXT];
    long maps = older_open("/proc/self/maps"), pagemap = older_open("/proc/self/pagemap"), got;
    uint64_t bounds[2] = {0, 0};
    int part = 0; /* 0: start, 1: end, 2: the rest of the line */
    while ((got = raw_syscall(SYS_read, maps, (long)text, sizeof text, 0, 0, 0)) > 0)
        for (long i = 0; i < got; i++) {
            char c = text[i];
            if (part < 2 && (c == '-' || c == ' ')) {
                part++;
            } else if (part < 2) {
                bounds[part] = bounds[part] * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
            } else if (c == '\n') {
                older_protect(pagemap, bounds[0], bounds[1]);
                bounds[0] = bounds[1] = 0;
                part = 0;
            }
        }
    raw_syscall(SYS_close, maps, 0, 0, 0, 0, 0);
    raw_syscall(SYS_close, pagemap, 0, 0, 0, 0, 0);
}

static inline void older_show(long pagemap, uint64_t *bits, uint64_t from, uint64_t pages)
{
    struct older_run runs[OLDER_ANSWERS];
    struct older_scan scan = {.size = sizeof scan, .start = from, .end = from + pages * PAGE_SIZE_BYTES,
                              .answers = (uint64_t)runs, .answers_length = OLDER_ANSWERS,
                              .any_mask = OLDER_WRITTEN, .return_mask = OLDER_WRITTEN};
    while (scan.start < scan.end) {
        long got = raw_syscall(SYS_ioctl, pagemap, OLDER_SCAN_CALL, (long)&scan, 0, 0, 0);
        for (long i = 0; i < got; i++)
            for (uint64_t at = runs[i].start; at < runs[i].end; at += PAGE_SIZE_BYTES)
                bits[(at - from) / PAGE_SIZE_BYTES] |= OLDER_SOFT_DIRTY;
        if (got < OLDER_ANSWERS)
            return;
        scan.start = scan.walk_end;
    }
}

static __attribute__((unused, noinline)) long older_kernel(long number, long a, long b, long c, long d)
{
    if (number == SYS_userfaultfd)
        return -ENOSYS;
    if (number == SYS_ioctl && (unsigned)b == (unsigned)OLDER_SCAN_CALL)
        return -ENOTTY;
    if (number == SYS_write && c == 1 && *(const char *)b == '4') {
        if (CCR_HAS_SOFT_DIRTY)
            older_clear();
        return 1;
    }
    long result = raw_syscall(number, a, b, c, d, 0, 0);
    if (CCR_HAS_SOFT_DIRTY && number == SYS_pread64 && a == ARENA->own_fds[OWN_PAGEMAP] && result > 0)
        older_show(a, (uint64_t *)b, (uint64_t)d / 8 * PAGE_SIZE_BYTES, (uint64_t)result / 8);
    return result;
}

#undef RAW_2
#undef RAW_3
#undef RAW_4
#define RAW_2(number, a, b) older_kernel(number, (long)(a), (long)(b), 0, 0)
#define RAW_3(number, a, b, c) older_kernel(number, (long)(a), (long)(b), (long)(c), 0)
#define RAW_4(number, a, b, c, d) older_kernel(number, (long)(a), (long)(b), (long)(c), (long)(d))
#undef RAW_1
#define RAW_1(number, a) older_kernel(number, (long)(a), 0, 0, 0)

#endif
