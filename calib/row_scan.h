/* What one pass over rows of float32 values finds, a row being one value of each channel: the
 * kernel of calibration for values whose channels lie last in memory.
 *
 * Sums are in double; those of a channel go from row to row. A square is exact in double, as in
 * block_stats.h. All implementations therefore agree bit by bit. */
#ifndef RQ_CALIB_ROW_SCAN_H
#define RQ_CALIB_ROW_SCAN_H

#include "calib/block_stats.h"

/* Of the rows so far: [n_channels] each. Where a value is not finite, neither is its channel's
 * square (squares of floats cannot overflow a double), and the rest of the channel means nothing.
 */
typedef struct rq_row_sums {
    float *min, *max; /* +Inf and -Inf before the first row */
    double *sum, *square;
} rq_row_sums;

/* Rows that are taken at a time, so that a channel's sums are loaded and stored once for all. */
#define RQ_ROW_SCAN_ROWS 16

typedef void rq_row_scan_fn(const rq_row_sums *into, const float *rows, size_t n_rows,
                            size_t n_channels);

/* The best implementation for this CPU. */
rq_row_scan_fn *rq_row_scan_get(void);

/* The implementations, for tests; only where rq_cpu_has says so. */
rq_row_scan_fn rq_row_scan_plain;
rq_row_scan_fn rq_row_scan_avx2;
rq_row_scan_fn rq_row_scan_avx512;

void rq_row_sums_clear(const rq_row_sums *sums, size_t n_channels);
/* A channel's findings; `rows`: all that the sums are of. */
void rq_row_sums_channel(rq_block_stats *out, const rq_row_sums *sums, size_t channel,
                         const float *rows, size_t n_rows, size_t n_channels);

#endif
