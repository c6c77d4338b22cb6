/* Octets, strings and numbers without the C library. */
#ifndef CCR_JACKET_TEXT_H
#define CCR_JACKET_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void copy_octets(void *to, const void *from, size_t length);
void zero_octets(void *to, size_t length);
bool same_octets(const void *left, const void *right, size_t length);

size_t text_length(const char *text);
bool text_equal(const char *left, const char *right);
bool text_starts(const char *text, const char *start);
bool text_ends(const char *text, const char *end);
/* The first occurrence of part in text, or 0. */
const char *text_find(const char *text, const char *part);

/* Numbers: read digits of the base from *at, and leave *at behind them. */
uint64_t read_number(const char **at, unsigned base);
void skip_spaces(const char **at);
/* The number that follows the name in a text of "name:  value" lines; absent: 0, and *found false if found is given. */
uint64_t read_field(const char *text, const char *name, unsigned base, bool *found);

/* Writes into a buffer of fixed size; what does not fit is cut, the end is always NUL. */
struct writer {
    char *at;
    char *end;
};
struct writer write_to(char *buffer, size_t capacity);
void write_text(struct writer *writer, const char *text);
void write_number(struct writer *writer, uint64_t value, unsigned base);

/* "/proc/self/fd/" and the like: prefix, number, suffix. */
void numbered_path(char *buffer, size_t capacity, const char *prefix, uint64_t number, const char *suffix);

/* Sorts count elements of the size given (a multiple of 8) by the u64 keys at their front: first, then second. */
void sort_by_keys(void *elements, size_t count, size_t size, unsigned keys);

#endif
