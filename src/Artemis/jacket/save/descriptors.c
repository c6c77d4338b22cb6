/*
 * Open descriptors, read from /proc/self/fd and fdinfo. Those that share one open file share its position: the kernel
 * tells by kcmp, which orders open files, so that finding equal ones costs a sort and not a comparison of all pairs.
 */
#define _GNU_SOURCE
#include "descriptors.h"
#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include "arena.h"
#include "descriptor_kinds.h"
#include "syscalls.h"
#include "text.h"

static bool unreadable(int fd)
{
    return fail_number(FAILURE_SYSTEM, "Descriptor ", fd, " of the program cannot be looked at.");
}

/* The text of fdinfo, kept until the next file under /proc is read. */
const char *descriptor_info(int fd)
{
    char path[64];
    numbered_path(path, sizeof path, "/proc/self/fdinfo/", (uint64_t)fd, "");
    return read_whole(path) < 0 ? 0 : (const char *)table(SCRATCH_TEXT)->data;
}

static bool look_at(struct descriptor *descriptor, char *link, uint64_t capacity)
{
    char path[64];
    struct stat file;
    numbered_path(path, sizeof path, "/proc/self/fd/", (uint64_t)descriptor->fd, "");
    long length = RAW(SYS_readlink, path, link, capacity - 1);
    if (length < 0 || RAW(SYS_fstat, descriptor->fd, &file) < 0)
        return false;
    link[length] = 0;
    descriptor->device = file.st_dev;
    descriptor->inode = file.st_ino;
    descriptor->mode = file.st_mode;
    descriptor->links = (uint32_t)file.st_nlink;
    descriptor->size = (uint64_t)file.st_size;
    descriptor->mtime_ns = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
    descriptor->raw_device = file.st_rdev;
    return true;
}

static bool describe(struct descriptor *descriptor)
{
    char *link = (char *)table(SCRATCH_CHANNEL)->data;
    if (!look_at(descriptor, link, 8192))
        return unreadable(descriptor->fd);
    const char *info = descriptor_info(descriptor->fd);
    if (!info)
        return unreadable(descriptor->fd);
    uint32_t flags = (uint32_t)read_field(info, "flags:", 8, 0);
    descriptor->position = read_field(info, "pos:", 10, 0);
    descriptor->flags = flags & ~(uint32_t)O_CLOEXEC;
    descriptor->close_on_exec = (flags & O_CLOEXEC) != 0;
    descriptor->path = string_add(link);
    descriptor->same_as = descriptor->peer = descriptor->inherited = -1;
    return locks_save(descriptor, info) && descriptor_classify(descriptor, link, info);
}

static bool list_all(void)
{
    uint8_t *listing = table(SCRATCH_TASKS)->data;
    long folder = RAW(SYS_openat, AT_FDCWD, "/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), got;
    if (folder < 0)
        return fail(FAILURE_SYSTEM, "/proc/self/fd cannot be read.");
    while ((got = RAW(SYS_getdents64, folder, listing, 1 << 20)) > 0)
        for (long at = 0; at < got;) {
            struct dirent64 *entry = (struct dirent64 *)(listing + at);
            at += entry->d_reclen;
            const char *name = entry->d_name;
            if (*name < '0' || *name > '9')
                continue;
            int fd = (int)read_number(&name, 10);
            if (fd == folder || own_fd_is(fd))
                continue;
            struct descriptor *descriptor = table_add(SECTION_DESCRIPTORS, sizeof *descriptor);
            if (!descriptor) {
                RAW(SYS_close, folder);
                return false;
            }
            descriptor->fd = fd;
        }
    RAW(SYS_close, folder);
    return true;
}

/* Where among the open files of one group, kept in kcmp's order, this one belongs; -1: *same is the one it shares. */
static long place_among(struct descriptor **ordered, long count, int fd, struct descriptor **same)
{
    long pid = RAW(SYS_getpid), low = 0, high = count;
    while (low < high) {
        long middle = (low + high) / 2;
        long order = RAW(SYS_kcmp, pid, pid, KCMP_FILE, fd, ordered[middle]->fd);
        if (order == 0) {
            *same = ordered[middle];
            return -1;
        }
        if (order < 0)
            return -2;
        if (order == 1)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Descriptors are sorted by file; within one file each distinct open file is found once. */
static bool find_shared(struct descriptor *first, uint64_t count)
{
    struct descriptor **ordered = (struct descriptor **)table(SCRATCH_SORT)->data;
    long known = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct descriptor *same = 0;
        long place = count == 1 ? 0 : place_among(ordered, known, first[i].fd, &same);
        if (place == -2)
            return fail(FAILURE_SYSTEM, "The kernel does not tell which descriptors share an open file (kcmp).");
        if (same) {
            first[i].same_as = same->fd;
            continue;
        }
        for (long at = known++; at > place; at--)
            ordered[at] = ordered[at - 1];
        ordered[place] = &first[i];
    }
    return true;
}

static bool same_file(const struct descriptor *left, const struct descriptor *right)
{
    return left->device == right->device && left->inode == right->inode;
}

static bool find_all_shared(void)
{
    struct descriptor *all = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    uint64_t count = TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor);
    sort_by_keys(all, count, sizeof *all, 3);
    for (uint64_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && same_file(&all[i], &all[end]); end++)
            ;
        if (!find_shared(all + i, end - i) || !descriptor_group(all + i, end - i))
            return false;
    }
    return true;
}

bool descriptors_save(void)
{
    table_clear(SECTION_DESCRIPTORS);
    table_clear(SECTION_CHANNELS);
    table_clear(SECTION_LOCKS);
    table_clear(SECTION_WATCHES);
    if (!list_all())
        return false;
    struct descriptor *all = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor); i++)
        if (!describe(&all[i]))
            return false;
    return find_all_shared() && pairs_resolve() && watches_resolve();
}
