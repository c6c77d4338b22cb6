/*
 * What a program's own headers tell about whether the jacket can hold it: it must be an x86-64 ELF program whose
 * loader is glibc's, because the jacket comes in by LD_PRELOAD; and no Go, which calls the kernel past the C library
 * and keeps stacks of its own.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <elf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_OCTETS_MAX = 16 << 20 };

static void *read_part(int file, uint64_t offset, uint64_t octets)
{
    if (!octets || octets > TABLE_OCTETS_MAX)
        return NULL;
    char *part = allocate(octets + 1);
    if (pread(file, part, octets, (off_t)offset) == (ssize_t)octets)
        return part;
    free(part);
    return NULL;
}

static void refuse_by_kind(const Elf64_Ehdr *header, const char *exe)
{
    if (memcmp(header->e_ident, ELFMAG, SELFMAG))
        fail(EXIT_REFUSED, "%s is neither an ELF program nor a script with #!.", exe);
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64)
        fail(EXIT_REFUSED, "%s is made for another architecture; the jacket holds x86-64 programs.", exe);
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        fail(EXIT_REFUSED, "%s is an ELF file, but no program.", exe);
}

static void refuse_by_interpreter(int file, const Elf64_Phdr *segments, size_t count, const char *exe)
{
    for (size_t i = 0; i < count; i++) {
        if (segments[i].p_type != PT_INTERP)
            continue;
        char *interpreter = segments[i].p_filesz < PATH_MAX
            ? read_part(file, segments[i].p_offset, segments[i].p_filesz) : NULL;
        const char *name = interpreter ? strrchr(interpreter, '/') : NULL;
        if (!name || strcmp(name, "/ld-linux-x86-64.so.2"))
            fail(EXIT_REFUSED, "%s is loaded by %s, not by glibc's ld-linux-x86-64.so.2: only programs for glibc "
                 "can wear the jacket.", exe, interpreter ? interpreter : "something unreadable");
        free(interpreter);
        return;
    }
    fail(EXIT_REFUSED, "%s is linked statically (or is the loader itself): the jacket needs a dynamically linked "
         "program.", exe);
}

static int has_go_note(int file, const Elf64_Phdr *segments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Elf64_Nhdr *note = segments[i].p_type == PT_NOTE && segments[i].p_filesz >= sizeof *note + 4
            ? read_part(file, segments[i].p_offset, segments[i].p_filesz) : NULL;
        int is_go = note && note->n_namesz == 4 && !memcmp(note + 1, "Go\0\0", 4);
        free(note);
        if (is_go)
            return 1;
    }
    return 0;
}

static int has_go_section(int file, const Elf64_Ehdr *header)
{
    size_t count = header->e_shnum;
    Elf64_Shdr *sections = header->e_shentsize == sizeof *sections
        ? read_part(file, header->e_shoff, count * sizeof *sections) : NULL;
    if (!sections || header->e_shstrndx >= count)
        return 0;
    const Elf64_Shdr *names_section = &sections[header->e_shstrndx];
    char *names = read_part(file, names_section->sh_offset, names_section->sh_size);
    int is_go = 0;
    for (size_t i = 0; names && i < count && !is_go; i++) {
        const char *name = sections[i].sh_name < names_section->sh_size ? names + sections[i].sh_name : "";
        is_go = !strcmp(name, ".go.buildinfo") || !strcmp(name, ".note.go.buildid");
    }
    free(names);
    free(sections);
    return is_go;
}

void refuse_by_headers(int file, const char *exe)
{
    Elf64_Ehdr header = {0};
    if (pread(file, &header, sizeof header, 0) < EI_NIDENT)
        fail(EXIT_REFUSED, "%s is too short for a program.", exe);
    refuse_by_kind(&header, exe);
    size_t count = header.e_phnum;
    Elf64_Phdr *segments = header.e_phentsize == sizeof *segments
        ? read_part(file, header.e_phoff, count * sizeof *segments) : NULL;
    if (!segments)
        fail(EXIT_REFUSED, "the program headers of %s cannot be read.", exe);
    if (has_go_note(file, segments, count) || has_go_section(file, &header))
        fail(EXIT_REFUSED, "%s is written in Go, whose runtime calls the kernel past the C library: the jacket cannot "
             "hold it.", exe);
    refuse_by_interpreter(file, segments, count, exe);
    free(segments);
}
