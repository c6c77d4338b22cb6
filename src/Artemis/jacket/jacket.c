/* What the hooks and the kernel call: the handler of the jacket's signal, and the answers of hooks.h. */
#define _GNU_SOURCE
#include "hooks.h"
#include <sys/ucontext.h>
#include "arena.h"
#include "checkpoint.h"
#include "conversation.h"
#include "slab.h"
#include "syscalls.h"

uint64_t jacket_generation(void)
{
    return arena_stands ? ARENA->generation : 0;
}

bool jacket_is_on(void)
{
    return arena_stands && ARENA->on;
}

bool jacket_owns_fd(int fd)
{
    return arena_stands && fd >= JACKET_FD_FIRST && own_fd_is(fd);
}

void jacket_in_child(void)
{
    if (!arena_stands)
        return;
    ARENA->on = 0;
    slab_close();
    for (unsigned i = 0; i < OWN_FD_COUNT; i++)
        own_fd_close(i);
}

void mask_own_signal(int how)
{
    uint64_t ours = 1ull << (JACKET_SIGNAL - 1);
    RAW(SYS_rt_sigprocmask, how, &ours, 0, 8);
}

/*
 * The next program begins without our handler, and a signal that meets it there would be its end: it waits until the
 * handler stands again (init.c). In a program that cannot wear the jacket it waits for ever.
 */
void jacket_before_exec(void)
{
    if (!jacket_is_on())
        return;
    mask_own_signal(SIG_BLOCK);
    conversation_gone();
}

void jacket_exec_failed(void)
{
    if (!jacket_is_on())
        return;
    if (conversation_connect(MODE_AGAIN) == FRAME_REFUSED)
        own_fd_close(OWN_SOCKET);
    mask_own_signal(SIG_UNBLOCK);
}

void jacket_handler(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    if (!arena_stands)
        return;
    ARENA->generation++;
    if (ARENA->on)
        checkpoint_enter((uint64_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP]);
}
