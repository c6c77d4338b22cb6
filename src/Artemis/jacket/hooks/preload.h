/* The jacket's own environment variables: taken out of the program's sight, and given to what it executes itself. */
#ifndef CCR_JACKET_PRELOAD_H
#define CCR_JACKET_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How much room an environment needs with the jacket's variables; 0 if it gets none, because there is no jacket here:
 * never was one, it was refused, or this is a child.
 */
size_t jacket_environment_octets(char *const *programs);

/* Fills that room: the answer is the new environment. */
char **jacket_environment_in(void *room, char *const *programs);

#endif
