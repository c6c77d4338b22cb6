/* Signals that were sent and that nobody has taken yet, with all that they carry. */
#ifndef CCR_JACKET_SIGNALS_H
#define CCR_JACKET_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define SENT_TO_PROCESS 0 /* no thread's id */

/* One of SECTION_SIGNALS, in the order in which the kernel would hand them out. */
struct sent_signal {
    uint32_t thread; /* which it was sent to, or SENT_TO_PROCESS */
    uint32_t number;
    siginfo_t info;
};

/* Forgets what the checkpoint before had; before anybody stands. */
void signals_begin(void);
/* Each thread but the leader, for itself, with all signals blocked. */
void signals_save_own(uint32_t thread);
/* The leader, when all stand: what was sent to it, and to the process. */
void signals_save_of_process(uint32_t leader);
/*
 * When all that was sent is saved, and a timer has been read that does not run: whether its signal has come since, and
 * was missed. It is added then, as the kernel would have sent it.
 */
void signals_add_missed(uint32_t thread, const siginfo_t *info);

/* Each thread sends itself what was sent to it; the main thread also what was sent to the process. */
void signals_restore(uint32_t process, uint32_t thread);

#endif
