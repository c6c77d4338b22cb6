/*
 * The files whose content belongs to a checkpoint: open for writing, mapped shared and writable, or without a name.
 * Everything that shows the same file, a read-only mapping too, is led to the same capture.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "arena.h"
#include "descriptors.h"
#include "syscalls.h"
#include "text.h"

/* A descriptor or a region, by its file. */
struct shown {
    uint64_t device;
    uint64_t inode;
    uint64_t offset;
    struct descriptor *descriptor;
    struct region *region;
};

static const char deleted[] = " (deleted)";

static bool kernel_makes_it(const char *path)
{
    return text_starts(path, "/proc/") || text_starts(path, "/sys/");
}

static bool add_shown(uint64_t device, uint64_t inode, struct descriptor *descriptor, struct region *region)
{
    struct shown *shown = table_add(SCRATCH_SORT, sizeof *shown);
    if (!shown)
        return false;
    *shown = (struct shown){device, inode, region ? region->file_offset : 0, descriptor, region};
    return true;
}

static bool gather(void)
{
    struct descriptor *descriptors = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    struct region *regions = TABLE_AT(SECTION_REGIONS, struct region);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor); i++) {
        struct descriptor *one = &descriptors[i];
        if (one->type == DESCRIPTOR_FILE && S_ISREG(one->mode) && !(one->flags & O_PATH) &&
            !kernel_makes_it(string_at(one->path)) && !add_shown(one->device, one->inode, one, 0))
            return false;
    }
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_REGIONS, struct region); i++) {
        struct region *one = &regions[i];
        bool own_pages = (one->kind & REGION_ANONYMOUS) && !(one->kind & REGION_SHARED);
        if (one->path && text_starts(string_at(one->path), "/[aio]")) /* the kernel's ring of an io_setup */
            return fail(FAILURE_UNSUPPORTED, "The program has a context of AIO, [aio], which cannot be saved.");
        if (one->inode && !own_pages && !(one->kind & REGION_JACKET) &&
            !add_shown(one->device, one->inode, 0, one))
            return false;
    }
    return true;
}

static bool wanted(const struct shown *shown)
{
    if (shown->descriptor)
        return (shown->descriptor->flags & O_ACCMODE) != O_RDONLY || shown->descriptor->links == 0 ||
               text_ends(string_at(shown->descriptor->path), deleted);
    return (shown->region->kind & (REGION_SHARED | REGION_ANONYMOUS)) == REGION_SHARED &&
           (shown->region->protection & PROT_WRITE);
}

/* The name without the kernel's remark, and whether it leads to this file. */
static uint32_t name_of(const struct shown *shown, struct capture *capture)
{
    char *path = (char *)table(SCRATCH_CHANNEL)->data;
    const char *told = string_at(shown->descriptor ? shown->descriptor->path : shown->region->path);
    struct stat file;
    copy_octets(path, told, text_length(told) + 1);
    if (text_ends(path, deleted))
        path[text_length(path) - (sizeof deleted - 1)] = 0;
    bool leads = RAW(SYS_newfstatat, AT_FDCWD, path, &file, 0) == 0 && file.st_dev == shown->device &&
                 file.st_ino == shown->inode;
    if (!leads)
        capture->flags |= CAPTURE_UNLINKED;
    else if (!shown->descriptor) {
        capture->size = (uint64_t)file.st_size;
        capture->mtime_ns = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
        capture->mode = file.st_mode;
    }
    return string_add(path);
}

static void add_to(struct capture *capture, uint32_t number, const struct shown *shown)
{
    if (shown->region) {
        shown->region->capture = number;
        if ((shown->region->kind & REGION_SHARED) && (shown->region->protection & PROT_WRITE))
            capture->flags |= CAPTURE_MAPPED;
        return;
    }
    shown->descriptor->capture = number;
    bool readable = (shown->descriptor->flags & O_ACCMODE) != O_WRONLY;
    if (capture->descriptor < 0 || readable)
        capture->descriptor = (int32_t)shown->descriptor->fd;
}

static bool capture_group(const struct shown *first, uint64_t count)
{
    const struct shown *named = first;
    struct capture *capture = table_add(SECTION_CAPTURES, sizeof *capture);
    if (!capture)
        return false;
    uint32_t number = (uint32_t)TABLE_COUNT_OF(SECTION_CAPTURES, struct capture);
    capture->device = first->device;
    capture->inode = first->inode;
    capture->descriptor = -1;
    for (uint64_t i = 0; i < count; i++) {
        add_to(capture, number, &first[i]);
        if (first[i].descriptor)
            named = &first[i];
    }
    if (named->descriptor) {
        capture->size = named->descriptor->size;
        capture->mtime_ns = named->descriptor->mtime_ns;
        capture->mode = named->descriptor->mode;
    }
    capture->path = name_of(named, capture);
    if ((capture->flags & CAPTURE_UNLINKED) && capture->descriptor < 0)
        return fail_with(FAILURE_UNSUPPORTED, "The program writes to a mapped file without a name: ",
                         string_at(capture->path), ", which cannot be saved.");
    return true;
}

/* Shared memory that no descriptor leads to is part of the image, once: two mappings of one part would come apart. */
static bool mapped_once(const struct shown *first, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        const struct region *before = first[i - 1].region, *here = first[i].region;
        bool shared = before && here && (here->kind & REGION_SHARED) && (here->kind & REGION_ANONYMOUS);
        if (shared && here->file_offset < before->file_offset + (before->end - before->start))
            return fail(FAILURE_UNSUPPORTED, "The program has mapped the same shared memory at two places.");
    }
    return true;
}

bool captures_save(void)
{
    table_clear(SECTION_CAPTURES);
    table_clear(SCRATCH_SORT);
    if (!gather())
        return false;
    struct shown *all = TABLE_AT(SCRATCH_SORT, struct shown);
    uint64_t count = TABLE_COUNT_OF(SCRATCH_SORT, struct shown);
    sort_by_keys(all, count, sizeof *all, 3);
    for (uint64_t i = 0, end; i < count; i = end) {
        bool belongs = false;
        for (end = i; end < count && all[end].device == all[i].device && all[end].inode == all[i].inode; end++)
            belongs |= wanted(&all[end]);
        if (!(belongs ? capture_group(all + i, end - i) : mapped_once(all + i, end - i)))
            return false;
    }
    return true;
}
