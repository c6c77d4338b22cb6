/* The arena: the jacket's own memory, its tables, the reason of a failure, and its own descriptors. */
#define _GNU_SOURCE
#include "arena.h"
#include <fcntl.h>
#include <sys/mman.h>
#include "syscalls.h"
#include "text.h"

bool arena_stands;

bool arena_map(void)
{
    long at = RAW(SYS_mmap, ARENA_BASE, ARENA_BYTES, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != (long)ARENA_BASE)
        return false;
    RAW(SYS_madvise, ARENA_BASE, ARENA_BYTES, MADV_DONTDUMP);
    for (unsigned i = 0; i < TABLE_COUNT; i++)
        ARENA->tables[i].data = (uint8_t *)ARENA_BASE + ARENA_HEAD_BYTES + i * ARENA_TABLE_BYTES;
    for (unsigned i = 0; i < OWN_FD_COUNT; i++)
        ARENA->own_fds[i] = -1;
    arena_stands = true;
    return true;
}

struct table *table(unsigned index)
{
    return &ARENA->tables[index];
}

void table_clear(unsigned index)
{
    ARENA->tables[index].used = 0;
}

void *table_add(unsigned index, uint64_t size)
{
    struct table *grown = table(index);
    if (size > ARENA_TABLE_BYTES - grown->used) {
        fail_number(FAILURE_SYSTEM, "table ", index, " of the jacket is full: the program has too many pieces.");
        return 0;
    }
    void *added = grown->data + grown->used;
    grown->used += size;
    zero_octets(added, size);
    return added;
}

uint32_t string_add(const char *text)
{
    struct table *strings = table(SECTION_STRINGS);
    size_t length = text_length(text);
    if (strings->used == 0)
        strings->data[strings->used++] = 0;
    if (length == 0)
        return 0;
    uint64_t offset = strings->used;
    if (offset + length + 1 > (1ull << 32) - 1) {
        fail(FAILURE_SYSTEM, "The names of the program's files are too long together.");
        return 0;
    }
    copy_octets(strings->data + offset, text, length + 1);
    strings->used += length + 1;
    return (uint32_t)offset;
}

bool fail_with(uint32_t code, const char *before, const char *text, const char *after)
{
    if (ARENA->failure_code)
        return false;
    ARENA->failure_code = code;
    struct writer writer = write_to(ARENA->failure_text, FAILURE_TEXT_BYTES);
    write_text(&writer, before);
    write_text(&writer, text);
    write_text(&writer, after);
    return false;
}

bool fail(uint32_t code, const char *text)
{
    return fail_with(code, text, "", "");
}

bool fail_number(uint32_t code, const char *before, int64_t number, const char *after)
{
    char digits[32];
    struct writer writer = write_to(digits, sizeof digits);
    if (number < 0)
        write_text(&writer, "-");
    write_number(&writer, number < 0 ? (uint64_t)-number : (uint64_t)number, 10);
    return fail_with(code, before, digits, after);
}

long read_whole(const char *path)
{
    return read_into(SCRATCH_TEXT, path);
}

long read_into(unsigned index, const char *path)
{
    struct table *text = table(index);
    long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    uint64_t length = 0;
    long got;
    while ((got = RAW(SYS_read, fd, text->data + length, 1 << 20)) > 0)
        length += (uint64_t)got;
    RAW(SYS_close, fd);
    text->data[length] = 0;
    text->used = length;
    return got < 0 ? got : (long)length;
}

bool own_fd_set(enum own_fd which, int fd)
{
    if (fd < 0)
        return false;
    if (fd < JACKET_FD_FIRST) {
        long moved = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, JACKET_FD_FIRST);
        RAW(SYS_close, fd);
        if (moved < 0)
            return false;
        fd = (int)moved;
    }
    own_fd_close(which);
    ARENA->own_fds[which] = fd;
    return true;
}

void own_fd_close(enum own_fd which)
{
    if (ARENA->own_fds[which] >= 0)
        RAW(SYS_close, ARENA->own_fds[which]);
    ARENA->own_fds[which] = -1;
}

bool own_fd_is(int fd)
{
    for (unsigned i = 0; i < OWN_FD_COUNT; i++)
        if (fd >= 0 && ARENA->own_fds[i] == fd)
            return true;
    return false;
}
