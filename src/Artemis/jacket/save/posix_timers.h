/* Timers of timer_create. They stand behind struct process_state in SECTION_PROCESS. */
#ifndef CCR_JACKET_POSIX_TIMERS_H
#define CCR_JACKET_POSIX_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

struct posix_timer {
    uint64_t value; /* what the signal carries */
    int32_t id;
    int32_t clock;
    int32_t signal;
    int32_t notify; /* SIGEV_* */
    int32_t thread; /* SIGEV_THREAD_ID: which */
    int32_t reserved;
    int64_t interval_seconds, interval_nanoseconds;
    int64_t left_seconds, left_nanoseconds; /* both 0: disarmed */
};

bool posix_timers_save(void);
/* After the threads: some timers belong to one. */
void posix_timers_restore(void);

#endif
