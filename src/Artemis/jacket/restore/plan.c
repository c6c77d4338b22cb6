/* The plan of a restart: maps it, and believes nothing in it that would lead outside of it. */
#define _GNU_SOURCE
#include "plan.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "arena.h"
#include "end_restart.h"
#include "process.h"
#include "syscalls.h"

static const struct slab_head *head(void)
{
    return (const struct slab_head *)PLAN_BASE;
}

void plan_open(const char *path)
{
    struct stat file;
    long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0 || RAW(SYS_fstat, fd, &file) < 0 || (uint64_t)file.st_size < sizeof(struct slab_head))
        end_restart("the plan cannot be read", (uint64_t)-fd);
    long at = RAW(SYS_mmap, PLAN_BASE, file.st_size, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, fd, 0);
    RAW(SYS_close, fd);
    if (at != (long)PLAN_BASE)
        end_restart("the plan cannot be mapped", (uint64_t)-at);
    ARENA->plan_length = (uint64_t)file.st_size;
    if (head()->magic != SLAB_MAGIC || head()->version != WIRE_VERSION)
        end_restart("the plan is not one", 0);
    for (unsigned i = 0; i < SECTION_COUNT; i++) {
        const struct section_entry *entry = &head()->sections[i];
        if (entry->offset > ARENA->plan_length || entry->length > ARENA->plan_length - entry->offset ||
            entry->offset % 8)
            end_restart("a section of the plan lies outside of it", i);
    }
    const char *strings = plan_section(SECTION_STRINGS);
    uint64_t length = plan_octets(SECTION_STRINGS);
    if (length == 0 || strings[length - 1] || plan_octets(SECTION_PROCESS) < sizeof(struct process_state))
        end_restart("the plan was made by another version of the jacket", 0);
}

void plan_close(void)
{
    RAW(SYS_munmap, PLAN_BASE, ARENA->plan_length);
}

const void *plan_section(unsigned section)
{
    return (const uint8_t *)PLAN_BASE + head()->sections[section].offset;
}

uint64_t plan_octets(unsigned section)
{
    return head()->sections[section].length;
}

const char *plan_string(uint32_t offset)
{
    if (offset >= plan_octets(SECTION_STRINGS))
        end_restart("a name of the plan lies outside of it", offset);
    return (const char *)plan_section(SECTION_STRINGS) + offset;
}
