/* The text header of a .npy file. */
#ifndef RQ_DATASETS_ARRAYS_NPY_HEADER_H
#define RQ_DATASETS_ARRAYS_NPY_HEADER_H

#include "engine/base/tensor.h"

typedef struct rq_npy_header {
    rq_dtype dtype;
    bool swapped; /* bytes of each element are in the other order than this machine's */
    bool fortran; /* first dimension innermost */
    rq_shape shape;
} rq_npy_header;

/* Parses the Python dictionary text[0..n): exactly the keys descr, fortran_order and shape, in
 * any order. `path` is for messages. */
rq_status rq_npy_header_parse(rq_npy_header *out, const char *text, size_t n, const char *path);

/* NumPy's descr ("<f4") of a type it has; NULL for others. */
const char *rq_npy_descr(rq_dtype dtype);

#endif
