#include "tests/fuzz/hdf5_helper.h"

#include "calib/h5_seal.h"
#include "engine/base/formats/hdf5_helper.h"
#include "engine/base/formats/hdf5_stream.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const void *answer;
static size_t n_answer;
static bool answers;

rq_status __real_rq_hdf5_helper_start(pid_t *pid, int *out, int fd, const char *task,
                                      size_t max_bytes);
int __real_rq_hdf5_helper_end(pid_t pid);
rq_status __wrap_rq_hdf5_helper_start(pid_t *pid, int *out, int fd, const char *task,
                                      size_t max_bytes);
int __wrap_rq_hdf5_helper_end(pid_t pid);

void fuzz_helper_answers(const void *items, size_t size)
{
    answer = items;
    n_answer = size;
    answers = true;
}

void fuzz_helper_forget(void)
{
    answers = false;
}

static void put(int to, const void *data, size_t size)
{
    if (size && write(to, data, size) != (ssize_t)size) abort();
}

/* What lies in the file from there on; to be freed. */
static char *content(size_t *size, int fd, off_t from)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || info.st_size < from) abort();
    *size = (size_t)(info.st_size - from);
    char *data = malloc(*size + 1);
    if (!data || pread(fd, data, *size, from) != (ssize_t)*size) abort();
    return data;
}

/* As requant-hdf5 does, but that the bytes of the file are those of its items. */
static void put_made(int to, int fd)
{
    size_t size;
    char *items = content(&size, fd, 0);
    const rq_hdf5_head head = {
        .kind = RQ_HDF5_ARRAY, .dtype = RQ_DT_U8, .rank = 1, .d = {(int64_t)size}, .bytes = size};
    put(to, &head, sizeof head);
    put(to, items, size);
    free(items);
}

/* Units are written, and not read. */
static void put_without_units(int to, const char *items, size_t size)
{
    rq_hdf5_head head;
    for (size_t at = 0, one; at < size; at += one) {
        if (size - at < sizeof head) abort();
        memcpy(&head, items + at, sizeof head);
        one = sizeof head + head.name_bytes + head.bytes;
        if (one > size - at) abort();
        if (head.kind != RQ_HDF5_UNITS) put(to, items + at, one);
    }
}

static void put_read(int to, int fd)
{
    if (answer) {
        put(to, answer, n_answer);
        return;
    }
    size_t size;
    char *items = content(&size, fd, RQ_H5_USER_BLOCK);
    put_without_units(to, items, size);
    free(items);
}

rq_status __wrap_rq_hdf5_helper_start(pid_t *pid, int *out, int fd, const char *task,
                                      size_t max_bytes)
{
    if (!answers) return __real_rq_hdf5_helper_start(pid, out, fd, task, max_bytes);
    int to = memfd_create("items", MFD_CLOEXEC);
    if (to < 0) abort();
    if (!strcmp(task, "make"))
        put_made(to, fd);
    else
        put_read(to, fd);
    lseek(to, 0, SEEK_SET);
    *out = to;
    *pid = -1;
    return RQ_OK;
}

int __wrap_rq_hdf5_helper_end(pid_t pid)
{
    return pid == -1 ? 0 : __real_rq_hdf5_helper_end(pid);
}
