#include "calib/plane.h"

#include <immintrin.h>
#include <math.h>

#define LANES RQ_PLANE_LANES
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

EVERYWHERE void fold(rq_plane *out, lanes *l, size_t n)
{
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++) {
            l->min[j] = l->min[j + half] < l->min[j] ? l->min[j + half] : l->min[j];
            l->max[j] = l->max[j + half] > l->max[j] ? l->max[j + half] : l->max[j];
            l->sum[j] += l->sum[j + half];
            l->square[j] += l->square[j + half];
        }
    *out = (rq_plane){.min = l->min[0] + 0.0f, /* -0 + 0 is +0 */
                      .max = l->max[0] + 0.0f,
                      .sum = l->sum[0],
                      .square = l->square[0],
                      .finite = n};
}

/* The rare way: something is not finite. Zeros stand in, so that lanes keep their places. */
static void scan_careful(rq_plane *out, const float *data, size_t n)
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
static void check(rq_plane *out, const float *data, size_t n)
{
    if (!isfinite(out->square)) scan_careful(out, data, n);
}

void rq_plane_scan_plain(rq_plane *out, const float *data, size_t n)
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

#define AVX2 __attribute__((target("avx2,fma")))

/* Eight lanes. */
typedef struct eight {
    __m256 min, max;
    __m256d sum[2], square[2];
} eight;

AVX2 EVERYWHERE void start_eight(eight *e)
{
    e->min = _mm256_set1_ps(INFINITY);
    e->max = _mm256_set1_ps(-INFINITY);
    for (int h = 0; h < 2; h++) e->sum[h] = e->square[h] = _mm256_setzero_pd();
}

AVX2 EVERYWHERE void take_eight(eight *e, __m256 x)
{
    e->min = _mm256_min_ps(x, e->min);
    e->max = _mm256_max_ps(x, e->max);
    __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(x));
    __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
    e->sum[0] = _mm256_add_pd(e->sum[0], low);
    e->sum[1] = _mm256_add_pd(e->sum[1], high);
    e->square[0] = _mm256_fmadd_pd(low, low, e->square[0]);
    e->square[1] = _mm256_fmadd_pd(high, high, e->square[1]);
}

/* The last 0 to 7 values, into the lanes they belong to. A zero changes no sum: sums are never
 * -0. */
AVX2 EVERYWHERE void take_some(eight *e, const float *data, size_t n)
{
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
    eight before = *e;
    take_eight(e, _mm256_maskload_ps(data, mask));
    e->min = _mm256_blendv_ps(before.min, e->min, _mm256_castsi256_ps(mask));
    e->max = _mm256_blendv_ps(before.max, e->max, _mm256_castsi256_ps(mask));
}

AVX2 EVERYWHERE double fold_sum(__m256d a0, __m256d a1, __m256d b0, __m256d b1)
{
    __m256d four = _mm256_add_pd(_mm256_add_pd(a0, b0), _mm256_add_pd(a1, b1));
    __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

/* Extremes need no order. */
AVX2 EVERYWHERE float fold_min(__m256 eight_lanes)
{
    __m128 m =
        _mm_min_ps(_mm256_castps256_ps128(eight_lanes), _mm256_extractf128_ps(eight_lanes, 1));
    m = _mm_min_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_min_ss(m, _mm_movehdup_ps(m)));
}

AVX2 void rq_plane_scan_avx2(rq_plane *out, const float *data, size_t n)
{
    eight a, b;
    start_eight(&a);
    start_eight(&b);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        take_eight(&a, _mm256_loadu_ps(data + i));
        take_eight(&b, _mm256_loadu_ps(data + i + 8));
    }
    size_t rest = n - i;
    if (rest >= 8) {
        take_eight(&a, _mm256_loadu_ps(data + i));
        if (rest > 8) take_some(&b, data + i + 8, rest - 8);
    } else if (rest) {
        take_some(&a, data + i, rest);
    }
    const __m256 sign = _mm256_set1_ps(-0.0f);
    out->min = fold_min(_mm256_min_ps(a.min, b.min)) + 0.0f;
    out->max = -fold_min(_mm256_xor_ps(_mm256_max_ps(a.max, b.max), sign)) + 0.0f;
    out->sum = fold_sum(a.sum[0], a.sum[1], b.sum[0], b.sum[1]);
    out->square = fold_sum(a.square[0], a.square[1], b.square[0], b.square[1]);
    out->finite = n;
    out->nan = out->inf = 0;
    check(out, data, n);
}

bool rq_plane_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

void rq_plane_scan(rq_plane *out, const float *data, size_t n)
{
    (rq_plane_has_avx2() ? rq_plane_scan_avx2 : rq_plane_scan_plain)(out, data, n);
}

void rq_plane_combine(rq_plane *into, const rq_plane *from)
{
    into->min = from->min < into->min ? from->min : into->min;
    into->max = from->max > into->max ? from->max : into->max;
    into->sum += from->sum;
    into->square += from->square;
    into->finite += from->finite;
    into->nan += from->nan;
    into->inf += from->inf;
}
