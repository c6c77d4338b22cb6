/*
 * unsupported WHAT: has something that a checkpoint cannot save, says "has it", and waits for the file "leave"; gives
 * it back where that is possible, says "left it", and waits for the file "go". Without it, "to the end" is told.
 */
#include "program.h"

#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>

enum { OCTETS = 4096, ENTRIES = 4, RING_OCTETS = 4096 };

static pid_t child;
static int descriptor, folder;
static void *mapped, *mapped_again;
static aio_context_t context;

static void child_enter(void)
{
    child = fork();
    MUST(child >= 0);
    while (child == 0)
        pause();
}

static void child_leave(void)
{
    MUST(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

static void system_v_enter(void)
{
    int id = shmget(IPC_PRIVATE, OCTETS, 0600);
    MUST(id >= 0 && shmat(id, NULL, 0) != (void *)-1 && shmctl(id, IPC_RMID, NULL) == 0);
}

static void on_timer(union sigval value)
{
    (void)value;
}

static void thread_timer_enter(void)
{
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
}

static void ring_enter(void)
{
    struct io_uring_params parameters = {0};
    descriptor = (int)syscall(SYS_io_uring_setup, ENTRIES, &parameters);
    MUST(descriptor >= 0);
    mapped = mmap(NULL, RING_OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, IORING_OFF_SQ_RING);
    MUST(mapped != MAP_FAILED);
}

static void ring_leave(void)
{
    MUST(munmap(mapped, RING_OCTETS) == 0 && close(descriptor) == 0);
}

static void aio_enter(void)
{
    MUST(syscall(SYS_io_setup, ENTRIES, &context) == 0);
}

static void aio_leave(void)
{
    MUST(syscall(SYS_io_destroy, context) == 0);
}

static void inotify_enter(void)
{
    folder = open(".", O_RDONLY | O_DIRECTORY);
    descriptor = inotify_init1(0);
    MUST(folder >= 0 && inotify_add_watch(descriptor, ".", IN_CREATE) > 0);
    MUST(close(open("noticed", O_CREAT | O_WRONLY, 0600)) == 0);
}

static void inotify_leave(void)
{
    char events[OCTETS];
    MUST(read(descriptor, events, sizeof events) > 0 && close(descriptor) == 0);
}

static void twice_enter(void)
{
    mapped = mmap(NULL, OCTETS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    mapped_again = mremap(mapped, 0, OCTETS, MREMAP_MAYMOVE);
    MUST(mapped != MAP_FAILED && mapped_again != MAP_FAILED);
}

static void twice_leave(void)
{
    MUST(munmap(mapped_again, OCTETS) == 0);
}

static const struct {
    const char *name;
    void (*enter)(void), (*leave)(void);
} kinds[] = {
    {"child", child_enter, child_leave},
    {"system-v", system_v_enter, NULL}, /* noted for good */
    {"thread-timer", thread_timer_enter, NULL},
    {"ring", ring_enter, ring_leave},
    {"aio", aio_enter, aio_leave},
    {"inotify", inotify_enter, inotify_leave},
    {"twice", twice_enter, twice_leave},
};

static void wait_for(const char *file)
{
    while (access(file, F_OK) != 0)
        rest_ms(2);
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    MUST(count == 2);
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, arguments[1]))
            continue;
        kinds[i].enter();
        printf("has it\n");
        wait_for("leave");
        if (kinds[i].leave)
            kinds[i].leave();
        printf("left it\n");
        wait_for("go");
    }
    printf("to the end\n");
    return 0;
}
