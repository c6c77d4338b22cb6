/*
 * Much memory, of which each step changes little: every page must be watched, by whatever the kernel has for that, and
 * those that the program drops must stay dropped. Some windows of 2 MiB are full, some nearly, some half, one holds a
 * page of another protection.
 */
#include "program.h"

#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 8192, WINDOW_PAGES = 512, CHECKS = 300, WHOLE_EVERY = 64 };
enum { NEARLY_FULL = 3, HALF_FULL = 4, CUT = 5 };

static unsigned char *memory;
static uint64_t stamps[PAGES]; /* what each page holds at its beginning and end; 0: nothing was ever put there */

static void put(long page, uint64_t stamp)
{
    stamps[page] = stamp;
    memcpy(memory + page * PAGE, &stamp, sizeof stamp);
    memcpy(memory + (page + 1) * PAGE - sizeof stamp, &stamp, sizeof stamp);
}

static void check(long page)
{
    uint64_t first, last;
    memcpy(&first, memory + page * PAGE, sizeof first);
    memcpy(&last, memory + (page + 1) * PAGE - sizeof last, sizeof last);
    if (first != stamps[page] || last != stamps[page])
        wrong("page %ld holds %llx and %llx, not %llx", page, (unsigned long long)first, (unsigned long long)last,
              (unsigned long long)stamps[page]);
}

static int begins_empty(long page)
{
    long window = page / WINDOW_PAGES, within = page % WINDOW_PAGES;
    return (window == NEARLY_FULL && within % 64 == 0) || (window == HALF_FULL && within % 2 == 0);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 300), page;
    unsigned char *mapped = mmap(NULL, (PAGES + WINDOW_PAGES) * PAGE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapped != MAP_FAILED);
    memory = mapped + (-(uintptr_t)mapped & (WINDOW_PAGES * PAGE - 1));
    for (page = 0; page < PAGES; page++)
        if (!begins_empty(page))
            put(page, random_number() | 1);
    MUST(mprotect(memory + (CUT * WINDOW_PAGES + 100) * PAGE, PAGE, PROT_READ) == 0);
    printf("filled\n");
    MUST(fflush(stdout) == 0);
    for (long step = 0; step < steps; step++) {
        page = (long)random_below(PAGES);
        if (page / WINDOW_PAGES != CUT && step % 8 == 0) {
            MUST(madvise(memory + page * PAGE, PAGE, MADV_DONTNEED) == 0);
            stamps[page] = 0;
        } else if (page / WINDOW_PAGES != CUT) {
            put(page, random_number() | 1);
        }
        for (long i = 0; i < (step % WHOLE_EVERY ? CHECKS : PAGES); i++)
            check(step % WHOLE_EVERY ? (long)random_below(PAGES) : i);
        rest_ms(2);
    }
    printf("%ld steps\n", steps);
    return 0;
}
