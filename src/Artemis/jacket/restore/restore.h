/* A restart: the process that the constructor found becomes the one of the checkpoint. */
#ifndef CCR_JACKET_RESTORE_H
#define CCR_JACKET_RESTORE_H

/* Connects, is given a plan, and does not return. */
__attribute__((noreturn)) void restore(void);

/* rt_sigreturn: where a handler returns to. */
void signal_return(void);

#endif
