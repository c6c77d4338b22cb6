/* Finds the C library's own functions. One that an older library has not is left NULL: nobody can have called it. */
#define _GNU_SOURCE
#include "real.h"

#include <dlfcn.h>

struct real_functions real_functions;

__attribute__((constructor)) void find_real_functions(void)
{
    int error = errno;
#define FIND(name) *(void **)&real_functions.name = dlsym(RTLD_NEXT, #name);
    REAL_FUNCTIONS(FIND)
#undef FIND
    real_functions.ready = true;
    errno = error;
}
