/*
 * Large writes into a pipe and a pair of sockets whose other ends are read slowly, and reads that wait for all octets.
 * A signal in the middle makes the kernel transfer a part; a program without handlers does not expect that.
 */
#include "program.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { OCTETS = 1 << 20, SLICE = 8192 };

static int pipe_ends[2], pair[2];
static long steps;
static uint64_t digest_in, digest_out;

static uint64_t digest(uint64_t before, const unsigned char *octets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        before = (before ^ octets[i]) * 1099511628211ull;
    return before;
}

static void *read_slowly(void *unused)
{
    static unsigned char slice[SLICE];
    (void)unused;
    for (long left = steps * 2L * OCTETS; left > 0;) {
        ssize_t got = read(pipe_ends[0], slice, sizeof slice);
        MUST(got > 0);
        digest_out = digest(digest_out, slice, (size_t)got);
        left -= got;
        if (left % (SLICE * 16) < SLICE)
            rest_ms(1);
    }
    return NULL;
}

static void *receive_whole(void *unused)
{
    static unsigned char whole[OCTETS];
    (void)unused;
    for (long step = 0; step < steps; step++) {
        ssize_t got = recv(pair[0], whole, sizeof whole, MSG_WAITALL);
        if (got != sizeof whole)
            wrong("recv answered %zd instead of %d", got, OCTETS);
        digest_out += digest(0, whole, sizeof whole);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    static unsigned char octets[OCTETS];
    pthread_t reads, receives;
    steps = steps_of(count, arguments, 20);
    MUST(pipe(pipe_ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    MUST(pthread_create(&reads, NULL, read_slowly, NULL) == 0);
    uint64_t sent = 0;
    for (long step = 0; step < steps; step++) {
        for (size_t i = 0; i < sizeof octets; i += sizeof(uint64_t))
            *(uint64_t *)(octets + i) = random_number();
        ssize_t done = write(pipe_ends[1], octets, sizeof octets);
        if (done != sizeof octets)
            wrong("write answered %zd instead of %d", done, OCTETS);
        digest_in = digest(digest_in, octets, sizeof octets);
        struct iovec parts[3] = {{octets, 100}, {octets + 100, OCTETS / 2}, {octets + 100 + OCTETS / 2,
            OCTETS - 100 - OCTETS / 2}};
        done = writev(pipe_ends[1], parts, 3);
        if (done != sizeof octets)
            wrong("writev answered %zd instead of %d", done, OCTETS);
        digest_in = digest(digest_in, octets, sizeof octets);
    }
    MUST(pthread_join(reads, NULL) == 0);
    printf("%s through the pipe\n", digest_in == digest_out ? "all" : "not all");
    digest_out = 0;
    MUST(pthread_create(&receives, NULL, receive_whole, NULL) == 0);
    for (long step = 0; step < steps; step++) {
        for (size_t at = 0; at < OCTETS; at += OCTETS / 8) {
            MUST(send(pair[1], octets + at, OCTETS / 8, 0) == OCTETS / 8);
            rest_ms(1);
        }
        sent += digest(0, octets, sizeof octets);
    }
    MUST(pthread_join(receives, NULL) == 0);
    printf("%s through the sockets\n", sent == digest_out ? "all" : "not all");
    return 0;
}
