/*
 * A restart's pages, read from the segments. Most of that time the kernel makes pages and copies into them, which two
 * processors do faster than one: helpers that share the memory, but are processes of their own, take part of the work,
 * and have gone, together with their ids, before the program's threads are made.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "arena.h"
#include "end_restart.h"
#include "plan.h"
#include "restore_steps.h"
#include "syscalls.h"
#include "text.h"

#define VECTORS 1024
#define PIECE (2ull << 20)      /* the longest piece that is read at once */
#define PORTION 16              /* pieces that a helper takes at once */
#define MOST_WORKERS 8
#define WORKER_STACK_BYTES 65536
#define WORTH_HELPERS (16ull << 20)

static const struct region *region_of(uint64_t address)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    uint64_t low = 0, high = PLAN_COUNT(SECTION_REGIONS, struct region);
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (saved[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return &saved[low];
}

/* An extent by where it is read from, so that each source is opened once and read forward. */
struct reading {
    uint64_t source;
    uint64_t file_offset;
    uint64_t address;
    uint64_t length;
};

static void sort_readings(const struct process_state *state)
{
    const struct extent *extents = PLAN_AT(SECTION_EXTENTS, struct extent);
    table_clear(SCRATCH_SORT);
    ARENA->octets_to_load = ARENA->readings_taken = 0;
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_EXTENTS, struct extent); i++) {
        uint64_t address = extents[i].address;
        if (restore_keeps_vdso(state) && address >= state->vdso_start && address < state->vdso_end)
            continue;
        if (extents[i].zero) {
            if (!(region_of(address)->kind & REGION_ANONYMOUS)) /* what was just mapped is zero by itself */
                zero_octets((void *)address, extents[i].length);
            continue;
        }
        for (uint64_t done = 0; done < extents[i].length; done += PIECE) {
            uint64_t left = extents[i].length - done, length = left < PIECE ? left : PIECE;
            struct reading *reading = table_add(SCRATCH_SORT, sizeof *reading);
            if (!reading)
                end_restart("the plan has too many pieces", 0);
            *reading = (struct reading){extents[i].source, extents[i].file_offset + done, address + done, length};
            ARENA->octets_to_load += length;
        }
    }
    sort_by_keys(table(SCRATCH_SORT)->data, TABLE_COUNT_OF(SCRATCH_SORT, struct reading), sizeof(struct reading), 2);
}

static void read_vectors(long fd, struct iovec *vectors, unsigned count, uint64_t offset)
{
    unsigned done = 0;
    while (done < count) {
        long got = RAW(SYS_preadv, fd, vectors + done, count - done, offset, 0);
        if (got <= 0)
            end_restart("pages cannot be read", (uint64_t)vectors[done].iov_base);
        offset += (uint64_t)got;
        for (; done < count && (uint64_t)got >= vectors[done].iov_len; done++)
            got -= (long)vectors[done].iov_len;
        if (got) {
            vectors[done].iov_base = (char *)vectors[done].iov_base + got;
            vectors[done].iov_len -= (uint64_t)got;
        }
    }
}

static long open_source(uint64_t index)
{
    if (index >= PLAN_COUNT(SECTION_SOURCES, struct source))
        end_restart("a source of the plan is not in it", index);
    const char *path = plan_string(PLAN_AT(SECTION_SOURCES, struct source)[index].path);
    long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        end_restart_file(path, " cannot be opened, but has pages of the checkpoint", fd);
    return fd;
}

/* Reads the readings from first on, up to end, through the vectors given; *opened and *fd are the last source's. */
static void read_portion(uint64_t first, uint64_t end, struct iovec *vectors, uint64_t *opened, long *fd)
{
    const struct reading *readings = TABLE_AT(SCRATCH_SORT, struct reading);
    for (uint64_t i = first; i < end;) {
        if (readings[i].source != *opened) {
            if (*fd >= 0)
                RAW(SYS_close, *fd);
            *opened = readings[i].source;
            *fd = open_source(*opened);
        }
        uint64_t offset = readings[i].file_offset, next = offset;
        unsigned count = 0;
        for (; i < end && count < VECTORS && readings[i].source == *opened && readings[i].file_offset == next; i++) {
            vectors[count++] = (struct iovec){(void *)readings[i].address, readings[i].length};
            next += readings[i].length;
        }
        read_vectors(*fd, vectors, count, offset);
    }
}

static void work(uint64_t worker)
{
    struct iovec *vectors = (struct iovec *)table(SCRATCH_SCAN)->data + worker * VECTORS;
    uint64_t total = TABLE_COUNT_OF(SCRATCH_SORT, struct reading), opened = ~0ull, first;
    long fd = -1;
    while ((first = __atomic_fetch_add(&ARENA->readings_taken, PORTION, __ATOMIC_SEQ_CST)) < total)
        read_portion(first, first + PORTION < total ? first + PORTION : total, vectors, &opened, &fd);
    if (fd >= 0)
        RAW(SYS_close, fd);
}

__attribute__((noreturn, used)) static void work_and_end(uint64_t worker)
{
    work(worker);
    for (;;)
        RAW(SYS_exit_group, 0);
}

__attribute__((naked, noinline)) static long start_worker(long flags, void *stack, uint64_t worker)
{
    (void)flags, (void)stack, (void)worker;
    __asm__("mov $56, %eax\n xor %r10d, %r10d\n xor %r8d, %r8d\n syscall\n test %rax, %rax\n jz 1f\n ret\n"
            "1: mov %rdx, %rdi\n xor %ebp, %ebp\n call work_and_end\n hlt");
}

static unsigned workers_wanted(void)
{
    uint64_t processors[16] = {0};
    unsigned count = 0;
    if (ARENA->octets_to_load < WORTH_HELPERS)
        return 1;
    RAW(SYS_sched_getaffinity, 0, sizeof processors, processors);
    for (unsigned word = 0; word < 16; word++)
        for (uint64_t bits = processors[word]; bits; bits &= bits - 1)
            count++;
    return count < 1 ? 1 : count > MOST_WORKERS ? MOST_WORKERS : count;
}

void restore_load_pages(const struct process_state *state)
{
    sort_readings(state);
    unsigned wanted = workers_wanted();
    long helpers[MOST_WORKERS];
    uint8_t *stacks = table(SCRATCH_STACKS)->data;
    for (unsigned i = 1; i < wanted; i++)
        helpers[i] = start_worker(CLONE_VM, stacks + (i + 1) * WORKER_STACK_BYTES, i);
    work(0);
    for (unsigned i = 1; i < wanted; i++) {
        int status = 0;
        if (helpers[i] > 0 && (RAW(SYS_wait4, helpers[i], &status, __WALL, 0) != helpers[i] || status != 0))
            end_restart("a helper that read pages has failed", helpers[i]);
    }
}
