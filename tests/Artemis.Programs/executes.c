/*
 * Executes itself, again and again, as fast as it can: whoever wants a checkpoint meets it between two programs, where
 * the old one has said goodbye and the new one has no handler yet.
 */
#include "program.h"

/* executes STEPS */
int main(int count, char **arguments)
{
    long steps = steps_of(count, arguments, 200);
    char path[4096] = {0}, number[24];
    if (steps == 0) {
        puts("executed to the end");
        return 0;
    }
    MUST(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    snprintf(number, sizeof number, "%ld", steps - 1);
    execv(path, (char *[]){arguments[0], number, NULL});
    wrong("%s cannot be executed", path);
}
