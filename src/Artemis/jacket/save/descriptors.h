/* Open descriptors, and the files behind them whose content belongs to a checkpoint. */
#ifndef CCR_JACKET_DESCRIPTORS_H
#define CCR_JACKET_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>
#include "socket_options.h"

enum descriptor_type {
    DESCRIPTOR_FILE = 1,   /* opened again by its path, or by its capture's */
    DESCRIPTOR_INHERITED,  /* what the launcher gave as 0, 1 or 2, and gives again */
    DESCRIPTOR_PIPE,       /* both ends in this process, or named */
    DESCRIPTOR_LOST_PIPE,  /* the other end is in another process: it comes back closed, with what was in it */
    DESCRIPTOR_EVENTFD,
    DESCRIPTOR_EPOLL,
    DESCRIPTOR_SIGNALFD,
    DESCRIPTOR_TIMERFD,
    DESCRIPTOR_INOTIFY,
    DESCRIPTOR_LISTENER,
    DESCRIPTOR_SOCKET,     /* not connected: made again and bound again */
    DESCRIPTOR_PAIR,       /* connected sockets, both ends in this process */
    DESCRIPTOR_LOST_SOCKET,
};

#define ADDRESS_BYTES 128

/* One of SECTION_DESCRIPTORS, sorted by file, so that those of one file are next to each other. */
struct descriptor {
    uint64_t device;
    uint64_t inode;
    int64_t fd;
    uint64_t position;
    uint64_t size;
    int64_t mtime_ns;
    uint64_t raw_device;
    int32_t same_as;       /* the descriptor whose open file this one shares, or -1 */
    uint32_t type;
    uint32_t flags;        /* O_*, without O_CLOEXEC */
    uint32_t close_on_exec;
    uint32_t path;         /* in SECTION_STRINGS */
    uint32_t capture;      /* 1 + index in SECTION_CAPTURES, or 0 */
    uint32_t mode;         /* st_mode */
    uint32_t links;
    int32_t peer;          /* pair: the descriptor at the other end */
    int32_t inherited;     /* 0, 1 or 2 */
    uint64_t channel;      /* where its content stands in SECTION_CHANNELS */
    uint64_t channel_length;
    uint64_t values[4];    /* eventfd: count, semaphore. timerfd: clock, ticks, left, interval (ns). signalfd: mask.
                              pipe: capacity */
    uint32_t domain, socket_type, protocol, address_length;
    uint32_t reuse_address, reuse_port, only_v6, padding;
    uint8_t address[ADDRESS_BYTES];
    struct socket_options options;
};

/* SECTION_LOCKS. */
enum lock_kind { LOCK_POSIX = 1, LOCK_OPEN_FILE = 2, LOCK_WHOLE_FILE = 3 };
struct saved_lock {
    uint64_t start;
    uint64_t length; /* 0: to the end of the file */
    int32_t fd;
    uint32_t kind;
    uint32_t exclusive;
    uint32_t padding;
};

/* SECTION_WATCHES: of epoll and of inotify. */
struct watch {
    uint64_t data;   /* epoll: the program's. inotify: inode */
    uint64_t device; /* inotify */
    int32_t fd;
    int32_t target;  /* epoll: descriptor. inotify: the watch's number */
    uint32_t events;
    uint32_t path;   /* inotify: in SECTION_STRINGS */
};

bool descriptors_save(void);
/* After the memory map was read: which files belong to the checkpoint. */
bool captures_save(void);

#endif
