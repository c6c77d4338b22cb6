/*
 * Connected UNIX sockets. The kernel's socket diagnosis tells the inode of the other end; if that is a descriptor of
 * this program too, both come back connected to each other, with what was on its way between them.
 */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/rtnetlink.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "arena.h"
#include "descriptor_kinds.h"
#include "syscalls.h"
#include "text.h"

struct question {
    struct nlmsghdr head;
    struct unix_diag_req request;
};

/* The inode of the socket at the other end, or 0. */
static uint32_t ask_peer(long netlink, uint32_t inode)
{
    struct question question = {
        .head = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .request = {.sdiag_family = AF_UNIX, .udiag_states = ~0u, .udiag_ino = inode,
                    .udiag_show = UDIAG_SHOW_PEER, .udiag_cookie = {~0u, ~0u}}};
    uint8_t answer[1024] __attribute__((aligned(8)));
    if (RAW(SYS_sendto, netlink, &question, sizeof question, 0, 0, 0) < 0)
        return 0;
    long length = RAW(SYS_recvfrom, netlink, answer, sizeof answer, 0, 0, 0);
    const struct nlmsghdr *head = (const struct nlmsghdr *)answer;
    if (length < (long)(sizeof *head + sizeof(struct unix_diag_msg)) || head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return 0;
    long at = NLMSG_LENGTH(sizeof(struct unix_diag_msg));
    while (at + (long)sizeof(struct rtattr) <= length) {
        const struct rtattr *attribute = (const struct rtattr *)(answer + at);
        if (attribute->rta_len < sizeof *attribute)
            break;
        if (attribute->rta_type == UNIX_DIAG_PEER)
            return *(const uint32_t *)RTA_DATA(attribute);
        at += RTA_ALIGN(attribute->rta_len);
    }
    return 0;
}

/* What waits to be read, without taking it. */
static bool copy_waiting(struct descriptor *descriptor)
{
    int waiting = 0;
    if (RAW(SYS_ioctl, descriptor->fd, FIONREAD, &waiting) < 0 || waiting <= 0)
        return true;
    descriptor->channel = table(SECTION_CHANNELS)->used;
    uint8_t *content = table_add(SECTION_CHANNELS, ((uint64_t)waiting + 7) & ~7ull);
    if (!content)
        return false;
    long got = RAW(SYS_recvfrom, descriptor->fd, content, waiting, MSG_PEEK | MSG_DONTWAIT, 0, 0);
    if (got != waiting)
        return fail_number(FAILURE_SYSTEM, "What waits in socket ", descriptor->fd, " could not be copied whole.");
    descriptor->channel_length = (uint64_t)got;
    return true;
}

bool pair_save(struct descriptor *descriptor)
{
    descriptor->type = DESCRIPTOR_LOST_SOCKET; /* until the other end is found here */
    long netlink = RAW(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (netlink >= 0) {
        struct kernel_timespec patience = {1, 0};
        RAW(SYS_setsockopt, netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        descriptor->values[0] = ask_peer(netlink, (uint32_t)descriptor->inode);
        RAW(SYS_close, netlink);
    }
    return copy_waiting(descriptor);
}

/* All descriptors are sorted by device and inode. */
static struct descriptor *find_inode(uint64_t device, uint64_t inode)
{
    struct descriptor *all = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    uint64_t low = 0, high = TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor), count = high;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        bool less = all[middle].device < device || (all[middle].device == device && all[middle].inode < inode);
        if (less)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && all[low].device == device && all[low].inode == inode ? &all[low] : 0;
}

bool pairs_resolve(void)
{
    struct descriptor *all = TABLE_AT(SECTION_DESCRIPTORS, struct descriptor);
    for (uint64_t i = 0; i < TABLE_COUNT_OF(SECTION_DESCRIPTORS, struct descriptor); i++) {
        if (all[i].type != DESCRIPTOR_LOST_SOCKET || !all[i].values[0] || all[i].same_as >= 0)
            continue;
        const struct descriptor *peer = find_inode(all[i].device, all[i].values[0]);
        if (!peer)
            continue;
        all[i].type = DESCRIPTOR_PAIR;
        all[i].peer = (int32_t)peer->fd;
    }
    return true;
}
