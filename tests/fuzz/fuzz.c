#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hdf5_helper.h"
#include "tests/fuzz/memory_files.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"

#include <jansson.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS                                                                                    \
    0.1 /* of the CPU: then an input is cancelled, as a user would with Ctrl-C; Loops are long */

static char folder[256];
static double deadline;

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    remove(path);
    return 0;
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void open_folder(void)
{
    const char *below = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/requant-fuzz-XXXXXX", below ? below : "/tmp");
    if (!mkdtemp(folder)) abort();
    atexit(remove_folder);
}

/* However busy the machine is. */
static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool is_late(void *ctx)
{
    (void)ctx;
    return cpu_seconds() > deadline;
}

const char *fuzz_path(const char *name)
{
    static char path[512];
    if (!*folder) open_folder();
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

const char *fuzz_write(const char *name, const void *data, size_t size)
{
    const char *path = fuzz_path(name);
    char *dir = rq_path_dir(path);
    if (!dir || rq_make_dirs(dir) != RQ_OK) abort();
    free(dir);
    FILE *file = fopen(path, "wb");
    if (!file || (size && fwrite(data, 1, size, file) != size) || fclose(file) != 0) abort();
    return path;
}

size_t fuzz_cut(const uint8_t *data, size_t size, char mark, const uint8_t **rest, size_t *n_rest)
{
    const uint8_t *at = size ? memchr(data, mark, size) : NULL;
    *rest = at ? at + 1 : data + size;
    *n_rest = (size_t)(data + size - *rest);
    return at ? (size_t)(at - data) : size;
}

void fuzz_line(char *line, size_t room, const uint8_t *data, size_t size, const uint8_t **rest,
               size_t *n_rest)
{
    size_t n = fuzz_cut(data, size, '\n', rest, n_rest);
    snprintf(line, room, "%.*s", (int)(n < room ? n : room - 1), (const char *)data);
}

const char *fuzz_source(const char *name)
{
    static char path[512];
    const char *root = getenv("FUZZ_ROOT");
    snprintf(path, sizeof path, "%s/%s", root ? root : ".", name);
    return path;
}

/* Hash tables of JSON have random seeds otherwise: the same inputs would go other ways each time.
 */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_object_seed(1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const rq_callbacks callbacks = {.cancelled = is_late};
    rq_callbacks_install(&callbacks);
    deadline = cpu_seconds() + SECONDS;
    fuzz_one(data, size);
    fuzz_forget_files();
    fuzz_helper_forget();
    return 0;
}
