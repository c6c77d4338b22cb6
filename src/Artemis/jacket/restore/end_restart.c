/*
 * A restart that cannot go on: says why, to the server and to whoever started it, and ends the process. Half a program
 * must never run.
 */
#include "arena.h"
#include "conversation.h"
#include "end_restart.h"
#include "syscalls.h"
#include "text.h"

void end_restart(const char *text, uint64_t number)
{
    char line[FAILURE_TEXT_BYTES];
    struct writer writer = write_to(line, sizeof line);
    write_text(&writer, "jacket: restart: ");
    write_text(&writer, text);
    if (number) {
        write_text(&writer, " (0x");
        write_number(&writer, number, 16);
        write_text(&writer, ")");
    }
    write_text(&writer, "\n");
    RAW(SYS_write, 2, line, writer.at - line);
    conversation_failed(FAILURE_SYSTEM, line);
    for (;;)
        RAW(SYS_exit_group, 77);
}

void end_restart_file(const char *path, const char *text, long error)
{
    char line[FAILURE_TEXT_BYTES];
    struct writer writer = write_to(line, sizeof line);
    write_text(&writer, path);
    write_text(&writer, text);
    end_restart(line, (uint64_t)(error < 0 ? -error : error));
}
