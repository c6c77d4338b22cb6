/*
 * jacket-run: starts a program under the jacket, and starts it again for a restart. What its files share.
 * docs/CHECKPOINT-FORMAT.md tells the launch record, docs/ARTEMIS.md where the launcher stands.
 */
#ifndef CCR_JACKET_LAUNCHER_H
#define CCR_JACKET_LAUNCHER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/* What jacket-run ends with when the program was not started; else it ends as the program did (128+n: by signal n). */
enum launcher_exit {
    EXIT_USAGE = 64,   /* the command line is wrong */
    EXIT_REFUSED = 65, /* this program cannot be supported */
    EXIT_MISSING = 66, /* the program is not there or may not be read */
    EXIT_KERNEL = 69,  /* this machine lacks or forbids something that is needed */
    EXIT_SYSTEM = 71,  /* a system call failed */
    EXIT_RECORD = 74,  /* the launch record cannot be read or written */
};

/* The program's process id, always the same: its own pid namespace has no other there. */
#define PROGRAM_PID 1000

/* What is needed to start the program the same way again: the content of a launch record. */
struct launch {
    char *exe;
    char *cwd;
    char **argv;
    char **environment;
    struct rlimit limits[RLIM_NLIMITS];
    uint32_t limits_count;
};

struct options {
    int restart;
    const char *socket;
    const char *member;
    const char *library;
    const char *launch_file;
    int has_monotonic;
    int has_boottime;
    int64_t monotonic_ns; /* what the clock shall show when the program begins */
    int64_t boottime_ns;
    char **command;
};

/* main.c: a sentence on standard error, and the end. */
void fail(int status, const char *format, ...) __attribute__((noreturn, format(printf, 2, 3)));
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *allocate(size_t octets);
char *join(const char *first, const char *second, const char *third);
size_t count_of(char *const *strings);

/* command.c: the file that the kernel would execute, and with which arguments. */
void resolve_command(char **command, struct launch *launch);

/* refusals.c: ends in words when the program cannot be supported. */
void refuse_unsupported(const char *exe);
/* elf.c: the part of it that lies in the file's own headers. */
void refuse_by_headers(int file, const char *exe);

/* kernel.c: what the machine must offer, found out by trying. */
void probe_kernel(char *const *environment);
void fix_addresses(void);

/* environment.c */
char **jacket_environment(char *const *users, const struct options *options);
void check_library(const char *library);

/* record.c */
void write_record(const char *path, const struct launch *launch);
void read_record(const char *path, struct launch *launch);
void note_limits(struct launch *launch);
void set_limits(const struct launch *launch);

/* namespaces.c */
void enter_namespaces(const struct options *options);
void mount_proc(void);
void keep_thread_ids(void);

/* supervise.c: the outer process; init.c: process 1 of the namespace. */
int supervise(const struct launch *launch);
void run_init(const struct launch *launch, int channel, const void *users_mask) __attribute__((noreturn));

/* What both say to each other, one packet each. */
enum notice_kind { NOTICE_SIGNAL = 1, NOTICE_ENDED = 2 };

struct notice {
    int32_t kind;
    int32_t signal; /* SIGNAL: which; ENDED: the status to end with */
    int32_t code;   /* SIGNAL: si_code */
    int32_t reserved;
    int64_t value;  /* SIGNAL: of sigqueue */
};

#endif
