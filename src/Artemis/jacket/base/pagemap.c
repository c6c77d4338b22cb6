/* Asks the kernel for pages. PAGEMAP_SCAN answers with runs; older kernels have 64 bits for each page to be read. */
#define _GNU_SOURCE
#include "pagemap.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

/* Of linux/fs.h, since kernel 6.7; the headers that this is built with may be older. */
enum category { IS_WRITTEN = 2, IS_FILE = 4, IS_PRESENT = 8, IS_SWAPPED = 16, IS_ZERO = 32, IS_GUARD = 256 };
enum scan_flag { SCAN_PROTECT = 1, SCAN_CHECK_WATCHED = 2 };

struct scan_run {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
};

struct scan_request {
    uint64_t size, flags, start, end, walk_end, answers, answers_length, most_pages;
    uint64_t inverted, mask, any_mask, return_mask;
};

#define PAGEMAP_SCAN_CALL _IOWR('f', 16, struct scan_request)
#define SCAN_ANSWERS (1u << 20)

void runs_clear(void)
{
    table_clear(SECTION_POPULATED);
    table_clear(SECTION_DIRTY);
    ARENA->populated_floor = ARENA->dirty_floor = 0;
}

static bool append(unsigned table_index, uint64_t start, uint64_t end)
{
    struct table *runs = table(table_index);
    struct run *last = (struct run *)(runs->data + runs->used) - 1;
    uint64_t floor = table_index == SECTION_DIRTY ? ARENA->dirty_floor : ARENA->populated_floor;
    if (runs->used > floor && last->end == start) {
        last->end = end;
        return true;
    }
    struct run *added = table_add(table_index, sizeof *added);
    if (!added)
        return false;
    added->start = start;
    added->end = end;
    return true;
}

/* One call tells both what exists and what was written: the answers carry it. */
static long scan(struct scan_request request, bool changed_too)
{
    struct scan_run *answers = (struct scan_run *)table(SCRATCH_SCAN)->data;
    request.size = sizeof request;
    request.answers = (uint64_t)answers;
    request.answers_length = SCAN_ANSWERS;
    request.any_mask = IS_PRESENT | IS_SWAPPED;
    request.return_mask = IS_PRESENT | (changed_too ? IS_WRITTEN : 0);
    while (request.start < request.end) {
        long got = RAW(SYS_ioctl, ARENA->own_fds[OWN_PAGEMAP], PAGEMAP_SCAN_CALL, &request);
        if (got < 0)
            return got;
        for (long i = 0; i < got; i++) {
            bool changed = changed_too && (answers[i].categories & IS_WRITTEN);
            if (!append(SECTION_POPULATED, answers[i].start, answers[i].end) ||
                (changed && !append(SECTION_DIRTY, answers[i].start, answers[i].end)))
                return -ENOMEM;
        }
        if (got < SCAN_ANSWERS) /* walk_end may lie before the end although all was seen */
            break;
        request.start = request.walk_end;
    }
    return 0;
}

/* Zero pages and guards hold nothing; pages that are still the file's are the file's. */
static uint64_t not_wanted(bool files_too)
{
    return IS_ZERO | (files_too ? 0 : IS_FILE) | (ARENA->scan_knows_guards ? IS_GUARD : 0);
}

static long read_bits(uint64_t start, uint64_t end, bool files_too, bool changed_too)
{
    const uint64_t present = 1ull << 63, swapped = 1ull << 62, of_file = 1ull << 61, soft_dirty = 1ull << 55;
    uint64_t *bits = (uint64_t *)table(SCRATCH_SCAN)->data;
    while (start < end) {
        uint64_t pages = (end - start) / PAGE_SIZE_BYTES;
        if (pages > 1 << 20)
            pages = 1 << 20;
        long got = RAW(SYS_pread64, ARENA->own_fds[OWN_PAGEMAP], bits, pages * 8, start / PAGE_SIZE_BYTES * 8);
        if (got <= 0)
            return got ? got : -EIO;
        for (long i = 0; i < got / 8; i++, start += PAGE_SIZE_BYTES) {
            if (!(bits[i] & (present | swapped)) || (!files_too && (bits[i] & of_file)))
                continue;
            if (!append(SECTION_POPULATED, start, start + PAGE_SIZE_BYTES) ||
                (changed_too && (bits[i] & soft_dirty) && !append(SECTION_DIRTY, start, start + PAGE_SIZE_BYTES)))
                return -ENOMEM;
        }
    }
    return 0;
}

long pagemap_populated(uint64_t start, uint64_t end, bool files_too)
{
    if (ARENA->tracking != TRACKING_SCAN)
        return read_bits(start, end, files_too, false);
    uint64_t without = not_wanted(files_too);
    return scan((struct scan_request){.start = start, .end = end, .inverted = without, .mask = without}, false);
}

long pagemap_changed(uint64_t start, uint64_t end, bool files_too)
{
    if (ARENA->tracking != TRACKING_SCAN)
        return read_bits(start, end, files_too, true);
    uint64_t without = not_wanted(files_too);
    return scan((struct scan_request){.flags = SCAN_PROTECT | SCAN_CHECK_WATCHED, .start = start, .end = end,
                                      .inverted = without, .mask = without}, true);
}

bool pagemap_scan_knows_guards(void)
{
    struct scan_request request = {.size = sizeof request, .start = ARENA_BASE, .end = ARENA_BASE + PAGE_SIZE_BYTES,
                                   .inverted = IS_GUARD, .mask = IS_GUARD, .any_mask = IS_PRESENT};
    return RAW(SYS_ioctl, ARENA->own_fds[OWN_PAGEMAP], PAGEMAP_SCAN_CALL, &request) >= 0;
}

void soft_dirty_clear(void)
{
    long fd = RAW(SYS_openat, AT_FDCWD, "/proc/self/clear_refs", O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    RAW(SYS_write, fd, "4", 1);
    RAW(SYS_close, fd);
}

bool soft_dirty_works(void)
{
    long at = RAW(SYS_mmap, 0, PAGE_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0)
        return false;
    *(volatile char *)at = 1;
    soft_dirty_clear();
    runs_clear();
    bool works = read_bits((uint64_t)at, (uint64_t)at + PAGE_SIZE_BYTES, false, true) == 0 &&
                 table(SECTION_DIRTY)->used == 0;
    *(volatile char *)at = 2;
    works = works && read_bits((uint64_t)at, (uint64_t)at + PAGE_SIZE_BYTES, false, true) == 0 &&
            table(SECTION_DIRTY)->used == sizeof(struct run);
    runs_clear();
    RAW(SYS_munmap, at, PAGE_SIZE_BYTES);
    return works;
}
