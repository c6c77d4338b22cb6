/*
 * Options of sockets: without its time limit a restored socket would wait for ever, without TCP_NODELAY a server would
 * answer late. Sizes of buffers are given back only where the program had set them: the kernel tells the double.
 */
#define _GNU_SOURCE
#include "socket_options.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "descriptors.h"
#include "plan.h"
#include "syscalls.h"
#include "text.h"

#define SEND_BUFFER_SET 1u
#define RECEIVE_BUFFER_SET 2u
#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

enum { INDEX_BUFFERS, INDEX_SEND_BUFFER, INDEX_RECEIVE_BUFFER, INDEX_FIRST_PLAIN };

static const struct option {
    int level;
    int name;
} table_of_options[SOCKET_NUMBERS] = {
    {SOL_SOCKET, SO_BUF_LOCK}, {SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_RCVBUF}, {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_BROADCAST}, {SOL_SOCKET, SO_OOBINLINE}, {SOL_SOCKET, SO_DONTROUTE}, {SOL_SOCKET, SO_PASSCRED},
    {SOL_SOCKET, SO_RCVLOWAT}, {SOL_SOCKET, SO_TIMESTAMP}, {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL}, {IPPROTO_TCP, TCP_KEEPCNT}, {IPPROTO_TCP, TCP_DEFER_ACCEPT},
    {IPPROTO_TCP, TCP_USER_TIMEOUT}, {IPPROTO_TCP, TCP_FASTOPEN},
};

static void get(int64_t fd, int level, int name, void *value, uint32_t octets)
{
    RAW(SYS_getsockopt, fd, level, name, value, &octets);
}

static void set(int64_t fd, int level, int name, const void *value, uint32_t octets)
{
    RAW(SYS_setsockopt, fd, level, name, value, octets);
}

void socket_options_save(int64_t fd, struct socket_options *options)
{
    for (int i = 0; i < SOCKET_NUMBERS; i++)
        get(fd, table_of_options[i].level, table_of_options[i].name, &options->numbers[i], sizeof(uint32_t));
    get(fd, SOL_SOCKET, SO_LINGER, options->linger, sizeof options->linger);
    get(fd, SOL_SOCKET, SO_RCVTIMEO, options->receive_limit, sizeof options->receive_limit);
    get(fd, SOL_SOCKET, SO_SNDTIMEO, options->send_limit, sizeof options->send_limit);
}

static void give_buffer(int64_t fd, int name, uint32_t doubled)
{
    uint32_t octets = doubled / 2;
    set(fd, SOL_SOCKET, name, &octets, sizeof octets);
}

static void give(int64_t fd, const struct socket_options *options)
{
    if (options->numbers[INDEX_BUFFERS] & SEND_BUFFER_SET)
        give_buffer(fd, SO_SNDBUF, options->numbers[INDEX_SEND_BUFFER]);
    if (options->numbers[INDEX_BUFFERS] & RECEIVE_BUFFER_SET)
        give_buffer(fd, SO_RCVBUF, options->numbers[INDEX_RECEIVE_BUFFER]);
    for (int i = INDEX_FIRST_PLAIN; i < SOCKET_NUMBERS; i++) {
        uint32_t now = 0;
        get(fd, table_of_options[i].level, table_of_options[i].name, &now, sizeof now);
        if (now != options->numbers[i])
            set(fd, table_of_options[i].level, table_of_options[i].name, &options->numbers[i], sizeof now);
    }
    set(fd, SOL_SOCKET, SO_LINGER, options->linger, sizeof options->linger);
    set(fd, SOL_SOCKET, SO_RCVTIMEO, options->receive_limit, sizeof options->receive_limit);
    set(fd, SOL_SOCKET, SO_SNDTIMEO, options->send_limit, sizeof options->send_limit);
}

void socket_options_restore(void)
{
    const struct descriptor *all = PLAN_AT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < PLAN_COUNT(SECTION_DESCRIPTORS, struct descriptor); i++)
        if (all[i].socket_type && all[i].same_as < 0)
            give(all[i].fd, &all[i].options);
}
