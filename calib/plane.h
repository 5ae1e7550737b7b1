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

/* The best implementation for this CPU. */
void rq_plane_scan(rq_plane *out, const float *data, size_t n);

/* The implementations, for tests; the AVX2 one only where rq_plane_has_avx2. */
void rq_plane_scan_plain(rq_plane *out, const float *data, size_t n);
void rq_plane_scan_avx2(rq_plane *out, const float *data, size_t n);
bool rq_plane_has_avx2(void);

/* Adds the findings about other values of the same channel. */
void rq_plane_combine(rq_plane *into, const rq_plane *from);
#define RQ_PLANE_EMPTY ((rq_plane){.min = __builtin_inff(), .max = -__builtin_inff()})

#endif
