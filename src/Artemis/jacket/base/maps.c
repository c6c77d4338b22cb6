/* The memory map: reads /proc/self/maps and names what each region is. */
#define _GNU_SOURCE
#include "maps.h"
#include <fcntl.h>
#include <sys/stat.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

#define PATH_BYTES 4200

/* One line: "start-end perms offset major:minor inode   path". Newlines in a path stand as \012. */
static void parse_line(const char **at, struct region *region, char *path)
{
    region->start = read_number(at, 16);
    ++*at;
    region->end = read_number(at, 16);
    ++*at;
    const char *permissions = *at;
    region->protection = (permissions[0] == 'r' ? 1u : 0) | (permissions[1] == 'w' ? 2u : 0) |
                         (permissions[2] == 'x' ? 4u : 0);
    region->kind = permissions[3] == 's' ? REGION_SHARED : 0;
    *at += 5;
    region->file_offset = read_number(at, 16);
    ++*at;
    uint64_t major = read_number(at, 16);
    ++*at;
    uint64_t minor = read_number(at, 16);
    region->device = (minor & 0xff) | (major << 8) | ((minor & ~0xffull) << 12);
    ++*at;
    region->inode = read_number(at, 10);
    skip_spaces(at);
    size_t length = 0;
    while (**at && **at != '\n') {
        char c = *(*at)++;
        if (c == '\\' && text_starts(*at, "012")) {
            c = '\n';
            *at += 3;
        }
        if (length < PATH_BYTES - 1)
            path[length++] = c;
    }
    path[length] = 0;
    if (**at)
        ++*at;
}

static bool is_own_memory(const struct region *region)
{
    return (region->start >= ARENA_BASE && region->end <= ARENA_BASE + ARENA_BYTES) ||
           (region->start >= SLAB_BASE && region->start < SLAB_BASE + SLAB_RESERVED_BYTES);
}

static bool nameless(const char *path)
{
    return !path[0] || text_starts(path, "[anon") || text_starts(path, "/dev/zero") || text_starts(path, "/memfd:") ||
           text_starts(path, "/SYSV") || text_starts(path, "/anon_hugepage");
}

static uint32_t kind_of(const char *path)
{
    if (text_starts(path, "[stack"))
        return REGION_STACK | REGION_ANONYMOUS;
    if (text_equal(path, "[heap]"))
        return REGION_HEAP | REGION_ANONYMOUS;
    if (text_equal(path, "[vdso]"))
        return REGION_VDSO;
    if (text_starts(path, "[vvar"))
        return REGION_VVAR;
    if (nameless(path))
        return REGION_ANONYMOUS | (text_ends(path, " (deleted)") ? REGION_DELETED : 0);
    if (text_ends(path, " (deleted)"))
        return REGION_ANONYMOUS | REGION_DELETED;
    return text_ends(path, "/libjacket.so") ? REGION_JACKET : 0;
}

/* A mapped file's size and time of change: another file at the restart is refused. */
static void look_at_file(struct region *region, const struct region *before, const char *path)
{
    if (before && before->path && before->path == region->path && before->inode == region->inode) {
        region->file_size = before->file_size;
        region->file_mtime_ns = before->file_mtime_ns;
        region->device = before->device;
        return;
    }
    struct stat file;
    if (path[0] != '/' || (region->kind & REGION_DELETED) || RAW(SYS_newfstatat, AT_FDCWD, path, &file, 0) < 0)
        return;
    region->file_size = (uint64_t)file.st_size;
    region->file_mtime_ns = file.st_mtim.tv_sec * 1000000000ll + file.st_mtim.tv_nsec;
    region->device = file.st_dev; /* some file systems show another device in the map */
    region->inode = file.st_ino;
}

/*
 * Without randomisation the program's zeroed data and its heap touch, and the kernel shows them as one "[heap]": what
 * lies below start_brk is data, and has to be mapped; only what lies above comes from brk.
 */
static bool split_at_brk(unsigned table_index, struct region *region, uint64_t start_brk)
{
    if (!(region->kind & REGION_HEAP) || region->start >= start_brk)
        return true;
    uint64_t end = region->end;
    region->kind &= ~(uint32_t)REGION_HEAP;
    region->path = 0;
    if (end <= start_brk)
        return true;
    struct region heap = *region;
    heap.start = start_brk;
    heap.kind |= REGION_HEAP;
    region->end = start_brk;
    struct region *added = table_add(table_index, sizeof *added);
    if (!added)
        return false;
    *added = heap;
    return true;
}

bool maps_read(unsigned table_index, uint64_t start_brk)
{
    long length = read_whole("/proc/self/maps");
    if (length < 0)
        return fail_number(FAILURE_SYSTEM, "/proc/self/maps cannot be read: error ", -length, ".");
    table_clear(table_index);
    char *path = (char *)ARENA->tables[SCRATCH_CHANNEL].data;
    const char *at = (const char *)table(SCRATCH_TEXT)->data;
    struct region *before = 0;
    while (*at) {
        struct region *region = table_add(table_index, sizeof *region);
        if (!region)
            return false;
        parse_line(&at, region, path);
        if (is_own_memory(region) || text_starts(path, "[vsyscall]") || text_starts(path, "[uprobes]")) {
            table(table_index)->used -= sizeof *region;
            continue;
        }
        region->kind |= kind_of(path);
        bool as_before = before && before->path && text_equal(string_at(before->path), path);
        region->path = as_before ? before->path : string_add(path);
        look_at_file(region, before, path);
        if (!split_at_brk(table_index, region, start_brk))
            return false;
        before = TABLE_AT(table_index, struct region) + TABLE_COUNT_OF(table_index, struct region) - 1;
    }
    return !ARENA->failure_code;
}

uint64_t maps_start_brk(void)
{
    if (read_whole("/proc/self/stat") < 0)
        return 0;
    const char *at = (const char *)table(SCRATCH_TEXT)->data, *last = at;
    for (; *at; at++)
        if (*at == ')')
            last = at; /* the name in brackets may hold brackets itself */
    at = last + 2;
    for (int field = 3; field < 47; field++) {
        while (*at && *at != ' ')
            at++;
        at++;
    }
    return read_number(&at, 10);
}
