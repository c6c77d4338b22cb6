#include "restore.h"
#include "arena.h"
void restore(void) { end_restart("not yet", 0); }
__attribute__((naked)) void signal_return(void) { __asm__("mov $15, %eax\n syscall"); }
