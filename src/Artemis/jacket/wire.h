/*
 * What the jacket (in the program) and the checkpoint server say to each other, to the byte.
 * docs/CHECKPOINT-FORMAT.md tells it in prose; src/Artemis/Wire holds the same layouts in C#, and a test compares both.
 *
 * Everything is little-endian and naturally aligned; every structure is a multiple of 8 octets long.
 *
 * A frame on the socket is { u32 length of the body, u32 type, body }. The jacket connects when its program starts,
 * says HELLO, and is answered WELCOME or REFUSED. From then on the server speaks first: it sends PREPARE, then the
 * signal JACKET_SIGNAL, and the jacket reads the socket inside the handler of that signal.
 *
 *     server                          jacket
 *       PREPARE  n, slab, flags  -->            (+ signal)
 *                                <--  STOPPED   n: every thread stands; what the kernel holds is in the slab's head
 *       (copies the files that the program writes)
 *                                <--  TENTATIVE n: the pages are in the slab
 *       RESUME   n               -->            the program goes on
 *
 * or <-- FAILED n, why: nothing was saved, the program has gone on, and the next checkpoint must be full.
 * The socket's end while the program stands means RESUME: a lost server never holds a program back. At the next
 * signal the jacket finds the socket dead and connects again.
 *
 * At a restart the new process says HELLO with MODE_RESTORE and is answered RESTORE (a plan: a file laid out like a
 * slab's head). It builds itself anew, says RESTORED, and runs.
 */
#ifndef CCR_JACKET_WIRE_H
#define CCR_JACKET_WIRE_H

#include <stdint.h>

#define WIRE_VERSION 2u

/* The one signal that the jacket takes for itself; no mask of the program ever holds it. */
#define JACKET_SIGNAL 60

/* The jacket's own descriptors begin here; the program cannot close them. */
#define JACKET_FD_FIRST 1000

/* The jacket's memory: its arena, and the slab. Never part of a checkpoint. */
#define ARENA_BASE 0x600000000000ull
#define SLAB_BASE 0x610000000000ull
#define PAGE_SIZE_BYTES 4096ull

enum frame_type {
    FRAME_HELLO = 1,     /* jacket: struct hello, strings */
    FRAME_WELCOME = 2,   /* server: struct welcome */
    FRAME_REFUSED = 3,   /* server: UTF-8 text. The program goes on without checkpoints (run) or ends (restore). */
    FRAME_PREPARE = 4,   /* server: struct prepare, path of the slab, NUL */
    FRAME_STOPPED = 5,   /* jacket: struct progress */
    FRAME_TENTATIVE = 6, /* jacket: struct progress */
    FRAME_RESUME = 7,    /* server: u64 number */
    FRAME_FAILED = 8,    /* jacket: struct progress, UTF-8 text */
    FRAME_RESTORE = 9,   /* server: path of the plan, NUL */
    FRAME_RESTORED = 10, /* jacket: struct progress */
    FRAME_GONE = 11,     /* jacket: the program is about to exec; a new HELLO follows on a new connection */
};

enum hello_mode { MODE_RUN = 1, MODE_RESTORE = 2, MODE_AGAIN = 3 /* reconnected, the program never stopped */ };

enum tracking { TRACKING_SCAN = 1 /* userfaultfd WP_ASYNC, PAGEMAP_SCAN */, TRACKING_WHOLE = 2 /* every page */,
                TRACKING_SOFT_DIRTY = 3 };

struct hello {
    uint32_t version;
    uint32_t mode;
    uint32_t tracking;
    uint32_t pid;          /* as the program sees it: its own pid namespace's */
    uint64_t last_number;  /* MODE_AGAIN: the last checkpoint that went TENTATIVE in this process, or 0 */
    uint64_t start_brk;
    uint64_t jacket_text;  /* where the jacket's code lies: the same after a restart, or it is refused */
    uint64_t xcr0;         /* state components that the CPU saves (XGETBV 0) */
    uint32_t cpu_words[8]; /* CPUID 1 ecx, 1 edx, 7.0 ebx, 7.0 ecx, 7.0 edx, 0xD.1 eax, 0, 0 */
    uint8_t vdso_hash[16]; /* of the vDSO's octets: tells whether a restart has the same one */
    uint32_t member_length; /* strings follow in this order, none with a NUL */
    uint32_t exe_length;
    uint32_t kernel_length;      /* uname release */
    uint32_t arguments_length;   /* /proc/self/cmdline as it is: each ended by NUL */
    uint32_t environment_length; /* /proc/self/environ as it is */
    uint32_t cwd_length;
};

struct welcome {
    uint32_t version;
    uint32_t flags;
};

enum prepare_flags {
    PREPARE_FULL = 1,  /* every populated page, not only the changed ones */
    PREPARE_GROUP = 2, /* wait for RESUME even if nothing has to be copied meanwhile */
};

struct prepare {
    uint64_t number;
    uint32_t flags;
    uint32_t stop_timeout_ms; /* threads that have not stopped by then: FAILED */
};

struct progress {
    uint64_t number;
    uint64_t elapsed_ns;  /* since the leader entered the handler; RESTORED: since the process began */
    uint64_t slab_length; /* octets used */
    uint64_t dirty_pages;
    uint32_t threads;
    uint32_t code;        /* FAILED: enum failure */
};

enum failure {
    FAILURE_STOP_TIMEOUT = 1, /* a thread did not stop */
    FAILURE_UNSUPPORTED = 2,  /* something that cannot be saved: the text names it */
    FAILURE_SPACE = 3,        /* the slab's file system is full */
    FAILURE_IN_VDSO = 4,      /* a thread stood inside the vDSO: ask again */
    FAILURE_CHILDREN = 5,     /* the program has child processes */
    FAILURE_SYSTEM = 6,       /* a system call failed: the text names it */
};

/*
 * The slab: one file on tmpfs, made by the server, mapped by both. Its head holds everything but the pages, and is what
 * a segment keeps word for word; the pages follow at pages_offset (a multiple of 4096), in the order of SECTION_DIRTY.
 * A plan for a restart is such a head again, with SECTION_SOURCES and SECTION_EXTENTS, and without pages.
 */
#define SLAB_MAGIC 0x42414c534a524343ull /* "CCRJSLAB" */

enum section {
    SECTION_PROCESS = 0,     /* jacket's own: signals, cwd, umask, timers, brk */
    SECTION_THREADS = 1,     /* jacket's own */
    SECTION_REGIONS = 2,     /* struct region: the memory map */
    SECTION_DESCRIPTORS = 3, /* jacket's own, some naming a capture */
    SECTION_CHANNELS = 4,    /* jacket's own: what was inside pipes and sockets */
    SECTION_POPULATED = 5,   /* struct run, ascending: every page that exists */
    SECTION_DIRTY = 6,       /* struct run, ascending, within POPULATED: the pages of this checkpoint */
    SECTION_CAPTURES = 7,    /* struct capture: files whose content belongs to this checkpoint */
    SECTION_STRINGS = 8,     /* octets; others point into it by offset, each ended by NUL; offset 0 is "" */
    SECTION_LOCKS = 9,       /* jacket's own */
    SECTION_WATCHES = 10,    /* jacket's own: epoll, inotify */
    SECTION_SIGNALS = 11,    /* jacket's own: sent, and not yet taken */
    SECTION_SOURCES = 12,    /* plan: struct source: files that hold pages */
    SECTION_EXTENTS = 13,    /* plan: struct extent: where each run of pages is read from */
    SECTION_COUNT = 16,
};

struct section_entry {
    uint64_t offset; /* from the slab's start */
    uint64_t length; /* octets */
};

struct slab_head {
    uint64_t magic;
    uint32_t version;
    uint32_t flags;        /* PREPARE_FULL, as obeyed: the jacket may have had to save everything */
    uint64_t number;
    uint64_t realtime_ns;  /* CLOCK_REALTIME when the last thread stood */
    uint64_t monotonic_ns; /* CLOCK_MONOTONIC as the program saw it */
    uint64_t head_length;  /* octets of head and sections */
    uint64_t pages_offset;
    uint64_t pages_count;
    struct section_entry sections[SECTION_COUNT];
};

struct run {
    uint64_t start; /* address, multiple of 4096 */
    uint64_t end;
};

enum region_kind {
    REGION_ANONYMOUS = 1,
    REGION_SHARED = 2,
    REGION_STACK = 4,
    REGION_HEAP = 8,
    REGION_VDSO = 16,
    REGION_JACKET = 32, /* text of the jacket: there before, must be at the same place */
    REGION_DELETED = 64,
    REGION_VVAR = 128,
};

struct region {
    uint64_t start;
    uint64_t end;
    uint64_t file_offset;
    uint64_t device;
    uint64_t inode;
    uint32_t protection; /* PROT_* */
    uint32_t kind;
    uint32_t path;       /* in SECTION_STRINGS */
    uint32_t capture;    /* 1 + index in SECTION_CAPTURES of a writable shared file mapping, or 0 */
    uint64_t file_size;  /* of a mapped file, with its time of change: another file at the restart is refused */
    int64_t file_mtime_ns;
};

enum capture_flags {
    CAPTURE_UNLINKED = 1, /* no name leads to it any more */
    CAPTURE_MAPPED = 2,   /* mapped shared and writable: its time of change says nothing */
};

struct capture {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t mtime_ns;
    int32_t descriptor; /* one of the program's that is open on it, or -1 */
    uint32_t flags;
    uint32_t path;      /* in SECTION_STRINGS. In a plan: what the restarted process opens instead, already restored */
    uint32_t mode;
};

struct source {
    uint32_t path; /* in SECTION_STRINGS */
    uint32_t flags;
};

struct extent {
    uint64_t address;
    uint64_t length;      /* octets, multiple of 4096 */
    uint64_t file_offset; /* in the source */
    uint32_t source;
    uint32_t zero;        /* 1: the pages are zero, nothing is read */
};

#endif
