#include "calib/block_stats.h"

#include "engine/base/cpu.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES RQ_BLOCK_SCAN_LANES
/* Bytes to prefetch ahead: the prefetchers of the CPU stop at page boundaries. */
#define AHEAD 4096
/* Compiled anew for the instruction set of each caller: code for SSE between AVX instructions
 * costs more than a small plane. */
#define EVERYWHERE __attribute__((always_inline)) static inline

typedef struct lanes {
    float min[LANES], max[LANES];
    double sum[LANES], square[LANES];
} lanes;

EVERYWHERE void start(lanes *l)
{
    for (size_t j = 0; j < LANES; j++) {
        l->min[j] = INFINITY;
        l->max[j] = -INFINITY;
        l->sum[j] = l->square[j] = 0.0;
    }
}

/* The comparisons are those of minps and maxps: the lane stays when x is equal or NaN. */
EVERYWHERE void take(lanes *l, size_t j, float x)
{
    l->min[j] = x < l->min[j] ? x : l->min[j];
    l->max[j] = x > l->max[j] ? x : l->max[j];
    l->sum[j] += x;
    l->square[j] += (double)x * x;
}

EVERYWHERE void fold(rq_block_stats *out, lanes *l, size_t n)
{
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++) {
            l->min[j] = l->min[j + half] < l->min[j] ? l->min[j + half] : l->min[j];
            l->max[j] = l->max[j + half] > l->max[j] ? l->max[j + half] : l->max[j];
            l->sum[j] += l->sum[j + half];
            l->square[j] += l->square[j + half];
        }
    *out = (rq_block_stats){.min = l->min[0] + 0.0f, /* -0 + 0 is +0 */
                            .max = l->max[0] + 0.0f,
                            .sum = l->sum[0],
                            .square = l->square[0],
                            .finite = n};
}

/* The rare way: something is not finite. Zeros stand in, so that lanes keep their places. */
static void scan_careful(rq_block_stats *out, const float *data, size_t n)
{
    lanes l;
    start(&l);
    uint64_t nan = 0, inf = 0;
    for (size_t i = 0; i < n; i++) {
        nan += isnan(data[i]) != 0;
        inf += isinf(data[i]) != 0;
        if (isfinite(data[i])) take(&l, i % LANES, data[i]);
    }
    fold(out, &l, n - nan - inf);
    out->nan = nan;
    out->inf = inf;
}

/* Squares of floats cannot overflow a double: the sum is finite exactly when all values are. */
static void check(rq_block_stats *out, const float *data, size_t n)
{
    if (!isfinite(out->square)) scan_careful(out, data, n);
}

void rq_block_scan_plain(rq_block_stats *out, const float *data, size_t n)
{
    lanes l;
    start(&l);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) take(&l, j, data[i + j]);
    for (; i < n; i++) take(&l, i % LANES, data[i]);
    fold(out, &l, n);
    check(out, data, n);
}

#if defined(__x86_64__)

/* -- AVX2: sixteen lanes in four vectors of sums ---------------------------------------------- */

#define AVX2 __attribute__((target("avx2,fma")))

typedef struct quarters {
    __m256 min, max; /* of lanes j and j + 8 together: extremes need no order */
    __m256d sum[4], square[4];
} quarters;

/* Converting from memory takes fewer steps than cutting a register up. */
AVX2 EVERYWHERE void add_quarter(quarters *q, int k, __m128 x)
{
    __m256d wide = _mm256_cvtps_pd(x);
    q->sum[k] = _mm256_add_pd(q->sum[k], wide);
    q->square[k] = _mm256_fmadd_pd(wide, wide, q->square[k]);
}

AVX2 EVERYWHERE void widen_quarters(quarters *q, __m256 x, __m256 y)
{
    q->min = _mm256_min_ps(_mm256_min_ps(x, y), q->min);
    q->max = _mm256_max_ps(_mm256_max_ps(x, y), q->max);
}

/* The last 1 to 15 values, into the lanes they belong to. A zero changes no sum: sums are never
 * -0. Extremes see the first value once more. */
AVX2 EVERYWHERE void take_some(quarters *q, const float *data, size_t n)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i count = _mm256_set1_epi32((int)n), eight = _mm256_set1_epi32(8);
    __m256i low = _mm256_cmpgt_epi32(count, lane);
    __m256i high = _mm256_cmpgt_epi32(count, _mm256_add_epi32(lane, eight));
    __m256 x = _mm256_maskload_ps(data, low), y = _mm256_maskload_ps(data + 8, high);
    __m256 first = _mm256_broadcast_ss(data);
    add_quarter(q, 0, _mm256_castps256_ps128(x));
    add_quarter(q, 1, _mm256_extractf128_ps(x, 1));
    add_quarter(q, 2, _mm256_castps256_ps128(y));
    add_quarter(q, 3, _mm256_extractf128_ps(y, 1));
    widen_quarters(q, _mm256_blendv_ps(first, x, _mm256_castsi256_ps(low)),
                   _mm256_blendv_ps(first, y, _mm256_castsi256_ps(high)));
}

AVX2 EVERYWHERE double fold_sum(const __m256d a[4])
{
    __m256d four = _mm256_add_pd(_mm256_add_pd(a[0], a[2]), _mm256_add_pd(a[1], a[3]));
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

AVX2 EVERYWHERE float fold_min(__m256 eight_lanes)
{
    __m128 m =
        _mm_min_ps(_mm256_castps256_ps128(eight_lanes), _mm256_extractf128_ps(eight_lanes, 1));
    m = _mm_min_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_min_ss(m, _mm_movehdup_ps(m)));
}

AVX2 EVERYWHERE float fold_max(__m256 eight_lanes)
{
    return -fold_min(_mm256_xor_ps(eight_lanes, _mm256_set1_ps(-0.0f)));
}

AVX2 void rq_block_scan_avx2(rq_block_stats *out, const float *data, size_t n)
{
    quarters q = {_mm256_set1_ps(INFINITY), _mm256_set1_ps(-INFINITY), {{0}}, {{0}}};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm_prefetch((const char *)(data + i) + AHEAD, _MM_HINT_T0);
        for (int k = 0; k < 4; k++) add_quarter(&q, k, _mm_loadu_ps(data + i + 4 * k));
        widen_quarters(&q, _mm256_loadu_ps(data + i), _mm256_loadu_ps(data + i + 8));
    }
    if (i < n) take_some(&q, data + i, n - i);
    *out = (rq_block_stats){.min = fold_min(q.min) + 0.0f,
                            .max = fold_max(q.max) + 0.0f,
                            .sum = fold_sum(q.sum),
                            .square = fold_sum(q.square),
                            .finite = n};
    check(out, data, n);
}

/* -- AVX-512: the same in two ----------------------------------------------------------------- */

#define AVX512 __attribute__((target("avx512f,avx512dq,avx2,fma")))

typedef struct halves {
    __m512 min, max;
    __m512d sum[2], square[2];
} halves;

AVX512 EVERYWHERE void add_half(halves *h, int k, __m256 x)
{
    __m512d wide = _mm512_cvtps_pd(x);
    h->sum[k] = _mm512_add_pd(h->sum[k], wide);
    h->square[k] = _mm512_fmadd_pd(wide, wide, h->square[k]);
}

AVX512 EVERYWHERE double fold_halves(const __m512d a[2])
{
    __m512d eight = _mm512_add_pd(a[0], a[1]);
    __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(eight), _mm512_extractf64x4_pd(eight, 1));
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

AVX512 void rq_block_scan_avx512(rq_block_stats *out, const float *data, size_t n)
{
    halves h = {_mm512_set1_ps(INFINITY), _mm512_set1_ps(-INFINITY), {{0}}, {{0}}};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        _mm_prefetch((const char *)(data + i) + AHEAD, _MM_HINT_T0);
        __m512 x = _mm512_loadu_ps(data + i);
        for (int k = 0; k < 2; k++) add_half(&h, k, _mm256_loadu_ps(data + i + 8 * k));
        h.min = _mm512_min_ps(x, h.min);
        h.max = _mm512_max_ps(x, h.max);
    }
    if (i < n) {
        __mmask16 there = (__mmask16)((1u << (n - i)) - 1);
        __m512 x = _mm512_maskz_loadu_ps(there, data + i);
        add_half(&h, 0, _mm512_castps512_ps256(x));
        add_half(&h, 1, _mm512_extractf32x8_ps(x, 1));
        h.min = _mm512_mask_min_ps(h.min, there, x, h.min);
        h.max = _mm512_mask_max_ps(h.max, there, x, h.max);
    }
    *out = (rq_block_stats){.min = _mm512_reduce_min_ps(h.min) + 0.0f,
                            .max = _mm512_reduce_max_ps(h.max) + 0.0f,
                            .sum = fold_halves(h.sum),
                            .square = fold_halves(h.square),
                            .finite = n};
    check(out, data, n);
}

#else

void rq_block_scan_avx2(rq_block_stats *out, const float *data, size_t n)
{
    rq_block_scan_plain(out, data, n);
}

void rq_block_scan_avx512(rq_block_stats *out, const float *data, size_t n)
{
    rq_block_scan_plain(out, data, n);
}

#endif

/* -- choice ----------------------------------------------------------------------------------- */

rq_block_scan_fn *rq_block_scan_get(void)
{
    if (rq_cpu_has(RQ_ISA_AVX512)) return rq_block_scan_avx512;
    return rq_cpu_has(RQ_ISA_AVX2) ? rq_block_scan_avx2 : rq_block_scan_plain;
}

void rq_block_stats_combine(rq_block_stats *into, const rq_block_stats *from)
{
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    into->sum += from->sum;
    into->square += from->square;
    into->finite += from->finite;
    into->nan += from->nan;
    into->inf += from->inf;
}
