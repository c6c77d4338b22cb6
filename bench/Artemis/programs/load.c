/*
 * load FILE ...: what a restart cannot be faster than. Reads files into memory that was never touched, in pages of
 * 4 KiB as most programs have, with a thread for each processor, and prints the nanoseconds that it took.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIECE (2ul << 20)
#define THREADS_MAX 8

static unsigned char *memory;
static int file;
static size_t length, taken;

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

static void *work(void *unused)
{
    for (size_t at; (at = __atomic_fetch_add(&taken, PIECE, __ATOMIC_SEQ_CST)) < length;) {
        size_t end = at + PIECE < length ? at + PIECE : length;
        while (at < end) {
            ssize_t got = pread(file, memory + at, end - at, (off_t)at);
            if (got <= 0) {
                fail("pread");
            }
            at += (size_t)got;
        }
    }
    return unused;
}

static void load(const char *path, long threads)
{
    struct stat status;
    pthread_t helpers[THREADS_MAX];
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) {
        fail(path);
    }
    length = (size_t)status.st_size;
    taken = 0;
    memory = mmap(NULL, length + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    madvise(memory, length + 1, MADV_NOHUGEPAGE);
    for (long i = 1; i < threads; i++) {
        pthread_create(&helpers[i], NULL, work, NULL);
    }
    work(NULL);
    for (long i = 1; i < threads; i++) {
        pthread_join(helpers[i], NULL);
    }
    close(file);
}

int main(int count, char **argument)
{
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    uint64_t began = now_ns();
    for (int i = 1; i < count; i++) {
        load(argument[i], threads < THREADS_MAX ? threads : THREADS_MAX);
    }
    printf("%llu\n", (unsigned long long)(now_ns() - began));
    return 0;
}
