/*
 * Memory in all the ways that a page can come, go and move without being written: each page's content is known to a
 * model, and all of it is compared after each step. A restart that gave back a page that had been dropped, or the
 * older content of one that had moved, would be found here.
 */
#include "program.h"

#include <fcntl.h>
#include <sys/mman.h>

enum { PAGE = 4096, AREAS = 12, AREA_PAGES_MAX = 64, FILE_PAGES = 32 };

enum kind { ANONYMOUS, SHARED, FILE_SHARED, FILE_PRIVATE, KINDS };

/* What a page must hold: zero, or a stamp; and whether it may be looked at. */
struct area {
    unsigned char *start;
    unsigned pages;
    enum kind kind;
    uint64_t stamps[AREA_PAGES_MAX];
    unsigned char closed[AREA_PAGES_MAX]; /* PROT_NONE */
};

static struct area areas[AREAS];
static int file, private_file;
static uint64_t stamp_last;
static uint64_t file_stamps[FILE_PAGES];
static uint64_t heap_stamps[1024];
static unsigned heap_pages;
static unsigned char *heap_start;

static void put_stamp(unsigned char *page, uint64_t stamp)
{
    memcpy(page, &stamp, sizeof stamp);
    memcpy(page + 2000, &stamp, sizeof stamp);
    memcpy(page + PAGE - sizeof stamp, &stamp, sizeof stamp);
}

static void check_stamp(const unsigned char *page, uint64_t stamp, const char *what, long number)
{
    static const int places[] = {0, 2000, PAGE - 8};
    for (int i = 0; i < 3; i++) {
        uint64_t found;
        memcpy(&found, page + places[i], sizeof found);
        if (found != stamp)
            wrong("%s %ld at %p+%d holds %llx, not %llx", what, number, (const void *)page, places[i],
                  (unsigned long long)found, (unsigned long long)stamp);
    }
}

/* What the private file holds in page i before anybody writes to its mapping. */
static uint64_t stamp_of_file(unsigned page)
{
    return 0xf11e000000000000ull | page;
}

static void map_area(struct area *area)
{
    int flags = area->kind == SHARED ? MAP_SHARED | MAP_ANONYMOUS : MAP_PRIVATE | MAP_ANONYMOUS;
    int descriptor = -1;
    memset(area->stamps, 0, sizeof area->stamps);
    memset(area->closed, 0, sizeof area->closed);
    area->pages = 1 + (unsigned)random_below(area->kind >= FILE_SHARED ? FILE_PAGES : AREA_PAGES_MAX);
    if (area->kind == FILE_SHARED)
        flags = MAP_SHARED, descriptor = file;
    if (area->kind == FILE_PRIVATE)
        flags = MAP_PRIVATE, descriptor = private_file;
    area->start = mmap(NULL, (size_t)area->pages * PAGE, PROT_READ | PROT_WRITE, flags, descriptor, 0);
    MUST(area->start != MAP_FAILED);
    for (unsigned i = 0; i < area->pages; i++)
        area->stamps[i] = area->kind == FILE_SHARED ? file_stamps[i]
            : area->kind == FILE_PRIVATE ? stamp_of_file(i) : 0;
}

static unsigned char *page_of(const struct area *area, unsigned page)
{
    return area->start + (size_t)page * PAGE;
}

static void write_pages(struct area *area)
{
    for (unsigned i = 0; i < area->pages; i++)
        if (!area->closed[i] && random_below(3) == 0) {
            put_stamp(page_of(area, i), area->stamps[i] = ++stamp_last);
            if (area->kind == FILE_SHARED)
                file_stamps[i] = area->stamps[i];
        }
}

/* Private pages are zero again, or the file's; shared ones stay, since somebody else could have them. */
static void drop_pages(struct area *area)
{
    unsigned first = (unsigned)random_below(area->pages), count = 1 + (unsigned)random_below(area->pages - first);
    MUST(madvise(page_of(area, first), (size_t)count * PAGE, MADV_DONTNEED) == 0);
    for (unsigned i = first; i < first + count; i++)
        if (area->kind == ANONYMOUS)
            area->stamps[i] = 0;
        else if (area->kind == FILE_PRIVATE)
            area->stamps[i] = stamp_of_file(i);
}

/* A reservation elsewhere takes the pages, and they are no longer here. */
static void move_area(struct area *area)
{
    size_t octets = (size_t)area->pages * PAGE;
    for (unsigned i = 0; i < area->pages; i++)
        if (area->closed[i])
            return; /* the kernel moves only what is one mapping */
    unsigned char *target = mmap(NULL, octets, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(target != MAP_FAILED);
    MUST(mremap(area->start, octets, octets, MREMAP_MAYMOVE | MREMAP_FIXED, target) == target);
    area->start = target;
}

/* The same addresses, but other memory: nothing of before may come back. */
static void map_again(struct area *area)
{
    size_t octets = (size_t)area->pages * PAGE;
    MUST(munmap(area->start, octets) == 0);
    unsigned pages = area->pages;
    unsigned char *start = area->start;
    MUST(mmap(start, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == start);
    memset(area, 0, sizeof *area);
    area->start = start;
    area->pages = pages;
    area->kind = ANONYMOUS;
}

static void close_or_open(struct area *area)
{
    unsigned page = (unsigned)random_below(area->pages);
    area->closed[page] = !area->closed[page];
    MUST(mprotect(page_of(area, page), PAGE, area->closed[page] ? PROT_NONE : PROT_READ | PROT_WRITE) == 0);
}

static void renew(struct area *area)
{
    if (area->start)
        MUST(munmap(area->start, (size_t)area->pages * PAGE) == 0);
    area->kind = (enum kind)random_below(KINDS);
    map_area(area);
}

static void change_heap(void)
{
    unsigned wanted = (unsigned)random_below(1024);
    MUST(brk(heap_start + (size_t)wanted * PAGE) == 0);
    for (unsigned i = heap_pages; i < wanted; i++)
        heap_stamps[i] = 0;
    heap_pages = wanted;
    for (unsigned i = 0; i < heap_pages; i++)
        if (random_below(5) == 0)
            put_stamp(heap_start + (size_t)i * PAGE, heap_stamps[i] = ++stamp_last);
}

/* A stack that grows deep while it is looked at; what lies on it is checked on the way back. */
__attribute__((noinline)) static uint64_t go_deep(unsigned depth)
{
    volatile uint64_t here[256];
    for (int i = 0; i < 256; i++)
        here[i] = depth * 1000003ull + (uint64_t)i;
    if (depth % 64 == 0)
        rest_ms(1);
    uint64_t below = depth ? go_deep(depth - 1) : 0;
    for (int i = 0; i < 256; i++)
        if (here[i] != depth * 1000003ull + (uint64_t)i)
            wrong("the stack at depth %u has changed", depth);
    return below + here[7];
}

static void check_all(void)
{
    for (int a = 0; a < AREAS; a++)
        for (unsigned i = 0; i < areas[a].pages; i++)
            if (!areas[a].closed[i])
                check_stamp(page_of(&areas[a], i), areas[a].kind == FILE_SHARED ? file_stamps[i] : areas[a].stamps[i],
                            "area", a * 1000 + areas[a].kind);
    for (unsigned i = 0; i < heap_pages; i++)
        check_stamp(heap_start + (size_t)i * PAGE, heap_stamps[i], "heap page", i);
}

static void change(struct area *area)
{
    switch (random_below(7)) {
    case 0: drop_pages(area); break;
    case 1: move_area(area); break;
    case 2: map_again(area); break;
    case 3: close_or_open(area); break;
    case 4: renew(area); break;
    default: write_pages(area); break;
    }
}

static int open_file(const char *name)
{
    int descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    MUST(descriptor >= 0 && ftruncate(descriptor, FILE_PAGES * PAGE) == 0);
    return descriptor;
}

/* memory STEPS FOLDER */
int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 200);
    char name[4096];
    unsigned char page[PAGE] = {0};
    snprintf(name, sizeof name, "%s/shared", count > 2 ? arguments[2] : ".");
    file = open_file(name);
    snprintf(name, sizeof name, "%s/private", count > 2 ? arguments[2] : ".");
    private_file = open_file(name);
    for (unsigned i = 0; i < FILE_PAGES; i++) {
        put_stamp(page, stamp_of_file(i));
        MUST(pwrite(private_file, page, PAGE, (off_t)i * PAGE) == PAGE);
    }
    unsigned char *top = sbrk(0);
    heap_start = (unsigned char *)(((uintptr_t)top + (1 << 20)) / PAGE * PAGE); /* behind what malloc has */
    MUST(brk(heap_start) == 0);
    for (int a = 0; a < AREAS; a++)
        renew(&areas[a]);
    uint64_t deep = 0;
    for (long step = 0; step < steps; step++) {
        for (int i = 0; i < 6; i++)
            change(&areas[random_below(AREAS)]);
        change_heap();
        deep += go_deep((unsigned)random_below(512));
        rest_ms(2);
        check_all();
        if (step % 20 == 19)
            printf("step %ld: stamp %llu, deep %llx\n", step, (unsigned long long)stamp_last,
                   (unsigned long long)deep);
    }
    return 0;
}
