/* Options of sockets, which only the socket itself tells. */
#ifndef CCR_JACKET_SOCKET_OPTIONS_H
#define CCR_JACKET_SOCKET_OPTIONS_H

#include <stdint.h>

#define SOCKET_NUMBERS 17

/* numbers: in the order of the table in socket_options.c; the times and linger as the kernel gives them. */
struct socket_options {
    uint32_t numbers[SOCKET_NUMBERS];
    uint32_t linger[2];
    uint32_t padding;
    int64_t receive_limit[2];
    int64_t send_limit[2];
};

void socket_options_save(int64_t fd, struct socket_options *options);
/* Of all sockets of the plan, when they stand at their numbers. */
void socket_options_restore(void);

#endif
