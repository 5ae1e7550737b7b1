/* Statistics files by the HDF5 library: groups, attributes and arrays of numbers, little-endian and
 * contiguous. Private to calib/.
 *
 * The file begins with a user block of 512 bytes (a place that HDF5 leaves to applications): a line
 * of text with the digest of all that follows. It is verified before HDF5 sees the file, so that
 * no damage can reach that library, and then every type and extent is checked before anything is
 * allocated. Files hold no times: the same content gives the same bytes. */
#ifndef RQ_CALIB_H5_H
#define RQ_CALIB_H5_H

#include "engine/base/arena.h"
#include "engine/base/dtype.h"

typedef struct rq_h5 rq_h5; /* an open file and the group one is in; at first the root */

/* Writing. `path` is where the file will be in the end, for messages. */
rq_status rq_h5_create(rq_h5 **out, const char *temp_path, const char *path);
rq_status rq_h5_finish(rq_h5 **h5); /* closes and seals with the digest; frees in either case */

/* RQ_EARG where writing would replace a file that never was a statistics file. */
rq_status rq_h5_may_replace(const char *path);

/* RQ_EFORMAT for what is not sealed HDF5. */
rq_status rq_h5_open(rq_h5 **out, const char *path);
void rq_h5_close(rq_h5 **h5); /* accepts NULL and *h5 == NULL */

/* Into a child of the current group, created when the file is written; and back. One by one. */
rq_status rq_h5_enter(rq_h5 *h5, const char *name);
void rq_h5_leave(rq_h5 *h5);
rq_status rq_h5_children(size_t *n, rq_h5 *h5); /* links in the current group */

/* Attributes of the current group. A NULL text is not written, and one absent reads as NULL. */
rq_status rq_h5_put_text(rq_h5 *h5, const char *name, const char *text);
rq_status rq_h5_put_integers(rq_h5 *h5, const char *name, const int64_t *x, size_t n);
rq_status rq_h5_put_count(rq_h5 *h5, const char *name, uint64_t x);
rq_status rq_h5_get_text(const char **out, rq_h5 *h5, const char *name, rq_arena *arena);
/* At most `capacity` of them; *n gets how many. */
rq_status rq_h5_get_integers(int64_t *out, size_t *n, rq_h5 *h5, const char *name, size_t capacity);
rq_status rq_h5_get_count(uint64_t *out, rq_h5 *h5, const char *name);

/* Datasets in the current group: [rows], or [rows, columns] when columns > 1. dt is one of F32,
 * F64, U16, U64, I32, I64, and what is read must have exactly that type. */
rq_status rq_h5_put_array(rq_h5 *h5, const char *name, const char *units, rq_dtype dt, size_t rows,
                          size_t columns, const void *data);
/* The rows of a dataset that the file really has the bytes for. */
rq_status rq_h5_rows(size_t *rows, rq_h5 *h5, const char *name, rq_dtype dt, size_t columns);
rq_status rq_h5_get_array(void *out, rq_h5 *h5, const char *name, rq_dtype dt, size_t rows,
                          size_t columns);

#endif
