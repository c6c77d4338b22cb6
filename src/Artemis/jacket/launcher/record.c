/*
 * The launch record: what a restart needs to start the program the same way. docs/CHECKPOINT-FORMAT.md has the layout
 * to the octet. Strings are counted, since an empty argument is an argument.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "CCRLNCH1";

struct record_head {
    char magic[8];
    uint32_t arguments_count;
    uint32_t environment_count;
    uint32_t limits_count;
    uint32_t reserved;
};

struct record_limit {
    uint64_t soft;
    uint64_t hard;
};

enum { STRING_OCTETS_MAX = 1 << 24, STRINGS_MAX = 1 << 20 };

void note_limits(struct launch *launch)
{
    launch->limits_count = RLIM_NLIMITS;
    for (uint32_t i = 0; i < launch->limits_count; i++)
        getrlimit((__rlimit_resource_t)i, &launch->limits[i]);
}

/* The stack's limit decides where the kernel puts libraries; the others decide what the program may do. */
void set_limits(const struct launch *launch)
{
    for (uint32_t i = 0; i < launch->limits_count; i++) {
        struct rlimit wanted = launch->limits[i], now;
        if (setrlimit((__rlimit_resource_t)i, &wanted) == 0 || getrlimit((__rlimit_resource_t)i, &now) != 0)
            continue;
        wanted.rlim_max = now.rlim_max;
        if (wanted.rlim_cur > wanted.rlim_max)
            wanted.rlim_cur = wanted.rlim_max;
        setrlimit((__rlimit_resource_t)i, &wanted);
        if (i == RLIMIT_STACK && wanted.rlim_cur != launch->limits[i].rlim_cur)
            fail(EXIT_KERNEL, "the limit of the stack was higher when the program was started (ulimit -s): raise it.");
    }
}

static void put_string(FILE *file, const char *text)
{
    uint32_t length = (uint32_t)strlen(text);
    fwrite(&length, sizeof length, 1, file);
    fwrite(text, 1, length, file);
}

static void put_strings(FILE *file, char *const *strings)
{
    for (; *strings; strings++)
        put_string(file, *strings);
}

void write_record(const char *path, const struct launch *launch)
{
    struct record_head head = {
        .arguments_count = (uint32_t)count_of(launch->argv),
        .environment_count = (uint32_t)count_of(launch->environment), .limits_count = launch->limits_count,
    };
    memcpy(head.magic, magic, sizeof magic);
    char *draft = join(path, ".new", "");
    FILE *file = fopen(draft, "we");
    if (!file)
        fail(EXIT_RECORD, "the launch record %s cannot be written: %s.", draft, strerror(errno));
    fchmod(fileno(file), 0600); /* the environment may hold secrets */
    fwrite(&head, sizeof head, 1, file);
    for (uint32_t i = 0; i < launch->limits_count; i++) {
        struct record_limit limit = {launch->limits[i].rlim_cur, launch->limits[i].rlim_max};
        fwrite(&limit, sizeof limit, 1, file);
    }
    put_string(file, launch->exe);
    put_string(file, launch->cwd);
    put_strings(file, launch->argv);
    put_strings(file, launch->environment);
    int failed = ferror(file) || fflush(file) || fsync(fileno(file));
    if (fclose(file) || failed || rename(draft, path))
        fail(EXIT_RECORD, "the launch record %s cannot be written: %s.", path, strerror(errno));
    free(draft);
}

static void get(FILE *file, void *to, size_t octets, const char *path)
{
    if (octets && fread(to, octets, 1, file) != 1)
        fail(EXIT_RECORD, "the launch record %s ends too early.", path);
}

static char *get_string(FILE *file, const char *path)
{
    uint32_t length;
    get(file, &length, sizeof length, path);
    if (length > STRING_OCTETS_MAX)
        fail(EXIT_RECORD, "the launch record %s is damaged: a string of %u octets.", path, length);
    char *text = allocate((size_t)length + 1);
    get(file, text, length, path);
    if (strlen(text) != length)
        fail(EXIT_RECORD, "the launch record %s is damaged: a string holds a NUL.", path);
    return text;
}

static char **get_strings(FILE *file, uint32_t count, const char *path)
{
    char **strings = allocate(((size_t)count + 1) * sizeof *strings);
    for (uint32_t i = 0; i < count; i++)
        strings[i] = get_string(file, path);
    return strings;
}

void read_record(const char *path, struct launch *launch)
{
    struct record_head head;
    FILE *file = fopen(path, "re");
    if (!file)
        fail(EXIT_RECORD, "the launch record %s cannot be read: %s.", path, strerror(errno));
    get(file, &head, sizeof head, path);
    if (memcmp(head.magic, magic, sizeof magic) || head.limits_count > RLIM_NLIMITS || !head.arguments_count
        || head.arguments_count > STRINGS_MAX || head.environment_count > STRINGS_MAX)
        fail(EXIT_RECORD, "%s is no launch record.", path);
    launch->limits_count = head.limits_count;
    for (uint32_t i = 0; i < head.limits_count; i++) {
        struct record_limit limit;
        get(file, &limit, sizeof limit, path);
        launch->limits[i] = (struct rlimit){limit.soft, limit.hard};
    }
    launch->exe = get_string(file, path);
    launch->cwd = get_string(file, path);
    launch->argv = get_strings(file, head.arguments_count, path);
    launch->environment = get_strings(file, head.environment_count, path);
    if (fgetc(file) != EOF)
        fail(EXIT_RECORD, "the launch record %s is damaged: something follows its end.", path);
    fclose(file);
}
