/* Pipes, sockets, and what is watched, in a restart. */
#ifndef CCR_JACKET_RESTORE_CHANNELS_H
#define CCR_JACKET_RESTORE_CHANNELS_H

#include <stdint.h>
#include "descriptors.h"

/* Moves a descriptor out of the way of the program's numbers. */
long put_aside(long fd);
/* Gives what was made its number and its flags; made < 0 ends the restart. */
void place_descriptor(long made, const struct descriptor *descriptor);

long make_lost_pipe(const struct descriptor *descriptor);
long make_lost_socket(const struct descriptor *descriptor);
long make_socket(const struct descriptor *descriptor);
/* All ends of the pipe that begins at this index; the index behind them. */
uint64_t restore_pipe(uint64_t index);
void restore_pair(const struct descriptor *descriptor);
/* What epoll and inotify watch. */
void restore_watches(void);

#endif
