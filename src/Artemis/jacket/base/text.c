/*
 * Octets, strings and numbers without the C library: the jacket works where its locks may be held and where its pages
 * are not mapped. The compiler may call memcpy and its relatives by itself, so these names stand here as well, hidden.
 */
#include "text.h"

void copy_octets(void *to, const void *from, size_t length)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
}

void zero_octets(void *to, size_t length)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(0) : "memory");
}

void *memcpy(void *to, const void *from, size_t length)
{
    copy_octets(to, from, length);
    return to;
}

void *memset(void *to, int octet, size_t length)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(length) : "a"(octet) : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    if ((uintptr_t)to - (uintptr_t)from >= length) {
        copy_octets(to, from, length);
        return to;
    }
    for (size_t i = length; i-- > 0;)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const unsigned char *a = left, *b = right;
    for (size_t i = 0; i < length; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

bool same_octets(const void *left, const void *right, size_t length)
{
    return memcmp(left, right, length) == 0;
}

size_t text_length(const char *text)
{
    size_t length = 0;
    while (*(const volatile char *)(text + length))
        length++;
    return length;
}

bool text_equal(const char *left, const char *right)
{
    while (*left && *left == *right)
        left++, right++;
    return *left == *right;
}

bool text_starts(const char *text, const char *start)
{
    while (*start)
        if (*text++ != *start++)
            return false;
    return true;
}

bool text_ends(const char *text, const char *end)
{
    size_t length = text_length(text), tail = text_length(end);
    return length >= tail && text_equal(text + length - tail, end);
}

const char *text_find(const char *text, const char *part)
{
    for (; *text; text++)
        if (text_starts(text, part))
            return text;
    return 0;
}

static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return 99;
}

uint64_t read_number(const char **at, unsigned base)
{
    uint64_t value = 0;
    for (; digit(**at) < base; (*at)++)
        value = value * base + digit(**at);
    return value;
}

void skip_spaces(const char **at)
{
    while (**at == ' ' || **at == '\t')
        (*at)++;
}

uint64_t read_field(const char *text, const char *name, unsigned base, bool *found)
{
    const char *at = text_find(text, name);
    if (found)
        *found = at != 0;
    if (!at)
        return 0;
    at += text_length(name);
    skip_spaces(&at);
    return read_number(&at, base);
}

struct writer write_to(char *buffer, size_t capacity)
{
    *buffer = 0;
    return (struct writer){buffer, buffer + capacity - 1};
}

void write_text(struct writer *writer, const char *text)
{
    while (*text && writer->at < writer->end)
        *writer->at++ = *text++;
    *writer->at = 0;
}

void write_number(struct writer *writer, uint64_t value, unsigned base)
{
    char digits[24];
    char *at = digits + sizeof digits - 1;
    *at = 0;
    do {
        unsigned next = (unsigned)(value % base);
        *--at = (char)(next < 10 ? '0' + next : 'a' + next - 10);
        value /= base;
    } while (value);
    write_text(writer, at);
}

void numbered_path(char *buffer, size_t capacity, const char *prefix, uint64_t number, const char *suffix)
{
    struct writer writer = write_to(buffer, capacity);
    write_text(&writer, prefix);
    write_number(&writer, number, 10);
    write_text(&writer, suffix);
}

static bool key_less(const uint64_t *left, const uint64_t *right, unsigned keys)
{
    for (unsigned k = 0; k < keys; k++)
        if (left[k] != right[k])
            return left[k] < right[k];
    return false;
}

static void swap_elements(uint64_t *left, uint64_t *right, size_t words)
{
    for (size_t w = 0; w < words; w++) {
        uint64_t kept = left[w];
        left[w] = right[w];
        right[w] = kept;
    }
}

/* Heapsort: no recursion, no scratch memory. */
void sort_by_keys(void *elements, size_t count, size_t size, unsigned keys)
{
    uint64_t *base = elements;
    size_t words = size / 8, start = count / 2, end = count;
    while (end > 1) {
        if (start > 0) {
            start--;
        } else {
            end--;
            swap_elements(base, base + end * words, words);
        }
        size_t root = start, child;
        while ((child = 2 * root + 1) < end) {
            if (child + 1 < end && key_less(base + child * words, base + (child + 1) * words, keys))
                child++;
            if (!key_less(base + root * words, base + child * words, keys))
                break;
            swap_elements(base + root * words, base + child * words, words);
            root = child;
        }
    }
}
