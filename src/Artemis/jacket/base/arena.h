/*
 * The arena: one fixed piece of address space that holds all state of the jacket, and is never part of a checkpoint.
 * It is reserved large and filled as needed, so a table grows in place and nobody allocates while the program stands.
 */
#ifndef CCR_JACKET_ARENA_H
#define CCR_JACKET_ARENA_H

#include <stdbool.h>
#include <stdint.h>
#include "wire.h"

/* A table that grows: each has a span of its own in the arena. */
struct table {
    uint8_t *data;
    uint64_t used; /* octets */
};

enum scratch {
    SCRATCH_TEXT = SECTION_COUNT, /* contents of files under /proc */
    SCRATCH_SCAN,                 /* answers of PAGEMAP_SCAN */
    SCRATCH_TASKS,                /* listings of folders */
    SCRATCH_SORT,
    SCRATCH_SIGNALLED,            /* u32 for each thread id */
    SCRATCH_REGIONS,              /* a second look at the memory map */
    SCRATCH_CHANNEL,
    SCRATCH_SIGNALS,              /* /proc/self/task/ID/status, read by one thread at a time */
    SCRATCH_STACKS,               /* of a restart's threads and helpers; nothing else uses it: threads leave late */
    TABLE_COUNT,
};

enum leading { LEADING_NOBODY = 0, LEADING_LOOKS = 1, LEADING_STANDS = 2 };

/* The jacket's own descriptors; -1 when not open. */
enum own_fd { OWN_SOCKET, OWN_USERFAULT, OWN_PAGEMAP, OWN_MEMORY, OWN_SLAB, OWN_FD_COUNT };

#define ARENA_TABLE_BYTES (4ull << 30)
#define ARENA_STACK_BYTES (256 * 1024)
#define FAILURE_TEXT_BYTES 512
#define SLAB_RESERVED_BYTES (1ull << 40)

/*
 * Round, odd while threads are to stand, and how many stand in it: one word, so that both change together.
 */
union standing {
    struct {
        volatile uint32_t parked;
        volatile uint32_t round;
    };
    volatile uint64_t word;
};

struct arena {
    volatile uint32_t on;
    volatile uint32_t leading;    /* enum leading: a thread reads the socket, or holds the others */
    union standing standing;
    volatile uint32_t slots;      /* of SECTION_THREADS, taken */
    volatile uint32_t restoring;  /* threads made by a restart wait for 0 */
    uint32_t saving_signals;      /* 1: a thread saves those that were sent to it */
    volatile uint64_t generation;
    volatile int32_t own_fds[OWN_FD_COUNT];

    uint32_t tracking;
    uint32_t scan_knows_guards;
    uint32_t must_be_full;        /* the last increment was lost */
    uint32_t rseq_length;         /* as the C library registered it; 0: it did not */
    int64_t rseq_offset;          /* from the thread pointer */
    uint64_t number;              /* of the checkpoint that is being taken */
    uint64_t last_number;         /* last that went TENTATIVE */
    uint64_t entered_ns;          /* when the leader entered the handler */
    uint64_t deadline_ns;
    uint64_t start_brk;
    uint64_t jacket_text;
    uint64_t vdso_start, vdso_end;
    uint8_t vdso_hash[16];
    uint64_t stdio_device[3], stdio_inode[3]; /* what the launcher gave as 0, 1 and 2 */

    uint32_t failure_code;
    char failure_text[FAILURE_TEXT_BYTES];

    uint64_t populated_floor, dirty_floor; /* where the runs of the region begin that is being scanned */
    uint64_t slab_device, slab_inode;
    uint64_t slab_mapped;         /* octets mapped at SLAB_BASE */
    uint64_t slab_present;        /* octets that the file surely has pages for */
    uint64_t slab_pages_offset;
    uint64_t slab_warm;           /* octets from the start whose pages this process has touched */

    struct prepare asked;         /* what the server wants of the checkpoint that is being taken */
    uint32_t leader_has_prepare;
    char slab_path[4096];
    uint64_t plan_length;
    uint64_t octets_to_load;
    uint64_t readings_taken;      /* by those who read pages at a restart */

    char socket_path[108];
    char member[256];
    struct table tables[TABLE_COUNT];
    uint8_t stack[ARENA_STACK_BYTES] __attribute__((aligned(64)));
};

#define ARENA ((struct arena *)ARENA_BASE)
#define ARENA_HEAD_BYTES (16ull << 20)
#define ARENA_BYTES (ARENA_HEAD_BYTES + TABLE_COUNT * ARENA_TABLE_BYTES)
_Static_assert(sizeof(struct arena) < ARENA_HEAD_BYTES, "the arena's head is larger than its place");
_Static_assert(ARENA_BASE + ARENA_BYTES <= SLAB_BASE, "the arena reaches into the slab");

/* Whether the arena is there at all: a program without a jacket's environment has none. */
extern bool arena_stands;

bool arena_map(void);
struct table *table(unsigned index);
void table_clear(unsigned index);
/* Room for size more octets (a multiple of 8), zeroed; 0, with the failure noted, if the span is used up. */
void *table_add(unsigned index, uint64_t size);
#define TABLE_COUNT_OF(index, type) (table(index)->used / sizeof(type))
#define TABLE_AT(index, type) ((type *)table(index)->data)

/* Adds to SECTION_STRINGS; the offset, 0 for "". */
uint32_t string_add(const char *text);
static inline const char *string_at(uint32_t offset)
{
    return (const char *)ARENA->tables[SECTION_STRINGS].data + offset;
}

/* Notes why this checkpoint cannot be; the first reason stays. Always false, so that callers can return it. */
bool fail(uint32_t code, const char *text);
bool fail_with(uint32_t code, const char *before, const char *text, const char *after);
bool fail_number(uint32_t code, const char *before, int64_t number, const char *after);

/* Reads a whole file into SCRATCH_TEXT, or another table, ended by NUL; its length, or -errno. */
long read_whole(const char *path);
long read_into(unsigned index, const char *path);
/* Moves one of our descriptors to JACKET_FD_FIRST or above, closed at exec, and notes it. */
bool own_fd_set(enum own_fd which, int fd);
void own_fd_close(enum own_fd which);
bool own_fd_is(int fd);

#endif
