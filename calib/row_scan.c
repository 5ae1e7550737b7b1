#include "calib/row_scan.h"

#include "engine/base/cpu.h"

#include <math.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ROWS RQ_ROW_SCAN_ROWS
/* Bytes to prefetch ahead: the prefetchers of the CPU stop at page boundaries. */
#define AHEAD 4096

static void take_plain(const rq_row_sums *s, size_t c, float x)
{
    s->min[c] = x < s->min[c] ? x : s->min[c];
    s->max[c] = x > s->max[c] ? x : s->max[c];
    s->sum[c] += x;
    s->square[c] += (double)x * x;
}

void rq_row_scan_plain(const rq_row_sums *into, const float *rows, size_t n_rows, size_t n_channels)
{
    for (size_t r = 0; r < n_rows; r++, rows += n_channels)
        for (size_t c = 0; c < n_channels; c++) take_plain(into, c, rows[c]);
}

#if defined(__x86_64__)

/* -- AVX2: eight channels --------------------------------------------------------------------- */

#define AVX2 __attribute__((target("avx2,fma")))

AVX2 static void scan_eight(const rq_row_sums *s, const float *x, size_t n_rows, size_t n_channels)
{
    __m256 min = _mm256_loadu_ps(s->min), max = _mm256_loadu_ps(s->max);
    __m256d sum[2], square[2];
    for (int k = 0; k < 2; k++) {
        sum[k] = _mm256_loadu_pd(s->sum + 4 * k);
        square[k] = _mm256_loadu_pd(s->square + 4 * k);
    }
    for (size_t r = 0; r < n_rows; r++, x += n_channels) {
        _mm_prefetch((const char *)x + AHEAD, _MM_HINT_T0);
        __m256 row = _mm256_loadu_ps(x);
        min = _mm256_min_ps(row, min);
        max = _mm256_max_ps(row, max);
        for (int k = 0; k < 2; k++) {
            __m256d wide = _mm256_cvtps_pd(_mm_loadu_ps(x + 4 * k));
            sum[k] = _mm256_add_pd(sum[k], wide);
            square[k] = _mm256_fmadd_pd(wide, wide, square[k]);
        }
    }
    _mm256_storeu_ps(s->min, min);
    _mm256_storeu_ps(s->max, max);
    for (int k = 0; k < 2; k++) {
        _mm256_storeu_pd(s->sum + 4 * k, sum[k]);
        _mm256_storeu_pd(s->square + 4 * k, square[k]);
    }
}

AVX2 void rq_row_scan_avx2(const rq_row_sums *into, const float *rows, size_t n_rows,
                           size_t n_channels)
{
    size_t vectors = n_channels / 8 * 8;
    for (size_t at = 0; at < n_rows; at += ROWS, rows += ROWS * n_channels) {
        size_t n = n_rows - at < ROWS ? n_rows - at : ROWS;
        for (size_t c = 0; c < vectors; c += 8) {
            rq_row_sums s = {into->min + c, into->max + c, into->sum + c, into->square + c};
            scan_eight(&s, rows + c, n, n_channels);
        }
        for (size_t c = vectors; c < n_channels; c++)
            for (size_t r = 0; r < n; r++) take_plain(into, c, rows[r * n_channels + c]);
    }
}

/* -- AVX-512: sixteen channels, the last ones masked ------------------------------------------ */

#define AVX512 __attribute__((target("avx512f,avx512dq,avx2,fma")))
#define EVERYWHERE __attribute__((always_inline)) static inline

/* Sixteen channels. */
typedef struct vectors {
    __m512 min, max;
    __m512d sum[2], square[2];
} vectors;

AVX512 EVERYWHERE void load(vectors *v, const rq_row_sums *s, size_t c, __mmask16 there)
{
    v->min = _mm512_maskz_loadu_ps(there, s->min + c);
    v->max = _mm512_maskz_loadu_ps(there, s->max + c);
    for (int k = 0; k < 2; k++) {
        v->sum[k] = _mm512_maskz_loadu_pd((__mmask8)(there >> 8 * k), s->sum + c + 8 * k);
        v->square[k] = _mm512_maskz_loadu_pd((__mmask8)(there >> 8 * k), s->square + c + 8 * k);
    }
}

AVX512 EVERYWHERE void store(const rq_row_sums *s, size_t c, const vectors *v, __mmask16 there)
{
    _mm512_mask_storeu_ps(s->min + c, there, v->min);
    _mm512_mask_storeu_ps(s->max + c, there, v->max);
    for (int k = 0; k < 2; k++) {
        _mm512_mask_storeu_pd(s->sum + c + 8 * k, (__mmask8)(there >> 8 * k), v->sum[k]);
        _mm512_mask_storeu_pd(s->square + c + 8 * k, (__mmask8)(there >> 8 * k), v->square[k]);
    }
}

AVX512 EVERYWHERE void take(vectors *v, __m512 x, __m256 low, __m256 high)
{
    __m512d wide[2] = {_mm512_cvtps_pd(low), _mm512_cvtps_pd(high)};
    v->min = _mm512_min_ps(x, v->min);
    v->max = _mm512_max_ps(x, v->max);
    for (int k = 0; k < 2; k++) {
        v->sum[k] = _mm512_add_pd(v->sum[k], wide[k]);
        v->square[k] = _mm512_fmadd_pd(wide[k], wide[k], v->square[k]);
    }
}

AVX512 static void scan_sixteen(const rq_row_sums *s, size_t c, const float *x, size_t n_rows,
                                size_t n_channels, __mmask16 there)
{
    vectors v;
    load(&v, s, c, there);
    for (size_t r = 0; r < n_rows; r++, x += n_channels) {
        _mm_prefetch((const char *)x + AHEAD, _MM_HINT_T0);
        __m512 row = _mm512_maskz_loadu_ps(there, x);
        take(&v, row, _mm512_castps512_ps256(row), _mm512_extractf32x8_ps(row, 1));
    }
    store(s, c, &v, there);
}

AVX512 void rq_row_scan_avx512(const rq_row_sums *into, const float *rows, size_t n_rows,
                               size_t n_channels)
{
    for (size_t at = 0; at < n_rows; at += ROWS, rows += ROWS * n_channels) {
        size_t n = n_rows - at < ROWS ? n_rows - at : ROWS;
        for (size_t c = 0; c < n_channels; c += 16)
            scan_sixteen(into, c, rows + c, n, n_channels,
                         n_channels - c < 16 ? (__mmask16)((1u << (n_channels - c)) - 1) : 0xffff);
    }
}

#else

void rq_row_scan_avx2(const rq_row_sums *into, const float *rows, size_t n_rows, size_t n_channels)
{
    rq_row_scan_plain(into, rows, n_rows, n_channels);
}

void rq_row_scan_avx512(const rq_row_sums *into, const float *rows, size_t n_rows,
                        size_t n_channels)
{
    rq_row_scan_plain(into, rows, n_rows, n_channels);
}

#endif

rq_row_scan_fn *rq_row_scan_get(void)
{
    if (rq_cpu_has(RQ_ISA_AVX512)) return rq_row_scan_avx512;
    return rq_cpu_has(RQ_ISA_AVX2) ? rq_row_scan_avx2 : rq_row_scan_plain;
}

void rq_row_sums_clear(const rq_row_sums *sums, size_t n_channels)
{
    for (size_t c = 0; c < n_channels; c++) {
        sums->min[c] = INFINITY;
        sums->max[c] = -INFINITY;
        sums->sum[c] = sums->square[c] = 0.0;
    }
}

/* The rare way: something is not finite. */
static void scan_careful(rq_block_stats *out, const float *x, size_t n_rows, size_t n_channels)
{
    *out = RQ_BLOCK_STATS_EMPTY;
    for (size_t r = 0; r < n_rows; r++, x += n_channels) {
        out->nan += isnan(*x) != 0;
        out->inf += isinf(*x) != 0;
        if (!isfinite(*x)) continue;
        out->min = *x < out->min ? *x : out->min;
        out->max = *x > out->max ? *x : out->max;
        out->sum += *x;
        out->square += (double)*x * *x;
        out->finite++;
    }
}

void rq_row_sums_channel(rq_block_stats *out, const rq_row_sums *sums, size_t channel,
                         const float *rows, size_t n_rows, size_t n_channels)
{
    *out = (rq_block_stats){.min = sums->min[channel],
                            .max = sums->max[channel],
                            .sum = sums->sum[channel],
                            .square = sums->square[channel],
                            .finite = n_rows};
    if (!isfinite(out->square)) scan_careful(out, rows + channel, n_rows, n_channels);
    out->min += 0.0f; /* -0 + 0 is +0 */
    out->max += 0.0f;
}
