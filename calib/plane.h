/* What one pass over contiguous float32 values finds: the kernel of calibration.
 *
 * Sums are in double, in a fixed order: element i goes to lane i % 16, then lanes j and j + 8 are
 * added, j and j + 4, j and j + 2, j and j + 1. A square is exact in double (24 + 24 bits), so
 * that a fused multiply-add gives the same bits as a product and a sum. All implementations
 * therefore agree bit by bit. */
#ifndef RQ_CALIB_PLANE_H
#define RQ_CALIB_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_PLANE_LANES 16

/* Of finite values only. min and max are +Inf and -Inf when there is none; never -0.0. */
typedef struct rq_plane {
    float min, max;
    double sum, square;
    uint64_t finite, nan, inf; /* counts */
} rq_plane;

typedef void rq_plane_scan_fn(rq_plane *out, const float *data, size_t n);

/* The best implementation for this CPU. */
rq_plane_scan_fn *rq_plane_scan_get(void);

/* The implementations, for tests; those with a rq_plane_has_ only where it says so. */
rq_plane_scan_fn rq_plane_scan_plain;
rq_plane_scan_fn rq_plane_scan_avx2;
rq_plane_scan_fn rq_plane_scan_avx512;
bool rq_plane_has_avx2(void);
bool rq_plane_has_avx512(void);

/* Adds the findings about other values of the same channel. */
void rq_plane_combine(rq_plane *into, const rq_plane *from);
#define RQ_PLANE_EMPTY ((rq_plane){.min = __builtin_inff(), .max = -__builtin_inff()})

#endif
