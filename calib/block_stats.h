/* What one pass over contiguous float32 values finds: the kernel of calibration.
 *
 * Sums are in double, in a fixed order: element i goes to lane i % 16, then lanes j and j + 8 are
 * added, j and j + 4, j and j + 2, j and j + 1. A square is exact in double (24 + 24 bits), so
 * that a fused multiply-add gives the same bits as a product and a sum. All implementations
 * therefore agree bit by bit. */
#ifndef RQ_CALIB_BLOCK_STATS_H
#define RQ_CALIB_BLOCK_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_BLOCK_SCAN_LANES 16

/* Of finite values only. min and max are +Inf and -Inf when there is none; never -0.0. */
typedef struct rq_block_stats {
    float min, max;
    double sum, square;
    uint64_t finite, nan, inf; /* counts */
} rq_block_stats;

typedef void rq_block_scan_fn(rq_block_stats *out, const float *data, size_t n);

/* The best implementation for this CPU. */
rq_block_scan_fn *rq_block_scan_get(void);

/* The implementations, for tests; only where rq_cpu_has says so. */
rq_block_scan_fn rq_block_scan_plain;
rq_block_scan_fn rq_block_scan_avx2;
rq_block_scan_fn rq_block_scan_avx512;

/* Adds the findings about other values of the same channel. */
void rq_block_stats_combine(rq_block_stats *into, const rq_block_stats *from);
#define RQ_BLOCK_STATS_EMPTY ((rq_block_stats){.min = __builtin_inff(), .max = -__builtin_inff()})

#endif
