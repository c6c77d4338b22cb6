/*
 * What the hooks may ask of the jacket. The hooks are the few functions of the C library that the jacket puts itself in
 * front of; everything else it reads from the kernel when a checkpoint is taken.
 * All of these may be called at any time, from any thread and from signal handlers, also when the jacket is off.
 */
#ifndef CCR_JACKET_HOOKS_H
#define CCR_JACKET_HOOKS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Changes whenever the jacket's signal was handled and after each restart: an EINTR between two values is ours. */
uint64_t jacket_generation(void);

/* Whether this process has a jacket that works: connected once, not a child of fork, not refused. */
bool jacket_is_on(void);

/* Whether this descriptor is the jacket's: the program must neither close, copy over nor inherit it. */
bool jacket_owns_fd(int fd);

/* In the child, directly after fork: gives up slab, descriptors and connection. From then on the jacket is off. */
void jacket_in_child(void);

/* Blocks or frees JACKET_SIGNAL in this thread: SIG_BLOCK, SIG_UNBLOCK. */
void mask_own_signal(int how);

/* Before exec: tells the server that another program follows under the same process id. */
void jacket_before_exec(void);

/* An exec that was announced has failed: the connection is made again. errno is not touched. */
void jacket_exec_failed(void);

/* The handler of JACKET_SIGNAL. It is what sigaction really holds for that signal. */
void jacket_handler(int signal, siginfo_t *info, void *context);

#endif
