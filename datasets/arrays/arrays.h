/* Files of tensors: arrays by name. */
#ifndef RQ_DATASETS_ARRAYS_ARRAYS_H
#define RQ_DATASETS_ARRAYS_ARRAYS_H

#include "engine/base/tensor.h"

#define RQ_MAX_ARRAYS 64
/* Bytes that the arrays of one file may have beyond those of the file: what compression may save.
 */
#define RQ_MAX_UNPACKED ((size_t)1 << 30)

/* {0}: none. Owned, where they were read; those in memory (dataset_memory.h) are an arena's. */
typedef struct rq_arrays {
    size_t n;
    char **names; /* without ".npy"; "" of a .npy file */
    rq_tensor *arrays;
} rq_arrays;

/* One file per format implements rq_<name>_probe and rq_<name>_arrays, and one line of
 * array_formats.def. */
typedef bool rq_arrays_probe_fn(const uint8_t *data, size_t size); /* by the first bytes */
/* The arrays of a file; `out` has none, and room for RQ_MAX_ARRAYS. After a failure the caller
 * frees what is there. */
typedef rq_status rq_arrays_read_fn(rq_arrays *out, const char *path);
#define RQ_ARRAY_FORMAT(name, extensions)                                                          \
    rq_arrays_probe_fn rq_##name##_probe;                                                          \
    rq_arrays_read_fn rq_##name##_arrays;
#include "datasets/arrays/array_formats.def"
#undef RQ_ARRAY_FORMAT

/* The format is told by the first bytes. RQ_EFORMAT names the file and the array. On failure there
 * is nothing to free. */
rq_status rq_arrays_read(rq_arrays *out, const char *path);
void rq_arrays_free(rq_arrays *arrays);

/* For readers, before memory is taken: *total bytes of arrays and `more`. RQ_EFORMAT where that is
 * more than a file of `file_size` bytes may unpack to. */
rq_status rq_arrays_count_bytes(size_t *total, size_t more, size_t file_size, const char *path);

/* True when the name ends in an extension of the table. */
bool rq_arrays_is_name(const char *name);

#endif
