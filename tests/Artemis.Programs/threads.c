/*
 * Many threads with what belongs to a thread: thread-local data, its id, its name, its mask, mutexes that know their
 * owner, condition variables, barriers. Those that remember thread ids break if a restart gives others.
 */
#include "program.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { THREADS = 64, RING = 8 };

static __thread uint64_t local_sum;
static __thread char local_text[100] = "as it was at first";
static pthread_key_t key;
static pthread_barrier_t barrier;
static pthread_mutex_t checked, recursive, robust;
static pthread_mutex_t ring_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ring_filled = PTHREAD_COND_INITIALIZER, ring_emptied = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t read_write = PTHREAD_RWLOCK_INITIALIZER;
static uint64_t ring[RING], ring_in, ring_out, sum_in, sum_out, turns;
static long steps;

static void make_mutex(pthread_mutex_t *mutex, int type, int robustness)
{
    pthread_mutexattr_t attributes;
    MUST(pthread_mutexattr_init(&attributes) == 0);
    MUST(pthread_mutexattr_settype(&attributes, type) == 0);
    MUST(pthread_mutexattr_setrobust(&attributes, robustness) == 0);
    MUST(pthread_mutex_init(mutex, &attributes) == 0);
}

static void put(uint64_t value)
{
    MUST(pthread_mutex_lock(&ring_mutex) == 0);
    while (ring_in - ring_out == RING)
        MUST(pthread_cond_wait(&ring_emptied, &ring_mutex) == 0);
    ring[ring_in++ % RING] = value;
    sum_in += value;
    MUST(pthread_cond_signal(&ring_filled) == 0);
    MUST(pthread_mutex_unlock(&ring_mutex) == 0);
}

static void take(void)
{
    MUST(pthread_mutex_lock(&ring_mutex) == 0);
    while (ring_in == ring_out)
        MUST(pthread_cond_wait(&ring_filled, &ring_mutex) == 0);
    sum_out += ring[ring_out++ % RING];
    MUST(pthread_cond_signal(&ring_emptied) == 0);
    MUST(pthread_mutex_unlock(&ring_mutex) == 0);
}

/* These kinds compare the owner with the thread's id as the C library remembers it. */
static void use_owned(void)
{
    MUST(pthread_mutex_lock(&checked) == 0);
    MUST(pthread_mutex_lock(&checked) == EDEADLK);
    turns++;
    MUST(pthread_mutex_unlock(&checked) == 0);
    MUST(pthread_mutex_lock(&recursive) == 0 && pthread_mutex_lock(&recursive) == 0);
    MUST(pthread_mutex_unlock(&recursive) == 0 && pthread_mutex_unlock(&recursive) == 0);
    MUST(pthread_mutex_unlock(&recursive) == EPERM);
    MUST(pthread_mutex_lock(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
    MUST(pthread_rwlock_rdlock(&read_write) == 0 && pthread_rwlock_unlock(&read_write) == 0);
}

static void *run(void *argument)
{
    long number = (long)argument;
    pid_t id = (pid_t)syscall(SYS_gettid);
    char name[16], found[16];
    snprintf(name, sizeof name, "worker %ld", number);
    MUST(prctl(PR_SET_NAME, name) == 0);
    MUST(pthread_setspecific(key, (void *)(number + 1)) == 0);
    snprintf(local_text, sizeof local_text, "thread %ld", number);
    for (long step = 0; step < steps; step++) {
        uint64_t value = (uint64_t)(step * THREADS + number);
        if (number % 2)
            put(value);
        else
            take();
        local_sum += value;
        use_owned();
        if (syscall(SYS_gettid) != id)
            wrong("thread %ld has the id %ld, and had %d", number, syscall(SYS_gettid), id);
        MUST(prctl(PR_GET_NAME, found) == 0);
        if (strcmp(name, found))
            wrong("thread %ld is named '%s'", number, found);
        int turn = pthread_barrier_wait(&barrier);
        MUST(turn == 0 || turn == PTHREAD_BARRIER_SERIAL_THREAD);
        MUST(pthread_getspecific(key) == (void *)(number + 1) && atol(local_text + 7) == number);
    }
    return (void *)local_sum;
}

/* One that ends while it holds the robust mutex: the kernel tells the next, by the list the thread had given it. */
static void *ends_as_owner(void *unused)
{
    (void)unused;
    MUST(pthread_mutex_lock(&robust) == 0);
    rest_ms(20);
    return NULL;
}

static void check_robust(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, ends_as_owner, NULL) == 0);
    MUST(pthread_join(thread, NULL) == 0);
    MUST(pthread_mutex_lock(&robust) == EOWNERDEAD);
    MUST(pthread_mutex_consistent(&robust) == 0 && pthread_mutex_unlock(&robust) == 0);
}

static int count_threads(void)
{
    int found = 0;
    DIR *folder = opendir("/proc/self/task");
    MUST(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder));)
        found += entry->d_name[0] != '.';
    closedir(folder);
    return found;
}

int main(int count, char **arguments)
{
    pthread_t threads[THREADS];
    uint64_t sums = 0;
    steps = steps_of(count, arguments, 100);
    make_mutex(&checked, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED);
    make_mutex(&recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED);
    make_mutex(&robust, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    MUST(pthread_key_create(&key, NULL) == 0 && pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    for (long i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (long step = 0; step < steps; step++) {
        if (step % 25 == 0)
            printf("step %ld: %d threads\n", step, count_threads());
        rest_ms(5);
        pthread_barrier_wait(&barrier);
    }
    for (int i = 0; i < THREADS; i++) {
        void *sum;
        MUST(pthread_join(threads[i], &sum) == 0);
        sums += (uint64_t)sum;
    }
    check_robust();
    MUST(pthread_mutex_lock(&ring_mutex) == 0);
    printf("sums %llu, in %llu, out %llu, turns %llu\n", (unsigned long long)sums, (unsigned long long)sum_in,
           (unsigned long long)sum_out, (unsigned long long)turns);
    return 0;
}
