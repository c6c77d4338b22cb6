/*
 * The vDSO. While the program runs it stays as it is. A copy of it that runs on another kernel may not read the data
 * pages of that kernel, whose layout is another: there its entry points become plain system calls.
 */
#define _GNU_SOURCE
#include "vdso.h"
#include <elf.h>
#include <sys/syscall.h>
#include "arena.h"
#include "text.h"

/* A hash for telling two images apart: two lanes of multiply and rotate. */
static void hash(const uint8_t *octets, uint64_t length, uint8_t result[16])
{
    uint64_t first = 0x9e3779b97f4a7c15ull, second = length;
    for (uint64_t i = 0; i + 8 <= length; i += 8) {
        uint64_t word = *(const uint64_t *)(octets + i);
        first = (first ^ word) * 0xff51afd7ed558ccdull;
        first = (first << 31) | (first >> 33);
        second = (second + word) * 0xc4ceb9fe1a85ec53ull;
        second = (second << 29) | (second >> 35);
    }
    first ^= second >> 17;
    copy_octets(result, &first, 8);
    copy_octets(result + 8, &second, 8);
}

void vdso_find(uint64_t base)
{
    const struct region *regions = TABLE_AT(SCRATCH_REGIONS, struct region);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SCRATCH_REGIONS, struct region); i++)
        if ((regions[i].kind & REGION_VDSO) && regions[i].start == base) {
            ARENA->vdso_start = base;
            ARENA->vdso_end = regions[i].end;
            hash((const uint8_t *)base, regions[i].end - base, ARENA->vdso_hash);
        }
}

struct symbols {
    const Elf64_Sym *table;
    const char *names;
    uint32_t count;
    uint64_t base; /* what a symbol's value is relative to */
};

static uint32_t count_by_gnu_hash(const uint32_t *hash)
{
    uint32_t buckets = hash[0], first = hash[1], filter_words = hash[2], highest = 0;
    const uint32_t *bucket = hash + 4 + filter_words * 2, *chain = bucket + buckets;
    for (uint32_t i = 0; i < buckets; i++)
        if (bucket[i] > highest)
            highest = bucket[i];
    if (highest < first)
        return 0;
    while (!(chain[highest - first] & 1))
        highest++;
    return highest + 1;
}

static struct symbols find_symbols(uint64_t base)
{
    const Elf64_Ehdr *head = (const Elf64_Ehdr *)base;
    const Elf64_Phdr *parts = (const Elf64_Phdr *)(base + head->e_phoff);
    const Elf64_Dyn *dynamic = 0;
    struct symbols found = {.base = base};
    for (int i = 0; i < head->e_phnum; i++) {
        if (parts[i].p_type == PT_DYNAMIC)
            dynamic = (const Elf64_Dyn *)(base + parts[i].p_offset);
        if (parts[i].p_type == PT_LOAD)
            found.base = base - parts[i].p_vaddr;
    }
    for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        uint64_t at = found.base + dynamic->d_un.d_ptr;
        if (dynamic->d_tag == DT_SYMTAB)
            found.table = (const Elf64_Sym *)at;
        if (dynamic->d_tag == DT_STRTAB)
            found.names = (const char *)at;
        if (dynamic->d_tag == DT_HASH)
            found.count = ((const uint32_t *)at)[1];
        if (dynamic->d_tag == DT_GNU_HASH && !found.count)
            found.count = count_by_gnu_hash((const uint32_t *)at);
    }
    return found;
}

/* The system call that does what the function of that name does; 0 if there is none. */
static uint32_t call_of(const char *name)
{
    if (text_equal(name, "__vdso_clock_gettime"))
        return SYS_clock_gettime;
    if (text_equal(name, "__vdso_gettimeofday"))
        return SYS_gettimeofday;
    if (text_equal(name, "__vdso_time"))
        return SYS_time;
    if (text_equal(name, "__vdso_getcpu"))
        return SYS_getcpu;
    if (text_equal(name, "__vdso_clock_getres"))
        return SYS_clock_getres;
    if (text_equal(name, "__vdso_getrandom"))
        return SYS_getrandom; /* the first three arguments are the same */
    return 0;
}

unsigned vdso_patch(uint64_t base)
{
    struct symbols symbols = find_symbols(base);
    unsigned patched = 0;
    for (uint32_t i = 0; symbols.table && symbols.names && i < symbols.count; i++) {
        uint32_t call = call_of(symbols.names + symbols.table[i].st_name);
        if (!call || !symbols.table[i].st_value)
            continue;
        /* mov $call, %eax; syscall; ret */
        const uint8_t code[] = {0xb8, (uint8_t)call, (uint8_t)(call >> 8), 0, 0, 0x0f, 0x05, 0xc3};
        copy_octets((void *)(symbols.base + symbols.table[i].st_value), code, sizeof code);
        patched++;
    }
    return patched;
}
