/* The jacket's side of the conversation: frames over a socket of the checkpoint server. */
#define _GNU_SOURCE
#include "conversation.h"
#include <cpuid.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include "arena.h"
#include "syscalls.h"
#include "text.h"

#define PATIENCE_SECONDS 10
#define LONGEST_BODY (1u << 20)

static void lose_connection(void)
{
    own_fd_close(OWN_SOCKET);
}

static bool send_octets(const void *octets, uint64_t length)
{
    const char *at = octets;
    while (length) {
        long sent = RAW(SYS_sendto, ARENA->own_fds[OWN_SOCKET], at, length, MSG_NOSIGNAL, 0, 0);
        if (sent == -EINTR)
            continue;
        if (sent <= 0) {
            lose_connection();
            return false;
        }
        at += sent;
        length -= (uint64_t)sent;
    }
    return true;
}

static bool send_frame(uint32_t type, const void *body, uint64_t length)
{
    uint32_t head[2] = {(uint32_t)length, type};
    return ARENA->own_fds[OWN_SOCKET] >= 0 && send_octets(head, sizeof head) && send_octets(body, length);
}

/* patient: wait without end for the first octet. */
static bool receive_octets(void *octets, uint64_t length, bool patient)
{
    char *at = octets;
    uint64_t left = length;
    while (left) {
        long got = RAW(SYS_recvfrom, ARENA->own_fds[OWN_SOCKET], at, left, 0, 0, 0);
        if (got == -EINTR || (got == -EAGAIN && patient && left == length))
            continue;
        if (got <= 0) {
            lose_connection();
            return false;
        }
        at += got;
        left -= (uint64_t)got;
    }
    return true;
}

/* The next frame's type, its body in SCRATCH_CHANNEL; 0 if the connection is lost. */
static uint32_t receive_frame(bool patient)
{
    uint32_t head[2];
    struct table *body = table(SCRATCH_CHANNEL);
    if (ARENA->own_fds[OWN_SOCKET] < 0 || !receive_octets(head, sizeof head, patient))
        return 0;
    if (head[0] > LONGEST_BODY) {
        lose_connection();
        return 0;
    }
    if (!receive_octets(body->data, head[0], false))
        return 0;
    body->data[head[0]] = 0;
    body->used = head[0];
    return head[1];
}

static bool open_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    copy_octets(address.sun_path, ARENA->socket_path, sizeof address.sun_path);
    long fd = RAW(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct timeval patience = {PATIENCE_SECONDS, 0};
    RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    RAW(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (RAW(SYS_connect, fd, &address, sizeof address) < 0) {
        RAW(SYS_close, fd);
        return false;
    }
    return own_fd_set(OWN_SOCKET, (int)fd);
}

static void describe_cpu(struct hello *hello)
{
    uint32_t a, b, c, d, low, high;
    __cpuid(1, a, b, c, d);
    hello->cpu_words[0] = c;
    hello->cpu_words[1] = d;
    if (c & bit_OSXSAVE) {
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        hello->xcr0 = ((uint64_t)high << 32) | low;
    }
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        hello->cpu_words[2] = b;
        hello->cpu_words[3] = c;
        hello->cpu_words[4] = d;
    }
    if (__get_cpuid_count(0xd, 1, &a, &b, &c, &d))
        hello->cpu_words[5] = a;
}

static uint32_t append_octets(struct table *frame, const void *octets, uint64_t length)
{
    copy_octets(frame->data + frame->used, octets, length);
    frame->used += length;
    return (uint32_t)length;
}

static uint32_t append_file(struct table *frame, const char *path)
{
    long length = read_whole(path);
    return length > 0 ? append_octets(frame, table(SCRATCH_TEXT)->data, (uint64_t)length) : 0;
}

static bool send_hello(uint32_t mode)
{
    static const char unknown[] = "";
    struct table *frame = table(SCRATCH_CHANNEL);
    frame->used = sizeof(struct hello);
    struct hello *hello = (struct hello *)frame->data;
    zero_octets(hello, sizeof *hello);
    hello->version = WIRE_VERSION;
    hello->mode = mode;
    hello->tracking = ARENA->tracking;
    hello->pid = (uint32_t)RAW(SYS_getpid);
    hello->last_number = mode == MODE_AGAIN ? ARENA->last_number : 0;
    hello->start_brk = ARENA->start_brk;
    hello->jacket_text = ARENA->jacket_text;
    copy_octets(hello->vdso_hash, ARENA->vdso_hash, sizeof hello->vdso_hash);
    describe_cpu(hello);
    hello->member_length = append_octets(frame, ARENA->member, text_length(ARENA->member));
    char path[4096];
    long length = RAW(SYS_readlink, "/proc/self/exe", path, sizeof path);
    hello->exe_length = append_octets(frame, length > 0 ? path : unknown, length > 0 ? (uint64_t)length : 0);
    struct utsname system;
    RAW(SYS_uname, &system);
    hello->kernel_length = append_octets(frame, system.release, text_length(system.release));
    hello->arguments_length = append_file(frame, "/proc/self/cmdline");
    hello->environment_length = append_file(frame, "/proc/self/environ");
    length = RAW(SYS_getcwd, path, sizeof path);
    hello->cwd_length = append_octets(frame, length > 0 ? path : unknown, length > 0 ? (uint64_t)length - 1 : 0);
    return send_frame(FRAME_HELLO, frame->data, frame->used);
}

uint32_t conversation_connect(uint32_t mode)
{
    if (!open_socket() || !send_hello(mode))
        return 0;
    return receive_frame(false);
}

/* Whether a frame waits: 1, 0, or -1 for a connection that is dead. */
static int frame_waits(void)
{
    char octet;
    if (ARENA->own_fds[OWN_SOCKET] < 0)
        return -1;
    long got = RAW(SYS_recvfrom, ARENA->own_fds[OWN_SOCKET], &octet, 1, MSG_PEEK | MSG_DONTWAIT, 0, 0);
    return got > 0 ? 1 : got == -EAGAIN || got == -EINTR ? 0 : -1;
}

bool conversation_look(struct prepare *prepare, char *slab_path, uint64_t capacity)
{
    int waits;
    while ((waits = frame_waits()) > 0) {
        if (receive_frame(false) != FRAME_PREPARE || table(SCRATCH_CHANNEL)->used <= sizeof *prepare)
            continue; /* a RESUME that nobody waited for */
        const uint8_t *body = table(SCRATCH_CHANNEL)->data;
        copy_octets(prepare, body, sizeof *prepare);
        struct writer path = write_to(slab_path, capacity);
        write_text(&path, (const char *)body + sizeof *prepare);
        return true;
    }
    if (waits < 0) {
        lose_connection();
        if (conversation_connect(MODE_AGAIN) == FRAME_REFUSED)
            lose_connection();
    }
    return false;
}

bool conversation_progress(uint32_t type, uint64_t slab_length, uint64_t dirty_pages)
{
    struct progress progress = {.number = ARENA->number, .elapsed_ns = clock_ns(1) - ARENA->entered_ns,
                                .slab_length = slab_length, .dirty_pages = dirty_pages, .threads = ARENA->slots};
    return send_frame(type, &progress, sizeof progress);
}

bool conversation_failed(uint32_t code, const char *text)
{
    struct progress progress = {.number = ARENA->number, .elapsed_ns = clock_ns(1) - ARENA->entered_ns,
                                .threads = ARENA->slots, .code = code};
    char body[sizeof progress + FAILURE_TEXT_BYTES];
    uint64_t length = text_length(text);
    if (length > FAILURE_TEXT_BYTES)
        length = FAILURE_TEXT_BYTES;
    copy_octets(body, &progress, sizeof progress);
    copy_octets(body + sizeof progress, text, length);
    return send_frame(FRAME_FAILED, body, sizeof progress + length);
}

bool conversation_wait_resume(uint64_t number)
{
    uint32_t type;
    while ((type = receive_frame(true)) != 0)
        if (type == FRAME_RESUME && *(const uint64_t *)table(SCRATCH_CHANNEL)->data == number)
            return true;
    return false;
}

bool conversation_gone(void)
{
    bool told = send_frame(FRAME_GONE, "", 0);
    lose_connection();
    return told;
}
