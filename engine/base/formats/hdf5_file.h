/* HDF5 files without the HDF5 library, whose memory errors a hostile file can use, and which brings
 * thirty others: a program of its own, requant-hdf5, reads them, limited in memory and time, and
 * passes on plain arrays. It is spawned, not forked, so that hosts with threads are safe.
 * Thread-safe. */
#ifndef RQ_BASE_HDF5_FILE_H
#define RQ_BASE_HDF5_FILE_H

#include "engine/base/formats/hdf5_stream.h"

/* RQ_EIO where that program is not found. */
rq_status rq_hdf5_check(void);

typedef struct rq_hdf5_file rq_hdf5_file;

typedef enum rq_hdf5_part {
    RQ_HDF5_ROOT, /* arrays of the root group */
    RQ_HDF5_ALL   /* groups, at most 4 deep, with their attributes and arrays */
} rq_hdf5_part;

typedef struct rq_hdf5_item {
    rq_hdf5_kind kind;
    const char *name; /* until the next one is asked for */
    rq_dtype dtype;   /* of numbers, as in the file; RQ_DT_STRING: a text */
    rq_shape shape;
    size_t bytes; /* of content, which is dense, little-endian and fits dtype and shape */
} rq_hdf5_item;

/* `max_bytes` bounds all content together. RQ_EIO where the file or requant-hdf5 is not there.
 * `path` is borrowed. */
rq_status rq_hdf5_open(rq_hdf5_file **out, const char *path, rq_hdf5_part part, size_t max_bytes);
/* The next item, in the order of names; RQ_HDF5_END after the last one. RQ_EFORMAT for files that
 * are damaged, too large, or not read in time; RQ_ECANCELLED. Content that was not taken is passed
 * over.
 */
rq_status rq_hdf5_next(rq_hdf5_item *out, rq_hdf5_file *file);
/* The content of the item that was given last: item.bytes. Once. */
rq_status rq_hdf5_take(void *to, rq_hdf5_file *file);
void rq_hdf5_close(rq_hdf5_file **file); /* accepts NULL and *file == NULL */

/* The HDF5 file that has the items in the open file `fd`, from its begin to RQ_HDF5_END, as bytes
 * to be freed with free(). Nothing cancels it. `path`, for messages, is the file that is made.
 * RQ_EIO, also for what the library refuses. */
rq_status rq_hdf5_make(uint8_t **image, size_t *size, int fd, const char *path);

#endif
