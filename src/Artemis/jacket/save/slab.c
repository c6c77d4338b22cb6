/*
 * The slab. What the file already has, and this process has touched, is written through the mapping: that is a copy
 * and nothing else. All else goes through pwritev, which makes pages without clearing them first, and which says
 * ENOSPC where a store into the mapping would kill the program with SIGBUS.
 */
#define _GNU_SOURCE
#include "slab.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

#define VECTORS 1024

bool slab_open(const char *path)
{
    struct stat file;
    long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0);
    if (fd < 0 || RAW(SYS_fstat, fd, &file) < 0)
        return fail_with(FAILURE_SYSTEM, "The slab ", path, " cannot be opened.");
    bool same = file.st_dev == ARENA->slab_device && file.st_ino == ARENA->slab_inode;
    if (!same)
        slab_close();
    if (!own_fd_set(OWN_SLAB, (int)fd))
        return fail(FAILURE_SYSTEM, "There is no free descriptor for the slab: raise the limit of open files.");
    ARENA->slab_device = file.st_dev;
    ARENA->slab_inode = file.st_ino;
    uint64_t length = (uint64_t)file.st_size & ~(PAGE_SIZE_BYTES - 1);
    if ((uint64_t)file.st_blocks * 512 < length)
        length = 0; /* the server has given pages back: nothing is sure to be there */
    if (ARENA->slab_warm > length)
        ARENA->slab_warm = length;
    if (length > ARENA->slab_mapped) {
        long at = RAW(SYS_mmap, SLAB_BASE, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                      ARENA->own_fds[OWN_SLAB], 0);
        if (at != (long)SLAB_BASE)
            return fail_number(FAILURE_SYSTEM, "The slab cannot be mapped: error ", -at, ".");
        ARENA->slab_mapped = length;
        ARENA->slab_warm = 0;
    }
    ARENA->slab_present = length;
    return true;
}

void slab_close(void)
{
    if (ARENA->slab_mapped)
        RAW(SYS_munmap, SLAB_BASE, ARENA->slab_mapped);
    ARENA->slab_mapped = ARENA->slab_warm = ARENA->slab_present = 0;
    ARENA->slab_device = ARENA->slab_inode = 0;
    own_fd_close(OWN_SLAB);
}

static bool no_space(long error)
{
    if (error == -ENOSPC || error == 0)
        return fail(FAILURE_SPACE, "The file system of the slab is full.");
    return fail_number(FAILURE_SYSTEM, "The slab cannot be written: error ", -error, ".");
}

static bool put(uint64_t offset, const void *octets, uint64_t length)
{
    const uint8_t *at = octets;
    while (length) {
        long put = RAW(SYS_pwrite64, ARENA->own_fds[OWN_SLAB], at, length, offset);
        if (put <= 0)
            return no_space(put);
        at += put;
        offset += (uint64_t)put;
        length -= (uint64_t)put;
    }
    return true;
}

static uint64_t dirty_octets(void)
{
    const struct run *runs = TABLE_AT(SECTION_DIRTY, struct run);
    uint64_t octets = 0;
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_DIRTY, struct run); i++)
        octets += runs[i].end - runs[i].start;
    return octets;
}

bool slab_write_head(uint64_t number, bool full)
{
    struct slab_head head = {.magic = SLAB_MAGIC, .version = WIRE_VERSION, .flags = full ? PREPARE_FULL : 0,
                             .number = number, .realtime_ns = clock_ns(0), .monotonic_ns = clock_ns(1)};
    uint64_t offset = sizeof head;
    for (unsigned i = 0; i < SECTION_SOURCES; i++) {
        uint64_t length = (table(i)->used + 7) & ~7ull;
        zero_octets(table(i)->data + table(i)->used, length - table(i)->used);
        head.sections[i] = (struct section_entry){offset, table(i)->used};
        if (!put(offset, table(i)->data, length))
            return false;
        offset += length;
    }
    head.head_length = offset;
    head.pages_offset = (offset + PAGE_SIZE_BYTES - 1) & ~(PAGE_SIZE_BYTES - 1);
    head.pages_count = dirty_octets() / PAGE_SIZE_BYTES;
    ARENA->slab_pages_offset = head.pages_offset;
    return put(0, &head, sizeof head);
}

/* Brings the part of the mapping that will be written now into the page table, in one call. */
static void warm_up(uint64_t from, uint64_t to)
{
    if (to > ARENA->slab_present)
        to = ARENA->slab_present;
    if (to > ARENA->slab_mapped)
        to = ARENA->slab_mapped;
    if (from < ARENA->slab_warm)
        from = ARENA->slab_warm;
    from &= ~(PAGE_SIZE_BYTES - 1);
    if (from < to && RAW(SYS_madvise, SLAB_BASE + from, to - from, MADV_POPULATE_WRITE) == 0)
        ARENA->slab_warm = to;
}

/* Pages that the program itself may not read are read through /proc/self/mem. */
static bool put_unreadable(uint64_t offset, uint64_t start, uint64_t end)
{
    uint8_t *buffer = table(SCRATCH_CHANNEL)->data;
    while (start < end) {
        uint64_t length = end - start < (1 << 20) ? end - start : 1 << 20;
        long got = RAW(SYS_pread64, ARENA->own_fds[OWN_MEMORY], buffer, length, start);
        if (got <= 0)
            return fail_number(FAILURE_SYSTEM, "A page of the program cannot be read: error ", -got, ".");
        if (!put(offset, buffer, (uint64_t)got))
            return false;
        start += (uint64_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

struct gathering {
    struct iovec *vectors;
    unsigned count;
    uint64_t octets;
    uint64_t offset; /* of the first of them */
};

static bool put_gathered(struct gathering *gathered)
{
    unsigned done = 0;
    while (done < gathered->count) {
        long put = RAW(SYS_pwritev, ARENA->own_fds[OWN_SLAB], gathered->vectors + done, gathered->count - done,
                       gathered->offset, 0);
        if (put <= 0)
            return no_space(put);
        gathered->offset += (uint64_t)put;
        for (; done < gathered->count && (uint64_t)put >= gathered->vectors[done].iov_len; done++)
            put -= (long)gathered->vectors[done].iov_len;
        if (put) {
            gathered->vectors[done].iov_base = (char *)gathered->vectors[done].iov_base + put;
            gathered->vectors[done].iov_len -= (uint64_t)put;
        }
    }
    gathered->count = 0;
    gathered->octets = 0;
    return true;
}

static bool put_run(struct gathering *gathered, uint64_t offset, uint64_t start, uint64_t end, bool readable)
{
    if (readable && offset + (end - start) <= ARENA->slab_warm) {
        copy_octets((void *)(SLAB_BASE + offset), (const void *)start, end - start);
        return true;
    }
    if (!readable)
        return put_gathered(gathered) && put_unreadable(offset, start, end);
    if (gathered->count == 0)
        gathered->offset = offset;
    gathered->vectors[gathered->count++] = (struct iovec){(void *)start, end - start};
    gathered->octets += end - start;
    return (gathered->count < VECTORS && gathered->octets < (1ull << 30)) || put_gathered(gathered);
}

bool slab_write_pages(uint64_t *slab_length, uint64_t *dirty_pages)
{
    struct gathering gathered = {.vectors = (struct iovec *)table(SCRATCH_SCAN)->data};
    const struct run *run = TABLE_AT(SECTION_DIRTY, struct run);
    const struct run *last = run + TABLE_COUNT_OF(SECTION_DIRTY, struct run);
    const struct region *region = TABLE_AT(SECTION_REGIONS, struct region);
    uint64_t offset = ARENA->slab_pages_offset;
    warm_up(offset, offset + dirty_octets());
    for (; run < last; run++) {
        while (region->end <= run->start)
            region++; /* a run lies within one region, and both ascend */
        if (!put_run(&gathered, offset, run->start, run->end, region->protection & 1))
            return false;
        offset += run->end - run->start;
    }
    *slab_length = offset;
    *dirty_pages = (offset - ARENA->slab_pages_offset) / PAGE_SIZE_BYTES;
    return put_gathered(&gathered);
}
