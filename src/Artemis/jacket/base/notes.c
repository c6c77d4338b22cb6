/*
 * What hooks have seen the program use that a checkpoint cannot save. A process that has asked for one is noted, so
 * that the checkpoint is refused in words.
 */
#include "notes.h"

static const char *noted;

const char *hooks_unsupported(void)
{
    return noted;
}

void hooks_note(const char *why)
{
    noted = why;
}
