/*
 * Threads that live for a moment: each makes its successor and ends, so that some are always being made and some are
 * always ending while a checkpoint counts them. One that was not counted would be missing after a restart, and its
 * line would break off.
 */
#include "program.h"

#include <pthread.h>
#include <semaphore.h>

enum { LINES = 12, PATIENCE_SECONDS = 20 };

struct line {
    long left;
    uint64_t sum;
};

static struct line lines[LINES];
static pthread_attr_t detached;
static sem_t ended;

static void *live(void *argument)
{
    struct line *line = argument;
    pthread_t next;
    for (int i = 0; i < 500; i++)
        line->sum = line->sum * 31 + (uint64_t)line->left;
    if (--line->left <= 0)
        MUST(sem_post(&ended) == 0);
    else
        while (pthread_create(&next, &detached, live, line) != 0)
            MUST(errno == EAGAIN || errno == 0);
    return NULL;
}

static void wait_for_line(void)
{
    struct timespec until;
    MUST(clock_gettime(CLOCK_REALTIME, &until) == 0);
    until.tv_sec += PATIENCE_SECONDS;
    if (sem_timedwait(&ended, &until) != 0)
        wrong("a line of threads has broken off");
}

int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 20);
    uint64_t sum = 0;
    MUST(pthread_attr_init(&detached) == 0 && sem_init(&ended, 0, 0) == 0);
    MUST(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
    MUST(pthread_attr_setstacksize(&detached, 256 << 10) == 0);
    for (long step = 0; step < steps; step++) {
        pthread_t first;
        for (int i = 0; i < LINES; i++) {
            lines[i].left = 300;
            MUST(pthread_create(&first, &detached, live, &lines[i]) == 0);
        }
        for (int i = 0; i < LINES; i++)
            wait_for_line();
        for (int i = 0; i < LINES; i++)
            sum = sum * 1000003 + lines[i].sum;
        printf("step %ld: sum %llu\n", step, (unsigned long long)sum);
    }
    return 0;
}
