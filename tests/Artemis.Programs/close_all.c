/*
 * A program that closes all descriptors that it did not open itself, in each way that daemons do it, and counts what it
 * has afterwards. It must lose all of its own and hear of no others.
 */
#include "program.h"

#include <fcntl.h>

static void open_some(void)
{
    for (int i = 0; i < 20; i++)
        MUST(open("/dev/null", O_RDONLY) >= 0);
    MUST(fcntl(0, F_DUPFD, 900) >= 900 && fcntl(0, F_DUPFD, 1100) >= 1100);
}

static int count_open(void)
{
    int found = 0;
    for (int i = 0; i < 4096; i++)
        found += fcntl(i, F_GETFD) >= 0;
    return found;
}

static void close_each(void)
{
    for (int i = 3; i < 4096; i++)
        close(i);
}

static void copy_over(void)
{
    for (int i = 3; i < 1200; i++)
        if (fcntl(i, F_GETFD) >= 0)
            MUST(dup2(0, i) == i);
    MUST(close_range(3, ~0u, 0) == 0);
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 50);
    closefrom(3);
    for (long step = 0; step < steps; step++) {
        open_some();
        MUST(count_open() == 25);
        switch (step % 4) {
        case 0: closefrom(3); break;
        case 1: MUST(close_range(3, ~0u, 0) == 0); break;
        case 2: close_each(); break;
        default: copy_over(); break;
        }
        if (count_open() != 3)
            wrong("%d descriptors are left after step %ld", count_open(), step);
        int lowest = dup(0);
        MUST(lowest == 3 && close(lowest) == 0);
        rest_ms(5);
    }
    printf("%d open\n", count_open());
    return 0;
}
