/* A folder of its own for a test that writes files. */
#ifndef RQ_TESTS_SCRATCH_H
#define RQ_TESTS_SCRATCH_H

#include "tests/unit/test.h"

#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka setup and teardown: *state is the folder's path. */
static inline int scratch_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/requant-test-XXXXXX", tmp ? tmp : "/tmp") < 0) return -1;
    *state = mkdtemp(path);
    return *state ? 0 : -1;
}

static inline int scratch_remove_(const char *path, const struct stat *info, int type,
                                  struct FTW *where)
{
    (void)info, (void)type, (void)where;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    int result = nftw(*state, scratch_remove_, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return result;
}

/* A path in the folder; lives until the next call. */
static inline const char *scratch_path(void **state, const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", (const char *)*state, name);
    return path;
}

static inline const char *scratch_file(void **state, const char *name, const void *data,
                                       size_t size)
{
    const char *path = scratch_path(state, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* Entries of the folder whose names contain `part`. */
static inline int scratch_count(void **state, const char *part)
{
    int n = 0;
    DIR *dir = opendir(*state);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && strstr(entry->d_name, part)) n++;
    closedir(dir);
    return n;
}

#endif
