/* A restart that cannot go on. */
#ifndef CCR_JACKET_END_RESTART_H
#define CCR_JACKET_END_RESTART_H

#include <stdint.h>

/* A restart that cannot go on: says why on standard error and to the server, and ends the process. */
__attribute__((noreturn)) void end_restart(const char *text, uint64_t number);
/* The same, about a file: its name, then what is wrong with it, then an error number if there is one. */
__attribute__((noreturn)) void end_restart_file(const char *path, const char *text, long error);

#endif
