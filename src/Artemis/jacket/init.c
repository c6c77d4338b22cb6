/*
 * The beginning: the loader calls this before any other constructor (the library is linked with initfirst), so that a
 * restart finds a process that has done nothing yet. Not even the C library's own constructor has run.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include "arena.h"
#include "capabilities.h"
#include "checkpoint.h"
#include "conversation.h"
#include "hooks.h"
#include "maps.h"
#include "process.h"
#include "restore.h"
#include "syscalls.h"
#include "text.h"
#include "tracking.h"
#include "vdso.h"

#define RSEQ_SIGNATURE 0x53053053

/* Of the C library 2.35 and later; absent in older ones, which do not use rseq. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));

static const char *variable(char **environment, const char *name)
{
    for (; *environment; environment++)
        if (text_starts(*environment, name) && (*environment)[text_length(name)] == '=')
            return *environment + text_length(name) + 1;
    return 0;
}

static uint64_t auxiliary(char **environment, uint64_t type)
{
    while (*environment)
        environment++;
    for (const Elf64_auxv_t *entry = (const Elf64_auxv_t *)(environment + 1); entry->a_type != AT_NULL; entry++)
        if (entry->a_type == type)
            return entry->a_un.a_val;
    return 0;
}

/* The length that the C library registered is known to nobody else: the one with which it can be taken back. */
static void find_rseq(void)
{
    if (!&__rseq_offset)
        return;
    uint64_t thread_pointer;
    RAW(SYS_arch_prctl, 0x1003, &thread_pointer);
    uint64_t area = thread_pointer + (uint64_t)__rseq_offset;
    for (uint32_t length = 32; length <= 256; length += 32)
        if (RAW(SYS_rseq, area, length, 1, RSEQ_SIGNATURE) == 0) {
            RAW(SYS_rseq, area, length, 0, RSEQ_SIGNATURE);
            ARENA->rseq_length = length;
            ARENA->rseq_offset = __rseq_offset;
            return;
        }
}

static void find_stdio(void)
{
    struct stat file;
    for (int fd = 0; fd < 3; fd++) {
        if (RAW(SYS_fstat, fd, &file) < 0)
            continue;
        ARENA->stdio_device[fd] = file.st_dev;
        ARENA->stdio_inode[fd] = file.st_ino;
    }
}

/* Where the library itself begins. */
static uint64_t own_text(void)
{
    const struct region *regions = TABLE_AT(SCRATCH_REGIONS, struct region);
    uint64_t code = (uint64_t)own_text, first = 0;
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SCRATCH_REGIONS, struct region); i++)
        if (regions[i].kind & REGION_JACKET) {
            if (!first)
                first = regions[i].start;
            if (code >= regions[i].start && code < regions[i].end)
                return first;
        }
    return 0;
}

static void install_handler(void)
{
    /* The kernel's own structure: with the restorer that the C library's handlers use as well. */
    struct kernel_action action = {.handler = (uint64_t)jacket_handler, .mask = ~0ull,
                                   .flags = SA_SIGINFO | SA_RESTART | 0x04000000, .restorer = (uint64_t)signal_return};
    RAW(SYS_rt_sigaction, JACKET_SIGNAL, &action, 0, 8);
}

/*
 * The kernel's table of descriptors grows only after all threads have let go of the old one; with several threads that
 * takes milliseconds. It grows here, while there is one.
 */
static void grow_descriptor_table(void)
{
    long fd = RAW(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);
    long high = RAW(SYS_fcntl, fd, F_DUPFD_CLOEXEC, JACKET_FD_FIRST + 30);
    RAW(SYS_close, fd);
    if (high >= 0)
        RAW(SYS_close, high);
}

static void read_surroundings(char **environment)
{
    ARENA->start_brk = maps_start_brk();
    maps_read(SCRATCH_REGIONS, ARENA->start_brk);
    ARENA->jacket_text = own_text();
    vdso_find(auxiliary(environment, AT_SYSINFO_EHDR));
    find_rseq();
    find_stdio();
}

static void say(const char *text, const char *why)
{
    char line[FAILURE_TEXT_BYTES];
    struct writer writer = write_to(line, sizeof line);
    write_text(&writer, "jacket: ");
    write_text(&writer, text);
    write_text(&writer, why);
    write_text(&writer, "\n");
    RAW(SYS_write, 2, line, writer.at - line);
}

static void run(void)
{
    if (!tracking_start())
        return say("no checkpoints: /proc/self/pagemap, or descriptors from 1000 on, cannot be had.", "");
    grow_descriptor_table();
    ARENA->must_be_full = 1;
    /* The server may send the first signal as soon as it has said WELCOME: it waits until we can take it. */
    mask_own_signal(SIG_BLOCK);
    install_handler();
    uint32_t answer = conversation_connect(MODE_RUN);
    if (answer != FRAME_WELCOME) {
        own_fd_close(OWN_SOCKET);
        mask_own_signal(SIG_UNBLOCK);
        return say("no checkpoints: ", answer == FRAME_REFUSED ? (const char *)table(SCRATCH_CHANNEL)->data
                                                               : "the checkpoint server does not answer.");
    }
    capabilities_drop();
    ARENA->on = 1;
    mask_own_signal(SIG_UNBLOCK);
}

__attribute__((constructor)) static void begin(int count, char **arguments, char **environment)
{
    (void)count, (void)arguments;
    const char *socket = variable(environment, "JACKET_SOCKET"), *member = variable(environment, "JACKET_MEMBER");
    const char *mode = variable(environment, "JACKET_MODE"), *tracking = variable(environment, "JACKET_TRACKING");
    if (!socket || !member || !mode || text_length(socket) >= 108 || text_length(member) >= 256)
        return;
    if (!arena_map())
        return say("no checkpoints: the arena's place is taken.", "");
    ARENA->entered_ns = clock_ns(1);
    copy_octets(ARENA->socket_path, socket, text_length(socket) + 1);
    copy_octets(ARENA->member, member, text_length(member) + 1);
    tracking_probe(tracking && text_equal(tracking, "whole"));
    read_surroundings(environment);
    if (text_equal(mode, "rst"))
        restore();
    else
        run();
}
