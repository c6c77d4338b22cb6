/*
 * Timers of timer_create: the kernel lists them under /proc, with the ids that the program holds. A restart makes them
 * with the same ids: where the kernel lets an id be chosen, it is; else ids are given in turn, and those between are
 * made and deleted.
 */
#define _GNU_SOURCE
#include "posix_timers.h"
#include <signal.h>
#include "arena.h"
#include "end_restart.h"
#include "plan.h"
#include "process.h"
#include "signals.h"
#include "syscalls.h"
#include "text.h"

#define CHOOSE_TIMER_IDS 77 /* prctl PR_TIMER_CREATE_RESTORE_IDS, of Linux 6.15 */
#define IDS_TRIED_MAX (1 << 20)

/* The kernel's struct sigevent. */
struct timer_event {
    uint64_t value;
    int32_t signal;
    int32_t notify;
    int32_t thread;
    int32_t padding[11];
};

/* "notify: signal/tid.1000", "none/pid.1000" and the like. */
static void read_notify(const char *line, struct posix_timer *timer)
{
    const char *at = text_find(line, "notify: ");
    if (!at)
        return;
    at += text_length("notify: ");
    timer->notify = text_starts(at, "none") ? SIGEV_NONE : text_starts(at, "thread") ? SIGEV_THREAD : SIGEV_SIGNAL;
    while (*at && *at != '/' && *at != '\n')
        at++;
    if (!text_starts(at, "/tid."))
        return;
    at += text_length("/tid.");
    timer->notify |= SIGEV_THREAD_ID;
    timer->thread = (int32_t)read_number(&at, 10);
}

static int32_t read_signed(const char *line, const char *name)
{
    const char *at = text_find(line, name);
    if (!at)
        return 0;
    at += text_length(name);
    int sign = *at == '-' ? -1 : 1;
    at += *at == '-';
    return (int32_t)read_number(&at, 10) * sign;
}

/* It does not run: perhaps because it has fired since the signals that wait were saved. */
static void add_if_missed(const struct posix_timer *timer)
{
    if ((timer->notify & ~SIGEV_THREAD_ID) == SIGEV_NONE)
        return;
    siginfo_t sent = {.si_signo = timer->signal, .si_code = SI_TIMER};
    sent.si_timerid = timer->id;
    sent.si_value.sival_ptr = (void *)timer->value;
    signals_add_missed(timer->notify & SIGEV_THREAD_ID ? (uint32_t)timer->thread : SENT_TO_PROCESS, &sent);
}

/* Four lines each, beginning with "ID: "; the newest comes first. */
bool posix_timers_save(void)
{
    if (read_whole("/proc/self/timers") <= 0)
        return true;
    const char *at = (const char *)table(SCRATCH_TEXT)->data;
    while (text_starts(at, "ID: ")) {
        struct posix_timer *timer = table_add(SECTION_PROCESS, sizeof *timer);
        int64_t setting[4];
        if (!timer)
            return false;
        timer->id = read_signed(at, "ID: ");
        timer->signal = read_signed(at, "signal: ");
        const char *value = text_find(at, "/");
        if (value) {
            value++;
            timer->value = read_number(&value, 16);
        }
        read_notify(at, timer);
        timer->clock = read_signed(at, "ClockID: ");
        if (RAW(SYS_timer_gettime, timer->id, setting) < 0)
            return fail_number(FAILURE_SYSTEM, "Timer ", timer->id, " of the program cannot be read.");
        timer->interval_seconds = setting[0];
        timer->interval_nanoseconds = setting[1];
        timer->left_seconds = setting[2];
        timer->left_nanoseconds = setting[3];
        if (!setting[2] && !setting[3])
            add_if_missed(timer);
        const char *next = text_find(at + 1, "\nID: ");
        at = next ? next + 1 : "";
    }
    return true;
}

static void make(const struct posix_timer *timer)
{
    struct timer_event event = {
        .value = timer->value, .signal = timer->signal, .notify = timer->notify, .thread = timer->thread,
    };
    for (int tried = 0; tried < IDS_TRIED_MAX; tried++) {
        int32_t id = timer->id;
        long error = RAW(SYS_timer_create, timer->clock, &event, &id);
        if (error < 0)
            end_restart("a timer of timer_create cannot be made again", (uint64_t)-error);
        if (id == timer->id) {
            int64_t setting[4] = {timer->interval_seconds, timer->interval_nanoseconds, timer->left_seconds,
                                  timer->left_nanoseconds};
            RAW(SYS_timer_settime, id, 0, setting, 0);
            return;
        }
        RAW(SYS_timer_delete, id);
    }
    end_restart("a timer of timer_create cannot get its old id", (uint64_t)timer->id);
}

/* From the lowest id up, as they are given in turn. */
void posix_timers_restore(void)
{
    const struct posix_timer *timers = (const struct posix_timer *)(PLAN_AT(SECTION_PROCESS, struct process_state) + 1);
    uint64_t octets = PLAN_COUNT(SECTION_PROCESS, uint8_t) - sizeof(struct process_state);
    uint64_t count = octets / sizeof *timers;
    if (!count)
        return;
    RAW(SYS_prctl, CHOOSE_TIMER_IDS, 1, 0, 0, 0);
    int64_t last = -1;
    for (uint64_t made = 0; made < count; made++) {
        const struct posix_timer *lowest = 0;
        for (uint64_t i = 0; i < count; i++)
            if (timers[i].id > last && (!lowest || timers[i].id < lowest->id))
                lowest = &timers[i];
        if (!lowest)
            break;
        make(lowest);
        last = lowest->id;
    }
    RAW(SYS_prctl, CHOOSE_TIMER_IDS, 0, 0, 0, 0);
}
