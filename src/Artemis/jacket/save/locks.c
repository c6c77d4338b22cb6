/* File locks, from the "lock:" lines of fdinfo; and what epoll and inotify watch. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include "arena.h"
#include "descriptor_kinds.h"
#include "syscalls.h"
#include "text.h"

static void skip_word(const char **at)
{
    while (**at && **at != ' ' && **at != '\t' && **at != '\n')
        (*at)++;
    skip_spaces(at);
}

/* "lock:  1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF" */
static bool lock_save(const struct descriptor *descriptor, const char *at)
{
    skip_word(&at);
    skip_word(&at);
    struct saved_lock *lock = table_add(SECTION_LOCKS, sizeof *lock);
    if (!lock)
        return false;
    lock->fd = (int32_t)descriptor->fd;
    lock->kind = text_starts(at, "POSIX") ? LOCK_POSIX : text_starts(at, "OFDLCK") ? LOCK_OPEN_FILE
               : text_starts(at, "FLOCK") ? LOCK_WHOLE_FILE : 0;
    if (!lock->kind)
        return fail_number(FAILURE_UNSUPPORTED, "The program holds a lease on descriptor ", descriptor->fd,
                           ", which cannot be saved.");
    skip_word(&at);
    skip_word(&at);
    lock->exclusive = text_starts(at, "WRITE");
    skip_word(&at);
    skip_word(&at); /* process */
    skip_word(&at); /* file */
    lock->start = read_number(&at, 10);
    skip_spaces(&at);
    lock->length = text_starts(at, "EOF") ? 0 : read_number(&at, 10) + 1 - lock->start;
    return true;
}

bool locks_save(const struct descriptor *descriptor, const char *info)
{
    const char *at = info;
    while ((at = text_find(at, "lock:")) != 0) {
        if (!lock_save(descriptor, at))
            return false;
        at += 5;
    }
    return true;
}

/* "tfd:  5 events:  19 data:  5  pos:0 ino:..." */
bool epoll_save(const struct descriptor *descriptor, const char *info)
{
    const char *at = info;
    while ((at = text_find(at, "tfd:")) != 0) {
        struct watch *watch = table_add(SECTION_WATCHES, sizeof *watch);
        if (!watch)
            return false;
        watch->fd = (int32_t)descriptor->fd;
        watch->target = (int32_t)read_field(at, "tfd:", 10, 0);
        watch->events = (uint32_t)read_field(at, "events:", 16, 0);
        watch->data = read_field(at, "data:", 16, 0);
        at += 4;
    }
    return true;
}

/* "inotify wd:1 ino:3b7 sdev:fe00000 mask:fce ..." with the kernel's own packing of a device's numbers. */
bool inotify_save(const struct descriptor *descriptor, const char *info)
{
    const char *at = info;
    int waiting = 0;
    if (RAW(SYS_ioctl, descriptor->fd, FIONREAD, &waiting) == 0 && waiting > 0)
        return fail_number(FAILURE_UNSUPPORTED, "The inotify descriptor ", descriptor->fd,
                           " has events that were not read yet, which cannot be saved: ask again.");
    while ((at = text_find(at, "inotify wd:")) != 0) {
        struct watch *watch = table_add(SECTION_WATCHES, sizeof *watch);
        if (!watch)
            return false;
        watch->fd = (int32_t)descriptor->fd;
        watch->target = (int32_t)read_field(at, "wd:", 16, 0);
        watch->data = read_field(at, "ino:", 16, 0);
        uint64_t device = read_field(at, "sdev:", 16, 0), major = device >> 20, minor = device & 0xfffff;
        watch->device = (minor & 0xff) | (major << 8) | ((minor & ~0xffull) << 12);
        watch->events = (uint32_t)read_field(at, "mask:", 16, 0);
        watch->path = UINT32_MAX;
        at += 11;
    }
    return true;
}

/* The kernel tells the inode that inotify watches, not its name: it is known if the program has it open. */
bool watches_resolve(void)
{
    struct watch *watches = TABLE_AT(SECTION_WATCHES, struct watch);
    const struct descriptor *all = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_WATCHES, struct watch); i++) {
        for (uint64_t k = 0; watches[i].path == UINT32_MAX &&
                             k < TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor); k++)
            if (all[k].inode == watches[i].data && all[k].device == watches[i].device)
                watches[i].path = all[k].path;
        if (watches[i].path == UINT32_MAX)
            return fail_number(FAILURE_UNSUPPORTED, "The inotify descriptor ", watches[i].fd,
                               " watches a file that the program does not have open, so its name is not known.");
    }
    return true;
}
