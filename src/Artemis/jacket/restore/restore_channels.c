/* A restart's pipes and sockets, with what was inside them; and what epoll and inotify watch. */
#define _GNU_SOURCE
#include "restore_channels.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "arena.h"
#include "end_restart.h"
#include "plan.h"
#include "syscalls.h"
#include "text.h"

static void refill(long fd, const struct descriptor *descriptor)
{
    const uint8_t *content = (const uint8_t *)plan_section(SECTION_CHANNELS) + descriptor->channel;
    if (descriptor->channel > plan_octets(SECTION_CHANNELS) ||
        descriptor->channel_length > plan_octets(SECTION_CHANNELS) - descriptor->channel)
        end_restart("the content of a pipe is not in the plan", (uint64_t)descriptor->fd);
    for (uint64_t done = 0; done < descriptor->channel_length;) {
        long put = RAW(SYS_write, fd, content + done, descriptor->channel_length - done);
        if (put <= 0)
            end_restart("a pipe or socket does not take back what was in it", (uint64_t)descriptor->fd);
        done += (uint64_t)put;
    }
}

static bool reads(const struct descriptor *descriptor)
{
    return (descriptor->flags & O_ACCMODE) != O_WRONLY;
}

long make_lost_pipe(const struct descriptor *descriptor)
{
    int ends[2];
    if (RAW(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return -EMFILE;
    RAW(SYS_fcntl, ends[1], F_SETPIPE_SZ, descriptor->values[0]);
    if (reads(descriptor))
        refill(ends[1], descriptor);
    RAW(SYS_close, ends[reads(descriptor)]);
    return ends[!reads(descriptor)];
}

long make_lost_socket(const struct descriptor *descriptor)
{
    int ends[2];
    long made = RAW(SYS_socketpair, AF_UNIX, descriptor->socket_type | SOCK_CLOEXEC, 0, ends);
    if (made < 0)
        return made;
    refill(ends[1], descriptor);
    RAW(SYS_close, ends[1]);
    return ends[0];
}

static void bind_again(long fd, const struct descriptor *descriptor)
{
    const struct sockaddr_un *local = (const struct sockaddr_un *)descriptor->address;
    const struct sockaddr_in *internet = (const struct sockaddr_in *)descriptor->address;
    if (descriptor->domain == AF_UNIX) {
        if (descriptor->address_length <= 2)
            return;
        if (local->sun_path[0])
            RAW(SYS_unlink, local->sun_path);
    } else if ((descriptor->domain != AF_INET && descriptor->domain != AF_INET6) || !internet->sin_port) {
        return;
    }
    uint32_t yes = 1;
    RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEPORT, &descriptor->reuse_port, sizeof yes);
    if (descriptor->domain == AF_INET6)
        RAW(SYS_setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &descriptor->only_v6, sizeof yes);
    long bound = RAW(SYS_bind, fd, descriptor->address, descriptor->address_length);
    if (bound < 0)
        end_restart("the program's address is taken by another", (uint64_t)-bound);
    RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &descriptor->reuse_address, sizeof yes);
}

long make_socket(const struct descriptor *descriptor)
{
    long fd = RAW(SYS_socket, descriptor->domain, descriptor->socket_type, descriptor->protocol);
    if (fd < 0)
        return fd;
    bind_again(fd, descriptor);
    if (descriptor->type == DESCRIPTOR_LISTENER)
        RAW(SYS_listen, fd, 4096); /* the kernel cuts it to what it allows */
    return fd;
}

/* A further open file of the same pipe: opened through the number of its first. */
static long open_again(long end, uint32_t flags)
{
    char path[64];
    numbered_path(path, sizeof path, "/proc/self/fd/", (uint64_t)end, "");
    return RAW(SYS_openat, AT_FDCWD, path, (flags & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC, 0);
}

uint64_t restore_pipe(uint64_t index)
{
    const struct descriptor *all = PLAN_AT(SECTION_DESCRIPTORS, struct descriptor), *first = &all[index];
    uint64_t count = PLAN_COUNT(SECTION_DESCRIPTORS, struct descriptor);
    const char *path = plan_string(first->path);
    int ends[2];
    long in, out;
    if (path[0] == '/') {
        in = put_aside(RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0));
        out = in;
    } else {
        in = RAW(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK);
        out = in < 0 ? in : put_aside(ends[1]);
        in = in < 0 ? in : put_aside(ends[0]);
    }
    if (in < 0 || out < 0)
        end_restart_file(path, " cannot be made again", in < 0 ? in : out);
    RAW(SYS_fcntl, out, F_SETPIPE_SZ, first->values[0]);
    bool filled = false;
    for (; index < count && all[index].inode == first->inode && all[index].device == first->device; index++) {
        if (all[index].channel_length && !filled) {
            refill(out, &all[index]);
            filled = true;
        }
        if (all[index].same_as < 0)
            place_descriptor(open_again(reads(&all[index]) ? in : out, all[index].flags), &all[index]);
    }
    RAW(SYS_close, in);
    if (out != in)
        RAW(SYS_close, out);
    return index;
}

static const struct descriptor *descriptor_of(int64_t fd)
{
    const struct descriptor *all = PLAN_AT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_DESCRIPTORS, struct descriptor); i++)
        if (all[i].fd == fd)
            return &all[i];
    end_restart("the other end of a socket is not in the plan", (uint64_t)fd);
}

void restore_pair(const struct descriptor *descriptor)
{
    int ends[2];
    const struct descriptor *peer = descriptor_of(descriptor->peer);
    if (descriptor->fd > peer->fd)
        return; /* made together with the other end */
    if (RAW(SYS_socketpair, descriptor->domain, descriptor->socket_type | SOCK_CLOEXEC, descriptor->protocol, ends) < 0)
        end_restart("a pair of sockets cannot be made", (uint64_t)descriptor->fd);
    long here = put_aside(ends[0]), there = put_aside(ends[1]);
    refill(there, descriptor);
    refill(here, peer);
    place_descriptor(here, descriptor);
    place_descriptor(there, peer);
}

static void watch_by_inotify(const struct watch *watch)
{
    const uint32_t settable = 0x01000fff | 0x1c000000; /* events, and what inotify keeps of the flags */
    for (;;) {
        long number = RAW(SYS_inotify_add_watch, watch->fd, plan_string(watch->path), watch->events & settable);
        if (number == watch->target)
            break;
        if (number < 0 || number > watch->target)
            end_restart_file(plan_string(watch->path), " cannot be watched by inotify again", number);
        RAW(SYS_inotify_rm_watch, watch->fd, number); /* numbers are given in turn */
    }
    int waiting = 0;
    if (RAW(SYS_ioctl, watch->fd, FIONREAD, &waiting) == 0 && waiting > 0) /* remarks on those just removed */
        RAW(SYS_read, watch->fd, table(SCRATCH_CHANNEL)->data, waiting);
}

void restore_watches(void)
{
    const struct watch *watches = PLAN_AT(SECTION_WATCHES, struct watch);
    const struct watch *end = watches + PLAN_COUNT(SECTION_WATCHES, struct watch);
    for (int wanted = 0; watches + wanted < end; wanted++) {
        const struct watch *watch = &watches[wanted];
        if (descriptor_of(watch->fd)->type == DESCRIPTOR_INOTIFY) {
            watch_by_inotify(watch);
            continue;
        }
        struct epoll_event event = {.events = watch->events, .data.u64 = watch->data};
        long added = RAW(SYS_epoll_ctl, watch->fd, EPOLL_CTL_ADD, watch->target, &event);
        if (added < 0 && added != -EBADF) /* EBADF: watched through a number that was closed since */
            end_restart("epoll does not watch what it did", (uint64_t)watch->target);
    }
}
