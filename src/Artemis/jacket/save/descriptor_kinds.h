/* What each kind of descriptor needs to be told of when it is saved. */
#ifndef CCR_JACKET_DESCRIPTOR_KINDS_H
#define CCR_JACKET_DESCRIPTOR_KINDS_H

#include "descriptors.h"

const char *descriptor_info(int fd);
/* Sets the type and what goes with it; fails in words for what cannot be saved. link: what /proc/self/fd shows. */
bool descriptor_classify(struct descriptor *descriptor, const char *link, const char *info);
/* Looks at all descriptors of one file together: the ends of a pipe. */
bool descriptor_group(struct descriptor *first, uint64_t count);
bool locks_save(const struct descriptor *descriptor, const char *info);
bool epoll_save(const struct descriptor *descriptor, const char *info);
bool inotify_save(const struct descriptor *descriptor, const char *info);
/* Finds the paths of what inotify watches among what the program has open. */
bool watches_resolve(void);
bool socket_save(struct descriptor *descriptor);
bool pipe_save(struct descriptor *descriptor);
bool pair_save(struct descriptor *descriptor);
/* Which sockets are the two ends of one connection within the program. */
bool pairs_resolve(void);

#endif
