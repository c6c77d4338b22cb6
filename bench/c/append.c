/* What a disk gives to who asks it for no more: append records of one size to a file, each forced by fdatasync.
 * Usage: append FILE OCTETS COUNT; prints the nanoseconds of one record. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "Usage: append FILE OCTETS COUNT\n");
        return 2;
    }

    size_t octets = strtoul(argv[2], NULL, 10);
    long count = strtol(argv[3], NULL, 10);
    char *record = malloc(octets);
    int file = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_TRUNC, 0600);
    if (file < 0 || record == NULL || count <= 0) {
        perror("append");
        return 1;
    }

    memset(record, 'x', octets);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < count; i++) {
        if (write(file, record, octets) != (ssize_t)octets || fdatasync(file) != 0) {
            perror("append");
            return 1;
        }
    }

    clock_gettime(CLOCK_MONOTONIC, &end);
    double ns = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    printf("%.1f\n", ns / count);
    return 0;
}
