/* Nearest neighbours as copies of elements in the layout that they have, by any rule of rounding.
 * Private to engine/exec/onednn. */
#ifndef RQ_EXEC_ONEDNN_NEAREST_H
#define RQ_EXEC_ONEDNN_NEAREST_H

#include "engine/exec/onednn/dnnl.h"

/* [segments, rows, columns, bytes] memory; rows are all spatial dims but the last. */
typedef struct rq_nearest {
    size_t segments, bytes;
    size_t rows_in, rows_out, columns_in, columns_out;
    const int32_t *rows, *columns; /* [.._out]: what is read; indices below .._in */
} rq_nearest;

void rq_nearest_run(const rq_nearest *nearest, unsigned threads, void *out, const void *in);

#endif
