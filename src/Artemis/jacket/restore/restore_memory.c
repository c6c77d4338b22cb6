/* A restart's memory: what was is cleared, what the plan says is mapped, and once its pages are in, it is protected. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "arena.h"
#include "end_restart.h"
#include "maps.h"
#include "plan.h"
#include "restore_steps.h"
#include "syscalls.h"
#include "text.h"
#include "vdso.h"

static void grow_stack(const struct region *now, const struct region *saved)
{
    /* The kernel's own stack is kept: it grows by being touched, as it did. */
    for (uint64_t page = now->start; page > saved->start;) {
        page -= PAGE_SIZE_BYTES;
        *(volatile char *)page;
    }
}

static const struct region *saved_stack(void)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_REGIONS, struct region); i++)
        if (saved[i].kind & REGION_STACK)
            return &saved[i];
    return 0;
}

static void clear_region(const struct region *now, bool keeps_vdso)
{
    const struct region *stack = saved_stack();
    if (region_is_jacket_text(now) || (keeps_vdso && (now->kind & (REGION_VDSO | REGION_VVAR))))
        return;
    if (now->kind & REGION_STACK) {
        if (!stack || stack->end != now->end)
            end_restart("the stack lies elsewhere: another environment", now->end);
        RAW(SYS_madvise, now->start, now->end - now->start, MADV_DONTNEED);
        return;
    }
    if (!(now->kind & REGION_HEAP))
        RAW(SYS_munmap, now->start, now->end - now->start);
}

void restore_clear_memory(const struct process_state *state)
{
    table_clear(SECTION_STRINGS);
    if (!maps_read(SCRATCH_REGIONS, ARENA->start_brk))
        end_restart("the memory map cannot be read", 0);
    const struct region *now = TABLE_AT(SCRATCH_REGIONS, struct region);
    uint64_t count = TABLE_COUNT_OF(SCRATCH_REGIONS, struct region);
    for (uint64_t i = 0; i < count; i++)
        clear_region(&now[i], restore_keeps_vdso(state));
    RAW(SYS_brk, state->start_brk);
    if ((uint64_t)RAW(SYS_brk, state->brk) != state->brk)
        end_restart("the heap does not find its place", state->brk);
    for (uint64_t i = 0; i < count; i++)
        if (now[i].kind & REGION_STACK)
            grow_stack(&now[i], saved_stack());
    if (restore_keeps_vdso(state))
        restore_move_vdso();
}

/* Whether memory of this region is made here; the rest is in place already. */
static bool is_mapped_here(const struct process_state *state, const struct region *region)
{
    if (region_is_jacket_text(region) || (region->kind & (REGION_STACK | REGION_HEAP)))
        return false;
    return !(region->kind & (REGION_VDSO | REGION_VVAR)) || !restore_keeps_vdso(state);
}

/* Where the file of a region is opened: as it was, or where the plan has put its content. */
static int open_file(const struct region *region)
{
    bool writable = (region->kind & REGION_SHARED) && (region->protection & PROT_WRITE);
    const struct capture *captures = PLAN_AT(SECTION_CAPTURES, struct capture);
    const char *path = plan_string(region->path);
    if (region->capture > PLAN_COUNT(SECTION_CAPTURES, struct capture))
        end_restart("a file of the plan is not in it", region->capture);
    if (region->capture)
        path = plan_string(captures[region->capture - 1].path);
    struct stat file;
    long fd = RAW(SYS_openat, AT_FDCWD, path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0);
    if (fd < 0 || RAW(SYS_fstat, fd, &file) < 0)
        end_restart_file(path, " cannot be opened, but the program has it mapped", fd);
    int64_t changed = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
    bool checked = !region->capture && !(region->kind & REGION_SHARED);
    if (checked && ((uint64_t)file.st_size != region->file_size || changed != region->file_mtime_ns))
        end_restart_file(path, " is mapped by the program, and was changed since the checkpoint", 0);
    return (int)fd;
}

static void map_region(const struct region *region)
{
    bool anonymous = (region->kind & (REGION_ANONYMOUS | REGION_VDSO | REGION_VVAR)) && !region->capture;
    int sharing = region->kind & REGION_SHARED ? MAP_SHARED : MAP_PRIVATE;
    int protection = (int)region->protection;
    int fd = -1;
    if (!anonymous)
        fd = open_file(region);
    if (sharing == MAP_PRIVATE || anonymous)
        protection |= PROT_READ | PROT_WRITE; /* until its pages are in */
    long at = RAW(SYS_mmap, region->start, region->end - region->start, protection,
                  sharing | MAP_FIXED_NOREPLACE | MAP_NORESERVE | (anonymous ? MAP_ANONYMOUS : 0), fd,
                  anonymous ? 0 : region->file_offset);
    if (at != (long)region->start)
        end_restart("a region finds no place", region->start);
    if (fd >= 0)
        RAW(SYS_close, fd);
}

/* The program may have given parts of its heap back by munmap. */
static void cut_heap_holes(const struct process_state *state)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    uint64_t at = state->start_brk, end = (state->brk + PAGE_SIZE_BYTES - 1) & ~(PAGE_SIZE_BYTES - 1);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_REGIONS, struct region) && at < end; i++) {
        if (saved[i].end <= at || saved[i].start >= end)
            continue;
        if (saved[i].start > at)
            RAW(SYS_munmap, at, saved[i].start - at);
        at = saved[i].end;
    }
    if (at < end)
        RAW(SYS_munmap, at, end - at);
}

void restore_map_memory(const struct process_state *state)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    cut_heap_holes(state);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_REGIONS, struct region); i++)
        if (is_mapped_here(state, &saved[i]))
            map_region(&saved[i]);
}

void restore_protect_memory(const struct process_state *state)
{
    const struct region *saved = PLAN_AT(SECTION_REGIONS, struct region);
    if (!restore_keeps_vdso(state) && state->vdso_start)
        vdso_patch(state->vdso_start);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_REGIONS, struct region); i++) {
        bool heap = saved[i].kind & (REGION_HEAP | REGION_STACK);
        if ((is_mapped_here(state, &saved[i]) || heap) && saved[i].protection != (PROT_READ | PROT_WRITE))
            RAW(SYS_mprotect, saved[i].start, saved[i].end - saved[i].start, saved[i].protection);
    }
}
