/* The jacket's side of the conversation of wire.h. */
#ifndef CCR_JACKET_CONVERSATION_H
#define CCR_JACKET_CONVERSATION_H

#include <stdbool.h>
#include "wire.h"

/* Connects to ARENA->socket_path, says HELLO, and waits for the answer: its frame type, body in SCRATCH_CHANNEL. */
uint32_t conversation_connect(uint32_t mode);
/*
 * Looks, without waiting, whether a PREPARE has come. The path of the slab then stands in slab_path. A dead connection
 * is made again, and then there is no PREPARE.
 */
bool conversation_look(struct prepare *prepare, char *slab_path, uint64_t capacity);
bool conversation_progress(uint32_t type, uint64_t slab_length, uint64_t dirty_pages);
bool conversation_failed(uint32_t code, const char *text);
/* Waits for RESUME; the socket's end is one too. Whether the server is still there. */
bool conversation_wait_resume(uint64_t number);
bool conversation_gone(void);

#endif
