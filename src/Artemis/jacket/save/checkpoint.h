/* Taking a checkpoint, inside the signal handler. */
#ifndef CCR_JACKET_CHECKPOINT_H
#define CCR_JACKET_CHECKPOINT_H

#include <stdint.h>

/* What a thread does that was struck by the jacket's signal. interrupted: where the program stood. */
void checkpoint_enter(uint64_t interrupted);

#endif
