#include "engine/base/own_folder.h"

#include "engine/base/file.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *program_folder(void)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0) return NULL;
    path[n] = '\0';
    return rq_path_dir(path);
}

char *rq_own_folder(void)
{
    static const char here;
    Dl_info info;
    if (!dladdr(&here, &info) || !strstr(info.dli_fname, ".so")) return program_folder();
    char *path = realpath(info.dli_fname, NULL), *folder = path ? rq_path_dir(path) : NULL;
    free(path);
    return folder;
}
