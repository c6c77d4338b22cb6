/* Programs that cannot be supported are refused before they start, each with the reason. */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void refuse_unsupported(const char *exe)
{
    int file = open(exe, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail(EXIT_MISSING, "%s cannot be read: %s. The jacket must know what it starts.", exe, strerror(errno));
    struct stat status;
    if (fstat(file, &status) != 0)
        fail(EXIT_SYSTEM, "%s cannot be looked at: %s.", exe, strerror(errno));
    if (status.st_mode & S_ISUID)
        fail(EXIT_REFUSED, "%s is setuid: the loader would ignore the jacket.", exe);
    if ((status.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        fail(EXIT_REFUSED, "%s is setgid: the loader would ignore the jacket.", exe);
    if (fgetxattr(file, "security.capability", NULL, 0) > 0)
        fail(EXIT_REFUSED, "%s carries file capabilities: the loader would ignore the jacket.", exe);
    refuse_by_headers(file, exe);
    close(file);
}
