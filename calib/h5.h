/* Writing statistics files: groups, attributes and arrays of numbers, little-endian and contiguous.
 * They are gathered in the file, and requant-hdf5 makes HDF5 of them in the end. Private to calib/.
 * What is read does not come here: see h5_tree.h.
 *
 * The file begins with a user block of 512 bytes (a place that HDF5 leaves to applications): a line
 * of text with the digest of all that follows (h5_seal.h). Files hold no times: the same content
 * gives the same bytes. */
#ifndef RQ_CALIB_H5_H
#define RQ_CALIB_H5_H

#include "engine/base/dtype.h"

typedef struct rq_h5 rq_h5; /* a file and the group one is in; at first the root */

/* `path` is where the file will be in the end, for messages. Both are borrowed. */
rq_status rq_h5_create(rq_h5 **out, const char *temp_path, const char *path);
/* Makes HDF5 of what was put, sealed with the digest; frees in either case. RQ_EIO, also for what
 * HDF5 refused: names that are there twice, attributes above 64 KiB. */
rq_status rq_h5_finish(rq_h5 **h5);

void rq_h5_close(rq_h5 **h5); /* leaves temp_path as it is; accepts NULL and *h5 == NULL */

/* Into a child of the current group, which is created; and back. One by one. */
rq_status rq_h5_enter(rq_h5 *h5, const char *name);
rq_status rq_h5_leave(rq_h5 *h5);

/* Attributes of the current group. A NULL text is not written. */
rq_status rq_h5_put_text(rq_h5 *h5, const char *name, const char *text);
rq_status rq_h5_put_integers(rq_h5 *h5, const char *name, const int64_t *x, size_t n);
rq_status rq_h5_put_count(rq_h5 *h5, const char *name, uint64_t x);

/* Datasets in the current group: [rows], or [rows, columns] when columns > 1. dt is one of F32,
 * F64, U8, U16, U64, I32, I64. */
rq_status rq_h5_put_array(rq_h5 *h5, const char *name, const char *units, rq_dtype dt, size_t rows,
                          size_t columns, const void *data);

#endif
