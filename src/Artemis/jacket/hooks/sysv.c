/*
 * System V memory, semaphores and queues live in the kernel and outlive the process: their ids would mean something
 * else after a restart. A process that has asked for one is noted, so that a checkpoint is refused in words.
 * The waits here are never gone on with by the kernel either.
 */
#define _GNU_SOURCE
#include "real.h"
#include "notes.h"

HOOK int shmget(key_t key, size_t octets, int flags)
{
    int id = real()->shmget(key, octets, flags);
    if (id >= 0)
        hooks_note("the program uses System V shared memory (shmget), which a restart cannot bring back");
    return id;
}

HOOK int semget(key_t key, int count, int flags)
{
    int id = real()->semget(key, count, flags);
    if (id >= 0)
        hooks_note("the program uses System V semaphores (semget), which a restart cannot bring back");
    return id;
}

HOOK int msgget(key_t key, int flags)
{
    int id = real()->msgget(key, flags);
    if (id >= 0)
        hooks_note("the program uses a System V message queue (msgget), which a restart cannot bring back");
    return id;
}

HOOK ssize_t msgrcv(int id, void *message, size_t octets, long type, int flags)
{
    struct watch watch = watch_begin();
    ssize_t result;
    do
        result = real()->msgrcv(id, message, octets, type, flags);
    while (again(&watch, result));
    return result;
}

HOOK int msgsnd(int id, const void *message, size_t octets, int flags)
{
    struct watch watch = watch_begin();
    int result;
    do
        result = real()->msgsnd(id, message, octets, flags);
    while (again(&watch, result));
    return result;
}

HOOK int semtimedop(int id, struct sembuf *operations, size_t count, const struct timespec *timeout)
{
    struct watch watch = watch_begin();
    struct deadline deadline = deadline_in(timeout);
    int result = real()->semtimedop(id, operations, count, timeout);
    while (again(&watch, result)) {
        struct timespec left = deadline.limited ? time_left(&deadline) : (struct timespec){0};
        result = real()->semtimedop(id, operations, count, deadline.limited ? &left : NULL);
    }
    return result;
}

HOOK int semop(int id, struct sembuf *operations, size_t count)
{
    return semtimedop(id, operations, count, NULL);
}
