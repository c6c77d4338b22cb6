/* The rights that a restart needs, and that the program must not have. */
#ifndef CCR_JACKET_CAPABILITIES_H
#define CCR_JACKET_CAPABILITIES_H

/* Drops, for the calling thread, what jacket-run has handed down as ambient capabilities. */
void capabilities_drop(void);

#endif
