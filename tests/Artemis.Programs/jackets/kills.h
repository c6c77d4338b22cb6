/*
 * A jacket whose program is killed at the k-th step of its conversation: included before every file of the jacket's
 * own sources, so that the product has no switch for it. A step is a send (killed before it) or a receive (killed
 * behind it); head and body of a frame are two, so that half frames are left behind as well.
 *
 * Beside the server's socket, in SOCKET.kill, stand two words of 32 bits: how many steps are still to come, 0 for no
 * end of them, and what the step was that killed: the frame's type, + 100 for its body, + 1000 for a receive. They are
 * in a file and not in memory since a restart would bring memory back.
 */
#ifndef CCR_ARTEMIS_KILLS_H
#define CCR_ARTEMIS_KILLS_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/socket.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

struct kill_word {
    uint32_t steps_left;
    uint32_t killed_at;
    uint32_t type; /* of the frame whose head has passed */
    uint32_t is_body; /* what follows */
};

static inline __attribute__((unused)) void kill_step(uint32_t kind, const uint32_t *head)
{
    char path[sizeof ARENA->socket_path + 8];
    struct kill_word word;
    struct writer writer = write_to(path, sizeof path);
    write_text(&writer, ARENA->socket_path);
    write_text(&writer, ".kill");
    long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        return;
    if (RAW(SYS_pread64, fd, &word, sizeof word, 0) == sizeof word) {
        if (!word.is_body)
            word.type = head[1];
        word.killed_at = word.type + (word.is_body ? 100 : 0) + kind;
        word.is_body = !word.is_body;
        bool now = word.steps_left == 1;
        if (word.steps_left)
            word.steps_left--;
        else
            word.killed_at = 0;
        RAW(SYS_pwrite64, fd, &word, sizeof word, 0);
        if (now)
            RAW(SYS_kill, RAW(SYS_getpid), 9);
    }
    RAW(SYS_close, fd);
}

static inline __attribute__((unused)) long kill_at_step(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_sendto && d == MSG_NOSIGNAL)
        kill_step(0, (const uint32_t *)b);
    long result = raw_syscall(number, a, b, c, d, e, f);
    if (number == SYS_recvfrom && d == 0 && result > 0)
        kill_step(1000, (const uint32_t *)b);
    return result;
}

#undef RAW_6
#define RAW_6(number, a, b, c, d, e, f) \
    kill_at_step(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

#endif
