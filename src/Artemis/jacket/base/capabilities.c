/*
 * jacket-run hands CAP_CHECKPOINT_RESTORE down to a program of an ordinary user as an ambient capability, inside its
 * own user namespace, so that a restart can give threads their old ids. Nobody else has ambient capabilities as a rule:
 * what is ambient is taken from every set. Root keeps what root has.
 */
#define _GNU_SOURCE
#include "capabilities.h"
#include <linux/capability.h>
#include <sys/prctl.h>
#include "syscalls.h"

void capabilities_drop(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    uint32_t ambient[2] = {0, 0};
    for (unsigned cap = 0; cap < 64; cap++) {
        long set = RAW(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0);
        if (set < 0)
            break; /* the kernel knows no more */
        if (set)
            ambient[cap / 32] |= 1u << (cap % 32);
    }
    if (!ambient[0] && !ambient[1])
        return;
    RAW(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (RAW(SYS_geteuid) == 0 || RAW(SYS_capget, &head, data) < 0)
        return;
    for (unsigned word = 0; word < 2; word++) {
        data[word].effective &= ~ambient[word];
        data[word].permitted &= ~ambient[word];
        data[word].inheritable &= ~ambient[word];
    }
    RAW(SYS_capset, &head, data);
}
