/*
 * A program with much memory, for the figures of `ccr bench artemis`.
 *
 *   resident serve MIB PERCENT         fills MIB of memory; for each line on stdin it rewrites PERCENT of the pages
 *                                      (drawn anew each time) and answers "dirtied PAGES"
 *   resident watch MIB PERCENT         the same, but it looks at the clock all the time; "dirtied PAGES gap NS" tells
 *                                      the longest time that it did not, since the line before; "gap" rewrites nothing
 *   resident floor MIB PERCENT ROUNDS  what a pause cannot be shorter than: rewrites as many pages, and times both
 *                                      PAGEMAP_SCANs of the region and the copying of those pages into memory that
 *                                      exists already; prints nanoseconds, a line a round
 *   resident work ROUNDS KIB           after a line: a fixed amount of arithmetic; each round rewrites KIB of its
 *                                      memory; prints the nanoseconds that all of it took
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define SCAN _IOWR('f', 16, struct scan)
#define REGIONS_MAX (1u << 20)

enum { WRITTEN = 2, FILE_PAGE = 4, PRESENT = 8, SWAPPED = 16, ZERO_PAGE = 32 };
enum { WP_MATCHING = 1, CHECK_WPASYNC = 2 };

struct run {
    uint64_t start, end, categories;
};

struct scan {
    uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
    uint64_t inverted, mask, anyof, returned;
};

static uint64_t state = 88172645463325252ull;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static unsigned char *fill(size_t pages)
{
    unsigned char *memory =
        mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    madvise(memory, pages * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < pages * PAGE; i += sizeof(uint64_t)) {
        *(uint64_t *)(memory + i) = draw();
    }
    return memory;
}

/* One page of each stretch of 100 / percent, so that their number is exact and their places are drawn. */
static size_t rewrite(unsigned char *memory, size_t pages, unsigned percent)
{
    size_t stretch = 100 / percent, count = 0;
    for (size_t at = 0; at + stretch <= pages; at += stretch, count++) {
        *(uint64_t *)(memory + (at + draw() % stretch) * PAGE) = draw();
    }
    return count;
}

static int serve(size_t pages, unsigned percent)
{
    unsigned char *memory = fill(pages);
    char line[64];
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        printf("dirtied %zu\n", rewrite(memory, pages, percent));
        fflush(stdout);
    }
    return 0;
}

/* Whoever stops it, and however, it sees how long it stood. It naps between two looks: the CPU stays free. */
static int watch(size_t pages, unsigned percent)
{
    unsigned char *memory = fill(pages);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    const struct timespec nap = {0, 50000};
    char line[64];
    puts("ready");
    fflush(stdout);
    for (uint64_t last = now_ns(), gap = 0;;) {
        nanosleep(&nap, NULL);
        uint64_t now = now_ns();
        gap = now - last > gap ? now - last : gap;
        last = now;
        if (poll(&input, 1, 0) > 0) {
            if (fgets(line, sizeof line, stdin) == NULL) {
                return 0;
            }
            size_t dirtied = strcmp(line, "gap\n") == 0 ? 0 : rewrite(memory, pages, percent);
            printf("dirtied %zu gap %llu\n", dirtied, (unsigned long long)gap);
            fflush(stdout);
            gap = 0;
            last = now_ns();
        }
    }
}

static long scan(int pagemap, unsigned char *memory, size_t pages, uint64_t flags, uint64_t written, struct run *runs)
{
    struct scan one = {
        .size = sizeof one,
        .flags = flags,
        .start = (uint64_t)memory,
        .end = (uint64_t)memory + pages * PAGE,
        .vec = (uint64_t)runs,
        .vec_len = REGIONS_MAX,
        .inverted = FILE_PAGE | ZERO_PAGE,
        .mask = written | FILE_PAGE | ZERO_PAGE,
        .anyof = PRESENT | SWAPPED,
        .returned = PRESENT | SWAPPED,
    };
    long count = ioctl(pagemap, SCAN, &one);
    if (count < 0) {
        fail("PAGEMAP_SCAN");
    }
    return count;
}

static void track(unsigned char *memory, size_t pages)
{
    int fault = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = {.api = UFFD_API, .features = 1 << 15 /* WP_ASYNC */};
    struct uffdio_register all = {.range = {(uint64_t)memory, pages * PAGE}, .mode = UFFDIO_REGISTER_MODE_WP};
    if (fault < 0 || ioctl(fault, UFFDIO_API, &api) < 0 || ioctl(fault, UFFDIO_REGISTER, &all) < 0) {
        fail("userfaultfd");
    }
}

static int floor_of_pause(size_t pages, unsigned percent, unsigned rounds)
{
    unsigned char *memory = fill(pages);
    size_t most = pages * percent / 100 + 1;
    unsigned char *copy = malloc(most * PAGE);
    struct run *runs = malloc(REGIONS_MAX * sizeof *runs);
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    if (copy == NULL || runs == NULL || pagemap < 0) {
        fail("floor");
    }
    memset(copy, 1, most * PAGE);
    memset(runs, 1, REGIONS_MAX * sizeof *runs);
    track(memory, pages);
    scan(pagemap, memory, pages, WP_MATCHING | CHECK_WPASYNC, WRITTEN, runs);
    for (unsigned i = 0; i < rounds; i++) {
        rewrite(memory, pages, percent);
        uint64_t began = now_ns();
        scan(pagemap, memory, pages, 0, 0, runs);
        long dirty = scan(pagemap, memory, pages, WP_MATCHING | CHECK_WPASYNC, WRITTEN, runs);
        unsigned char *to = copy;
        for (long r = 0; r < dirty; r++) {
            size_t size = runs[r].end - runs[r].start;
            memcpy(to, (void *)runs[r].start, size);
            to += size;
        }
        printf("%llu\n", (unsigned long long)(now_ns() - began));
    }
    return 0;
}

static int work(unsigned rounds, size_t kib)
{
    while (getchar() != '\n') {
        if (feof(stdin)) {
            return 2;
        }
    }
    unsigned char *memory = fill(kib * 1024 / PAGE);
    uint64_t began = now_ns(), sum = 0;
    for (unsigned i = 0; i < rounds; i++) {
        for (unsigned k = 0; k < 1000000; k++) {
            sum += draw() & 1;
        }
        for (size_t at = 0; at < kib * 1024; at += PAGE) {
            *(uint64_t *)(memory + at) = sum + i;
        }
    }
    printf("%llu %llu\n", (unsigned long long)(now_ns() - began), (unsigned long long)sum);
    return 0;
}

int main(int count, char **argument)
{
    if (count == 4 && strcmp(argument[1], "watch") == 0) {
        return watch(strtoul(argument[2], NULL, 10) << 8, (unsigned)atoi(argument[3]));
    }
    if (count == 4 && strcmp(argument[1], "serve") == 0) {
        return serve(strtoul(argument[2], NULL, 10) << 8, (unsigned)atoi(argument[3]));
    }
    if (count == 5 && strcmp(argument[1], "floor") == 0) {
        return floor_of_pause(
            strtoul(argument[2], NULL, 10) << 8, (unsigned)atoi(argument[3]), (unsigned)atoi(argument[4]));
    }
    if (count == 4 && strcmp(argument[1], "work") == 0) {
        return work((unsigned)atoi(argument[2]), strtoul(argument[3], NULL, 10));
    }
    fputs("resident serve|watch MIB PERCENT | floor MIB PERCENT ROUNDS | work ROUNDS KIB\n", stderr);
    return 2;
}
