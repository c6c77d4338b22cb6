/* Linked statically: no loader, so no jacket. It knows nothing of any signal, and ends when a file is there. */
#include "../program.h"

/* unjacketed FILE */
int main(int count, char **arguments)
{
    MUST(count == 2);
    puts("no jacket here");
    fflush(stdout);
    while (access(arguments[1], F_OK) != 0)
        rest_ms(5);
    puts("to the end");
}
