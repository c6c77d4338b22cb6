/*
 * Changed pages. With userfaultfd's WP_ASYNC (kernel 6.7) the kernel clears a page's write protection by itself at the
 * first write and PAGEMAP_SCAN reads the marks and sets them again in one call; writes by the kernel into the program's
 * buffers are seen too. Where that does not work, a real round trip decides whether soft-dirty does (some kernels
 * accept the request and never set the bit); otherwise every page is saved each time.
 */
#define _GNU_SOURCE
#include "tracking.h"
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "arena.h"
#include "maps.h"
#include "pagemap.h"
#include "syscalls.h"
#include "text.h"

#define FEATURE_WP_ASYNC (1 << 15)

static bool open_userfault(void)
{
    /* User mode only: all that an ordinary user may have, and enough, since async faults are settled in the kernel. */
    long fd = RAW(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    if (fd < 0)
        return false;
    struct uffdio_api api = {.api = UFFD_API, .features = FEATURE_WP_ASYNC};
    if (RAW(SYS_ioctl, fd, UFFDIO_API, &api) < 0) {
        RAW(SYS_close, fd);
        return false;
    }
    return own_fd_set(OWN_USERFAULT, (int)fd);
}

/* From now on the region's pages can be protected. What is not there yet counts as written when it appears. */
static bool watch(const struct region *region)
{
    if (ARENA->tracking == TRACKING_SOFT_DIRTY)
        return true; /* all regions are watched, and a new one counts as changed */
    struct uffdio_register request = {.range = {region->start, region->end - region->start},
                                      .mode = UFFDIO_REGISTER_MODE_WP};
    return RAW(SYS_ioctl, ARENA->own_fds[OWN_USERFAULT], UFFDIO_REGISTER, &request) >= 0;
}

static bool may_be_watched(const struct region *region)
{
    if (ARENA->tracking == TRACKING_WHOLE || (region->kind & (REGION_VDSO | REGION_VVAR)))
        return false;
    /* A page of shared memory may be written through another mapping, which leaves no mark in this one. */
    return !(region->kind & REGION_SHARED) && !region_is_jacket_text(region);
}

/* Whether its pages belong to the image: a shared file is the file's, and nothing of the jacket's text changes. */
static bool has_pages(const struct region *region)
{
    if (region->kind & REGION_VVAR)
        return false;
    if ((region->kind & REGION_SHARED) && (region->capture || !(region->kind & REGION_ANONYMOUS)))
        return false;
    return !region_is_jacket_text(region);
}

/* Pages that are in the kernel's cache but not in this process's page table are brought into it. */
static void bring_in(const struct region *region)
{
    uint8_t *resident = table(SCRATCH_SCAN)->data;
    const uint64_t window = 1ull << 30;
    for (uint64_t from = region->start; from < region->end; from += window) {
        uint64_t length = region->end - from < window ? region->end - from : window;
        if (RAW(SYS_mincore, from, length, resident) < 0)
            return;
        for (uint64_t page = 0; page < length / PAGE_SIZE_BYTES; page++) {
            uint64_t first = page;
            while (page < length / PAGE_SIZE_BYTES && (resident[page] & 1))
                page++;
            if (page > first)
                RAW(SYS_madvise, from + first * PAGE_SIZE_BYTES, (page - first) * PAGE_SIZE_BYTES, MADV_POPULATE_READ);
        }
    }
}

/* The vDSO: the kernel shows nothing of it as present, and it never changes. */
static bool add_run(unsigned table_index, const struct region *region)
{
    struct run *added = table_add(table_index, sizeof *added);
    if (added)
        *added = (struct run){region->start, region->end};
    return added != 0;
}

static bool scan_region(const struct region *region, bool full)
{
    bool outlives_file = region->kind & (REGION_DELETED | REGION_SHARED);
    bool readable = region->protection & 1;
    if ((region->kind & REGION_DELETED) && !(region->kind & REGION_SHARED) && region->inode && readable)
        RAW(SYS_madvise, region->start, region->end - region->start, MADV_POPULATE_READ); /* its file has no name */
    else if ((region->kind & REGION_SHARED) && readable)
        bring_in(region);
    struct table *dirty = table(SECTION_DIRTY), *populated = table(SECTION_POPULATED);
    uint64_t dirty_before = ARENA->dirty_floor = dirty->used;
    uint64_t populated_before = ARENA->populated_floor = populated->used;
    if (region->kind & REGION_VDSO)
        return add_run(SECTION_POPULATED, region) && (!full || add_run(SECTION_DIRTY, region));
    bool watched = may_be_watched(region);
    long got = watched && !full ? pagemap_changed(region->start, region->end, outlives_file) : -EPERM;
    if (got >= 0)
        return true;
    /* EPERM: a region that is new since, or has been moved: all of it is changed. */
    if (got == -EPERM && watched && watch(region)) {
        populated->used = populated_before;
        got = pagemap_changed(region->start, region->end, outlives_file);
    }
    if (got == -EPERM) {
        populated->used = populated_before;
        got = pagemap_populated(region->start, region->end, outlives_file);
    }
    if (got < 0)
        return fail_number(FAILURE_SYSTEM, "The pages of the program cannot be listed: error ", -got, ".");
    dirty->used = dirty_before;
    uint64_t size = populated->used - populated_before;
    void *copy = table_add(SECTION_DIRTY, size);
    if (!copy)
        return false;
    copy_octets(copy, populated->data + populated_before, size);
    return true;
}

bool tracking_scan(bool full)
{
    runs_clear();
    struct region *regions = TABLE_AT(SECTION_REGIONS, struct region);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_REGIONS, struct region); i++)
        if (has_pages(&regions[i]) && !scan_region(&regions[i], full || ARENA->tracking == TRACKING_WHOLE))
            return false;
    if (ARENA->tracking == TRACKING_SOFT_DIRTY)
        soft_dirty_clear();
    return true;
}

bool tracking_start(void)
{
    long pagemap = RAW(SYS_openat, AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC, 0);
    long memory = RAW(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDONLY | O_CLOEXEC, 0);
    if (!own_fd_set(OWN_PAGEMAP, (int)pagemap) || !own_fd_set(OWN_MEMORY, (int)memory))
        return false;
    return ARENA->tracking != TRACKING_SCAN || open_userfault();
}

/* One page of our own: written, scanned, written again, scanned again. */
static bool scan_works(void)
{
    long at = RAW(SYS_mmap, 0, PAGE_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0)
        return false;
    volatile char *page = (volatile char *)at;
    struct region region = {.start = (uint64_t)at, .end = (uint64_t)at + PAGE_SIZE_BYTES};
    *page = 1;
    bool works = open_userfault() && watch(&region) && pagemap_changed(region.start, region.end, false) == 0;
    for (unsigned turn = 0; works && turn < 2; turn++) {
        runs_clear();
        works = pagemap_changed(region.start, region.end, false) == 0 && table(SECTION_DIRTY)->used == 0;
        *page = 2;
        works = works && pagemap_changed(region.start, region.end, false) == 0 &&
                table(SECTION_DIRTY)->used == sizeof(struct run);
    }
    runs_clear();
    RAW(SYS_munmap, at, PAGE_SIZE_BYTES);
    own_fd_close(OWN_USERFAULT);
    return works;
}

void tracking_probe(bool whole)
{
    ARENA->tracking = TRACKING_WHOLE;
    if (!tracking_start())
        return;
    ARENA->scan_knows_guards = pagemap_scan_knows_guards();
    const uint32_t better[] = {TRACKING_SCAN, TRACKING_SOFT_DIRTY};
    for (unsigned i = 0; !whole && i < 2 && ARENA->tracking == TRACKING_WHOLE; i++) {
        ARENA->tracking = better[i];
        bool works = better[i] == TRACKING_SCAN ? scan_works() : soft_dirty_works();
        if (!works)
            ARENA->tracking = TRACKING_WHOLE;
    }
    own_fd_close(OWN_PAGEMAP);
    own_fd_close(OWN_MEMORY);
}

void tracking_begin_again(void)
{
    struct region *regions = TABLE_AT(SCRATCH_REGIONS, struct region);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SCRATCH_REGIONS, struct region); i++)
        if (has_pages(&regions[i]) && may_be_watched(&regions[i]) && watch(&regions[i])) {
            runs_clear();
            pagemap_changed(regions[i].start, regions[i].end, regions[i].kind & REGION_DELETED);
        }
    if (ARENA->tracking == TRACKING_SOFT_DIRTY)
        soft_dirty_clear();
}
