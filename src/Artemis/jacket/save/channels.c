/* What lies inside pipes, and what sockets are. Nothing is taken out: the program goes on with it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "arena.h"
#include "descriptor_kinds.h"
#include "syscalls.h"
#include "text.h"

/* tee copies the content into another pipe without consuming it. */
static bool copy_content(struct descriptor *descriptor, uint64_t length)
{
    int ends[2];
    if (RAW(SYS_pipe2, ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail(FAILURE_SYSTEM, "There are no free descriptors for copying a pipe's content.");
    RAW(SYS_fcntl, ends[1], F_SETPIPE_SZ, descriptor->values[0]);
    long copied = RAW(SYS_tee, descriptor->fd, ends[1], length, SPLICE_F_NONBLOCK);
    descriptor->channel = table(SECTION_CHANNELS)->used;
    uint8_t *content = table_add(SECTION_CHANNELS, (length + 7) & ~7ull);
    for (long got; content && copied > 0 && descriptor->channel_length < (uint64_t)copied;) {
        uint64_t done = descriptor->channel_length;
        got = RAW(SYS_read, ends[0], content + done, (uint64_t)copied - done);
        if (got <= 0)
            break;
        descriptor->channel_length += (uint64_t)got;
    }
    RAW(SYS_close, ends[0]);
    RAW(SYS_close, ends[1]);
    if (descriptor->channel_length != length)
        return fail_number(FAILURE_SYSTEM, "The content of the pipe ", descriptor->fd, " could not be copied whole.");
    return true;
}

bool pipe_save(struct descriptor *descriptor)
{
    int waiting = 0;
    long capacity = RAW(SYS_fcntl, descriptor->fd, F_GETPIPE_SZ, 0);
    descriptor->values[0] = capacity > 0 ? (uint64_t)capacity : 65536;
    if ((descriptor->flags & O_ACCMODE) == O_WRONLY || RAW(SYS_ioctl, descriptor->fd, FIONREAD, &waiting) < 0)
        return true;
    return waiting <= 0 || copy_content(descriptor, (uint64_t)waiting);
}

static uint32_t option(int64_t fd, int level, int name)
{
    uint32_t value = 0, length = sizeof value;
    RAW(SYS_getsockopt, fd, level, name, &value, &length);
    return value;
}

bool socket_save(struct descriptor *descriptor)
{
    int64_t fd = descriptor->fd;
    uint8_t peer[ADDRESS_BYTES];
    uint32_t peer_length = sizeof peer;
    descriptor->domain = option(fd, SOL_SOCKET, SO_DOMAIN);
    descriptor->socket_type = option(fd, SOL_SOCKET, SO_TYPE);
    descriptor->protocol = option(fd, SOL_SOCKET, SO_PROTOCOL);
    descriptor->reuse_address = option(fd, SOL_SOCKET, SO_REUSEADDR);
    descriptor->reuse_port = option(fd, SOL_SOCKET, SO_REUSEPORT);
    socket_options_save(fd, &descriptor->options);
    descriptor->address_length = ADDRESS_BYTES;
    if (RAW(SYS_getsockname, fd, descriptor->address, &descriptor->address_length) < 0)
        descriptor->address_length = 0;
    if (descriptor->domain == AF_INET6)
        descriptor->only_v6 = option(fd, 41, 26);
    bool connected = RAW(SYS_getpeername, fd, peer, &peer_length) == 0;
    if (option(fd, SOL_SOCKET, SO_ACCEPTCONN)) {
        descriptor->type = DESCRIPTOR_LISTENER;
        return true;
    }
    bool stream = descriptor->socket_type == SOCK_STREAM || descriptor->socket_type == SOCK_SEQPACKET;
    if (stream && connected && descriptor->domain == AF_UNIX)
        return pair_save(descriptor);
    bool dead = descriptor->domain == AF_UNIX && connected;
    descriptor->type = (stream && connected) || dead ? DESCRIPTOR_LOST_SOCKET : DESCRIPTOR_SOCKET;
    return true;
}
