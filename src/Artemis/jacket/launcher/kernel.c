/*
 * What the machine must offer. Each thing is found out by doing it, not from version numbers; what has a fallback is
 * only a warning.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/utsname.h>
#include <unistd.h>

/* As in linux/fs.h of Linux 6.7, which headers at hand may not have. */
struct scan_argument {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, max_pages;
    uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define SCAN_REQUEST _IOWR('f', 16, struct scan_argument)
#define SCAN_PRESENT (1u << 3)

static int can_scan(void)
{
    static char page[1];
    struct { uint64_t start, end, categories; } found[1];
    uint64_t address = (uintptr_t)page & ~4095ull;
    struct scan_argument scan = {
        .size = sizeof scan, .start = address, .end = address + 4096, .vector = (uintptr_t)found, .vector_length = 1,
        .category_anyof_mask = SCAN_PRESENT, .return_mask = SCAN_PRESENT,
    };
    page[0] = 1;
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    int found_count = pagemap < 0 ? -1 : ioctl(pagemap, SCAN_REQUEST, &scan);
    if (pagemap >= 0)
        close(pagemap);
    return found_count == 1;
}

static int file_has(const char *path, const char *key, const char *word)
{
    char line[8192];
    int found = 0;
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = !strncmp(line, key, strlen(key)) && strstr(line, word);
    if (file)
        fclose(file);
    return found;
}

/* A shadow stack cannot be moved into a new process; glibc turns one on only where it is asked to. */
static void refuse_shadow_stack(char *const *environment)
{
    int asked = 0;
    for (char *const *variable = environment; *variable; variable++)
        asked |= !strncmp(*variable, "GLIBC_TUNABLES=", 15)
            && (strstr(*variable, "x86_shstk=on") || strstr(*variable, "hwcaps=SHSTK"));
    if (file_has("/proc/self/status", "x86_Thread_features:", "shstk")
        || (asked && file_has("/proc/cpuinfo", "flags", " user_shstk")))
        fail(EXIT_KERNEL, "programs get a shadow stack here, which cannot be restored: set "
             "GLIBC_TUNABLES=glibc.cpu.x86_shstk=off.");
}

void probe_kernel(char *const *environment)
{
    struct utsname machine;
    if (uname(&machine) != 0 || strcmp(machine.machine, "x86_64"))
        fail(EXIT_KERNEL, "this machine is no x86-64.");
    refuse_shadow_stack(environment);
    if (!can_scan())
        warn("this kernel (%s) has no PAGEMAP_SCAN, which Linux 6.7 brought: every checkpoint holds all pages.",
             machine.release);
}

void fix_addresses(void)
{
    int now = personality(0xffffffff);
    if (now < 0 || personality((unsigned)now | ADDR_NO_RANDOMIZE) < 0
        || !(personality(0xffffffff) & ADDR_NO_RANDOMIZE))
        fail(EXIT_KERNEL, "address space randomisation cannot be switched off here (%s): a container's seccomp "
             "profile that forbids personality(2) must allow it.", strerror(errno));
}
