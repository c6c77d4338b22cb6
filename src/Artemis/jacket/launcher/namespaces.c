/*
 * The program's own namespaces. Pid: after a restart it has the process id and thread ids of before, which locks and
 * programs remember. Mount: a /proc that shows those ids. Time, at a restart only: its monotonic clock goes on where
 * it was. User: gives an ordinary user the right to make the others; ids are mapped to themselves.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

enum { NANOSECONDS = 1000000000 };

/* True where the program is an ordinary user's: then it needs a capability kept to set thread ids. */
static int in_user_namespace;

static void write_text(const char *path, const char *text)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text))
        fail(EXIT_KERNEL, "%s cannot be written in the new namespace: %s.", path, strerror(errno));
    close(file);
}

static void map_ids(uid_t uid, gid_t gid)
{
    char text[64];
    write_text("/proc/self/setgroups", "deny");
    snprintf(text, sizeof text, "%u %u 1", uid, uid);
    write_text("/proc/self/uid_map", text);
    snprintf(text, sizeof text, "%u %u 1", gid, gid);
    write_text("/proc/self/gid_map", text);
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

/* The offset that a clock of this namespace already has: offsets are counted from the machine's own clock. */
static int64_t present_offset_ns(const char *clock)
{
    char name[32];
    long long seconds, nanoseconds;
    int64_t offset = 0;
    FILE *file = fopen("/proc/self/timens_offsets", "re");
    while (file && fscanf(file, "%31s %lld %lld", name, &seconds, &nanoseconds) == 3)
        if (!strcmp(name, clock))
            offset = (int64_t)seconds * NANOSECONDS + nanoseconds;
    if (file)
        fclose(file);
    return offset;
}

static void put_offset(char *text, size_t room, const char *clock, int64_t offset_ns)
{
    int64_t seconds = offset_ns / NANOSECONDS, rest = offset_ns % NANOSECONDS;
    if (rest < 0) {
        seconds--;
        rest += NANOSECONDS;
    }
    snprintf(text, room, "%s %lld %lld\n", clock, (long long)seconds, (long long)rest);
}

/* The boot-time clock moves with the monotonic one unless it was told its own value. */
static void shift_clocks(const struct options *options)
{
    char text[128], line[64];
    int64_t shift_ns = options->has_monotonic ? options->monotonic_ns - clock_ns(CLOCK_MONOTONIC) : 0;
    int64_t boot_shift_ns = options->has_boottime ? options->boottime_ns - clock_ns(CLOCK_BOOTTIME) : shift_ns;
    put_offset(text, sizeof text, "monotonic", present_offset_ns("monotonic") + shift_ns);
    put_offset(line, sizeof line, "boottime", present_offset_ns("boottime") + boot_shift_ns);
    strcat(text, line);
    write_text("/proc/self/timens_offsets", text);
}

void enter_namespaces(const struct options *options)
{
    int time = options->has_monotonic || options->has_boottime ? CLONE_NEWTIME : 0;
    int wanted = CLONE_NEWPID | CLONE_NEWNS | time;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(wanted) != 0) {
        if (errno != EPERM)
            fail(EXIT_KERNEL, "the kernel makes no pid, mount and time namespaces: %s.", strerror(errno));
        if (unshare(CLONE_NEWUSER | wanted) != 0)
            fail(EXIT_KERNEL, "an ordinary user gets no user namespace here (%s): look at user.max_user_namespaces, "
                 "kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns.", strerror(errno));
        map_ids(uid, gid);
        in_user_namespace = 1;
    }
    if (time)
        shift_clocks(options);
    /* Mounts of outside still come in, ours do not go out. */
    if (mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        fail(EXIT_KERNEL, "the mount namespace cannot be set apart: %s.", strerror(errno));
}

/* Where a container hides parts of its /proc this is forbidden; then ids there are the machine's, and we go on. */
void mount_proc(void)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0 && errno != EPERM)
        warn("no fresh /proc: %s.", strerror(errno));
}

/*
 * At a restart the jacket makes threads with their old ids. The right to do so would be lost by exec; as an ambient
 * capability it lasts, valid in this namespace only, until the jacket drops it. Root has it anyway.
 */
void keep_thread_ids(void)
{
    if (!in_user_namespace)
        return;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0)
        fail(EXIT_KERNEL, "capabilities cannot be read: %s.", strerror(errno));
    data[CAP_CHECKPOINT_RESTORE / 32].inheritable |= 1u << CAP_CHECKPOINT_RESTORE % 32;
    if (syscall(SYS_capset, &header, data) != 0
        || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHECKPOINT_RESTORE, 0, 0) != 0)
        fail(EXIT_KERNEL, "the right to set thread ids cannot be kept: %s.", strerror(errno));
}
