#include "descriptors.h"
#include "restore_steps.h"
bool descriptors_save(void) { return true; }
bool captures_save(void) { return true; }
void restore_descriptors(const struct process_state *state) { (void)state; }
