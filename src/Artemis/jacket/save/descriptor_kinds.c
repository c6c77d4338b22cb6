/* Tells the kinds of descriptors apart, and refuses in words what cannot be saved. */
#define _GNU_SOURCE
#include "descriptor_kinds.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

static bool unsupported(const struct descriptor *descriptor, const char *link)
{
    char words[FAILURE_TEXT_BYTES];
    struct writer writer = write_to(words, sizeof words);
    write_text(&writer, "The program has ");
    write_text(&writer, link);
    write_text(&writer, " open as descriptor ");
    write_number(&writer, (uint64_t)descriptor->fd, 10);
    return fail_with(FAILURE_UNSUPPORTED, words, ", ", "which cannot be saved.");
}

/* The stream that the launcher gave: a terminal, or a pipe or socket of somebody else's. */
static bool is_inherited(struct descriptor *descriptor)
{
    for (int turn = 0; turn < 6; turn++) {
        int number = turn < 3 ? turn : turn - 3;
        if (turn < 3 && number != descriptor->fd)
            continue; /* first the one with its own number */
        if (ARENA->stdio_inode[number] == descriptor->inode && ARENA->stdio_device[number] == descriptor->device) {
            descriptor->inherited = number;
            descriptor->type = DESCRIPTOR_INHERITED;
            return true;
        }
    }
    return false;
}

/* Devices that keep nothing for who has them open: null, zero, full, random, urandom; terminals. */
static bool device_is_plain(uint64_t device)
{
    unsigned number = major(device);
    bool terminal = (number == 5 && minor(device) == 0) || (number >= 136 && number <= 143);
    return (number == 1 && minor(device) >= 3) || terminal;
}

static uint64_t read_time(const char *info, const char *name)
{
    const char *at = text_find(info, name); /* "it_value: (seconds, nanoseconds)" */
    if (!at)
        return 0;
    while (*at && *at != '(')
        at++;
    at += *at != 0;
    uint64_t seconds = read_number(&at, 10);
    while (*at == ',' || *at == ' ')
        at++;
    return seconds * 1000000000ull + read_number(&at, 10);
}

static bool classify_anonymous(struct descriptor *descriptor, const char *link, const char *info)
{
    if (text_equal(link, "anon_inode:[eventfd]")) {
        descriptor->type = DESCRIPTOR_EVENTFD;
        descriptor->values[0] = read_field(info, "eventfd-count:", 16, 0);
        descriptor->values[1] = read_field(info, "eventfd-semaphore:", 10, 0);
        return true;
    }
    if (text_equal(link, "anon_inode:[eventpoll]")) {
        descriptor->type = DESCRIPTOR_EPOLL;
        return epoll_save(descriptor, info);
    }
    if (text_equal(link, "anon_inode:[signalfd]")) {
        descriptor->type = DESCRIPTOR_SIGNALFD;
        descriptor->values[0] = read_field(info, "sigmask:", 16, 0);
        return true;
    }
    if (text_equal(link, "anon_inode:[timerfd]")) {
        descriptor->type = DESCRIPTOR_TIMERFD;
        descriptor->values[0] = read_field(info, "clockid:", 10, 0);
        descriptor->values[1] = read_field(info, "ticks:", 10, 0);
        descriptor->values[2] = read_time(info, "it_value:");
        descriptor->values[3] = read_time(info, "it_interval:");
        return true;
    }
    if (text_equal(link, "anon_inode:inotify")) {
        descriptor->type = DESCRIPTOR_INOTIFY;
        return inotify_save(descriptor, info);
    }
    return unsupported(descriptor, link);
}

bool descriptor_classify(struct descriptor *descriptor, const char *link, const char *info)
{
    if (S_ISREG(descriptor->mode) || S_ISDIR(descriptor->mode) || (descriptor->flags & O_PATH)) {
        descriptor->type = DESCRIPTOR_FILE;
        return true;
    }
    if (S_ISCHR(descriptor->mode)) {
        descriptor->type = DESCRIPTOR_FILE;
        bool plain = device_is_plain(descriptor->raw_device);
        bool null_device = major(descriptor->raw_device) == 1;
        return (!null_device && is_inherited(descriptor)) || plain || is_inherited(descriptor) ||
               unsupported(descriptor, link);
    }
    if (S_ISFIFO(descriptor->mode)) {
        descriptor->type = DESCRIPTOR_LOST_PIPE; /* until its other end is found */
        return is_inherited(descriptor) || pipe_save(descriptor);
    }
    if (S_ISSOCK(descriptor->mode))
        return is_inherited(descriptor) || socket_save(descriptor);
    if (text_starts(link, "anon_inode:"))
        return classify_anonymous(descriptor, link, info);
    return unsupported(descriptor, link);
}

bool descriptor_group(struct descriptor *first, uint64_t count)
{
    if (!S_ISFIFO(first->mode) || first->type == DESCRIPTOR_INHERITED)
        return true;
    bool reads = false, writes = false, named = string_at(first->path)[0] == '/';
    for (uint64_t i = 0; i < count; i++) {
        reads |= (first[i].flags & O_ACCMODE) != O_WRONLY;
        writes |= (first[i].flags & O_ACCMODE) != O_RDONLY;
    }
    for (uint64_t i = 0; i < count && (named || (reads && writes)); i++)
        first[i].type = DESCRIPTOR_PIPE;
    return true;
}
