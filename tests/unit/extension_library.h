/* The libraries of tests/extensions, as the Makefile builds them beside the tests. */
#ifndef RQ_TESTS_EXTENSION_LIBRARY_H
#define RQ_TESTS_EXTENSION_LIBRARY_H

#include "tests/unit/test.h"

#include <limits.h>
#include <unistd.h>

static inline const char *extension_library(const char *name)
{
    static char path[PATH_MAX + 64];
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(n > 0);
    self[n] = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(path, sizeof path, "%s/../extensions/%s.so", self, name);
    return path;
}

#endif
