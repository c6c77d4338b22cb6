#include "descriptors.h"
bool descriptors_save(void) { return true; }
bool captures_save(void) { return true; }
