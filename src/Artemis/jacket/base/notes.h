/* What hooks have noted and the jacket cannot read from the kernel. May be called in the jacket's handler. */
#ifndef CCR_JACKET_NOTES_H
#define CCR_JACKET_NOTES_H

/* Why this process cannot be saved, or NULL. */
const char *hooks_unsupported(void);

/* Notes why; the words last as long as the program. */
void hooks_note(const char *why);

#endif
