/*
 * jacket-run run     --socket PATH --member NAME --library PATH [--launch FILE] -- COMMAND ARGS
 * jacket-run restart --socket PATH --member NAME --library PATH --launch FILE [--monotonic-ns N] [--boottime-ns N]
 *
 * run: resolves COMMAND, refuses in words what the jacket cannot support, writes the launch record, and starts the
 * program under the jacket. restart: starts the recorded program the same way, told to the jacket as a restart.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char usage[] =
    "use: jacket-run run --socket PATH --member NAME --library PATH [--launch FILE] -- COMMAND ARGS\n"
    "  or: jacket-run restart --socket PATH --member NAME --library PATH --launch FILE"
    " [--monotonic-ns N] [--boottime-ns N]";

static int64_t number_of(const char *name, const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end || number < 0)
        fail(EXIT_USAGE, "%s takes nanoseconds, not '%s'.", name, text);
    return number;
}

static void take_option(struct options *options, const char *name, char *value)
{
    if (!strcmp(name, "--socket"))
        options->socket = value;
    else if (!strcmp(name, "--member"))
        options->member = value;
    else if (!strcmp(name, "--library"))
        options->library = value;
    else if (!strcmp(name, "--launch"))
        options->launch_file = value;
    else if (!strcmp(name, "--monotonic-ns")) {
        options->monotonic_ns = number_of(name, value);
        options->has_monotonic = 1;
    } else if (!strcmp(name, "--boottime-ns")) {
        options->boottime_ns = number_of(name, value);
        options->has_boottime = 1;
    } else
        fail(EXIT_USAGE, "'%s' is no option. %s", name, usage);
}

static void parse(char **arguments, struct options *options)
{
    if (!*arguments || (strcmp(*arguments, "run") && strcmp(*arguments, "restart")))
        fail(EXIT_USAGE, "%s", usage);
    options->restart = !strcmp(*arguments++, "restart");
    while (*arguments && strcmp(*arguments, "--")) {
        if (!arguments[1])
            fail(EXIT_USAGE, "%s needs a value. %s", *arguments, usage);
        take_option(options, arguments[0], arguments[1]);
        arguments += 2;
    }
    if (*arguments)
        options->command = arguments + 1;
    if (!options->socket || !options->member || !options->library)
        fail(EXIT_USAGE, "--socket, --member and --library are needed. %s", usage);
    if (options->restart && (!options->launch_file || options->command))
        fail(EXIT_USAGE, "restart takes its command from --launch FILE. %s", usage);
    if (!options->restart && (!options->command || !*options->command))
        fail(EXIT_USAGE, "no COMMAND. %s", usage);
    if (!options->restart && (options->has_monotonic || options->has_boottime))
        fail(EXIT_USAGE, "clocks are set at a restart only. %s", usage);
}

static void prepare_run(const struct options *options, struct launch *launch)
{
    launch->cwd = getcwd(NULL, 0);
    if (!launch->cwd)
        fail(EXIT_SYSTEM, "the current folder has no path: %s.", strerror(errno));
    resolve_command(options->command, launch);
    note_limits(launch);
    launch->environment = jacket_environment(environ, options);
}

static void prepare_restart(const struct options *options, struct launch *launch)
{
    read_record(options->launch_file, launch);
    launch->environment = jacket_environment(launch->environment, options);
    set_limits(launch);
    /* The jacket goes back to the folder that the program stood in; here a relative name must only mean the same. */
    if (chdir(launch->cwd) != 0)
        warn("the folder %s cannot be entered: %s.", launch->cwd, strerror(errno));
}

int main(int count, char **arguments)
{
    (void)count;
    struct options options = {0};
    struct launch launch = {0};
    parse(arguments + 1, &options);
    check_library(options.library);
    if (options.restart)
        prepare_restart(&options, &launch);
    else
        prepare_run(&options, &launch);
    refuse_unsupported(launch.exe);
    probe_kernel(launch.environment);
    if (!options.restart && options.launch_file)
        write_record(options.launch_file, &launch);
    fix_addresses();
    enter_namespaces(&options);
    return supervise(&launch);
}
