/* A jacket on a kernel that shows nothing of which pages were written: see older.h. Every page is saved each time. */
#ifndef CCR_ARTEMIS_OLDEST_H
#define CCR_ARTEMIS_OLDEST_H

#define CCR_HAS_SOFT_DIRTY 0
#include "older.h"

#endif
