#include "quant/weight_error.h"

#include "engine/base/cpu.h"
#include "engine/base/round.h"
#include "quant/saturation.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANES RQ_PAIR_LANES
#define ROUNDER 6755399441055744.0 /* as rq_round_half_even */

static double fold(double lane[LANES])
{
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t j = 0; j < half; j++) lane[j] += lane[j + half];
    return lane[0];
}

static int round_code(double x, int limit)
{
    double r = rq_round_half_even(x);
    return r > limit ? limit : r < -limit ? -limit : (int)r;
}

double rq_weight_error_plain(const rq_weight_pairs *pairs, size_t first, size_t n,
                             const rq_weight_trial *trial, size_t *repaired)
{
    double lane[LANES] = {0.0};
    for (size_t p = first; p < first + n; p++) {
        double x0 = (double)pairs->w[0][p] * trial->inverse, m0 = pairs->mean_square[0][p];
        double x1 = (double)pairs->w[1][p] * trial->inverse, m1 = pairs->mean_square[1][p];
        int a0 = pairs->max_code[0] ? pairs->max_code[0][p] : UINT8_MAX;
        int a1 = pairs->max_code[0] ? pairs->max_code[1][p] : UINT8_MAX;
        int c0 = round_code(x0, trial->limit), c1 = round_code(x1, trial->limit);
        if (trial->repair && !rq_pair_is_safe(c0, c1, a0, a1)) {
            rq_pair_repair(&c0, &c1, x0, x1, m0, m1, a0, a1);
            ++*repaired;
        }
        double d0 = x0 - c0, d1 = x1 - c1;
        lane[(p - first) % LANES] += m0 * d0 * d0 + m1 * d1 * d1;
    }
    return fold(lane);
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512dq")))
#define INLINE __attribute__((always_inline)) static inline

/* -- AVX2: four pairs ------------------------------------------------------------------------- */

AVX2 INLINE __m256d round_four(__m256d x)
{
    const __m256d magic = _mm256_set1_pd(ROUNDER);
    return _mm256_sub_pd(_mm256_add_pd(x, magic), magic);
}

AVX2 INLINE __m256d code_four(__m256d x, __m256d limit)
{
    __m256d low = _mm256_sub_pd(_mm256_setzero_pd(), limit);
    return _mm256_min_pd(_mm256_max_pd(round_four(x), low), limit);
}

/* rq_pair_repair in the places that `unsafe` names. */
AVX2 INLINE void repair_four(__m256d code[2], const __m256d x[2], const __m256d m[2],
                             __m256d unsafe)
{
    const __m256d sign_bit = _mm256_set1_pd(-0.0), most = _mm256_set1_pd(RQ_PAIR_SAFE_SUM);
    __m256d sign = _mm256_and_pd(code[0], sign_bit);
    __m256d x0 = _mm256_xor_pd(x[0], sign), x1 = _mm256_xor_pd(x[1], sign);
    __m256d high = _mm256_xor_pd(code[0], sign);
    __m256d low = _mm256_sub_pd(most, _mm256_xor_pd(code[1], sign));
    __m256d pull =
        _mm256_add_pd(_mm256_mul_pd(m[0], x0), _mm256_mul_pd(m[1], _mm256_sub_pd(most, x1)));
    __m256d size = round_four(_mm256_div_pd(pull, _mm256_add_pd(m[0], m[1])));
    size = _mm256_min_pd(_mm256_max_pd(size, low), high); /* NaN gives low */
    code[0] = _mm256_blendv_pd(code[0], _mm256_xor_pd(size, sign), unsafe);
    code[1] = _mm256_blendv_pd(code[1], _mm256_xor_pd(_mm256_sub_pd(most, size), sign), unsafe);
}

AVX2 INLINE __m256d error_four(const rq_weight_pairs *pairs, size_t p, const rq_weight_trial *trial,
                               bool repair, size_t *repaired)
{
    const __m256d inverse = _mm256_set1_pd(trial->inverse), limit = _mm256_set1_pd(trial->limit);
    __m256d x[2], m[2], code[2], part[2];
    for (int k = 0; k < 2; k++) {
        x[k] = _mm256_mul_pd(_mm256_cvtps_pd(_mm_loadu_ps(pairs->w[k] + p)), inverse);
        m[k] = _mm256_loadu_pd(pairs->mean_square[k] + p);
        code[k] = code_four(x[k], limit);
    }
    if (repair) {
        __m256d sum = _mm256_andnot_pd(_mm256_set1_pd(-0.0), _mm256_add_pd(code[0], code[1]));
        __m256d unsafe = _mm256_cmp_pd(sum, _mm256_set1_pd(RQ_PAIR_SAFE_SUM), _CMP_GT_OQ);
        int which = _mm256_movemask_pd(unsafe);
        if (which) {
            repair_four(code, x, m, unsafe);
            *repaired += (size_t)__builtin_popcount((unsigned)which);
        }
    }
    for (int k = 0; k < 2; k++) {
        __m256d d = _mm256_sub_pd(x[k], code[k]);
        part[k] = _mm256_mul_pd(_mm256_mul_pd(m[k], d), d);
    }
    return _mm256_add_pd(part[0], part[1]);
}

AVX2 INLINE double error_avx2(const rq_weight_pairs *pairs, size_t first, size_t n,
                              const rq_weight_trial *trial, bool repair, size_t *repaired)
{
    __m256d low = _mm256_setzero_pd(), high = low;
    double lane[LANES];
    for (size_t p = first; p < first + n; p += LANES) {
        low = _mm256_add_pd(low, error_four(pairs, p, trial, repair, repaired));
        high = _mm256_add_pd(high, error_four(pairs, p + 4, trial, repair, repaired));
    }
    _mm256_storeu_pd(lane, low);
    _mm256_storeu_pd(lane + 4, high);
    return fold(lane);
}

AVX2 double rq_weight_error_avx2(const rq_weight_pairs *pairs, size_t first, size_t n,
                                 const rq_weight_trial *trial, size_t *repaired)
{
    return trial->repair ? error_avx2(pairs, first, n, trial, true, repaired)
                         : error_avx2(pairs, first, n, trial, false, repaired);
}

/* -- AVX-512: eight pairs --------------------------------------------------------------------- */

AVX512 INLINE __m512d round_eight(__m512d x)
{
    const __m512d magic = _mm512_set1_pd(ROUNDER);
    return _mm512_sub_pd(_mm512_add_pd(x, magic), magic);
}

AVX512 INLINE __m512d code_eight(__m512d x, __m512d limit)
{
    __m512d low = _mm512_sub_pd(_mm512_setzero_pd(), limit);
    return _mm512_min_pd(_mm512_max_pd(round_eight(x), low), limit);
}

AVX512 INLINE void repair_eight(__m512d code[2], const __m512d x[2], const __m512d m[2],
                                __mmask8 unsafe)
{
    const __m512d sign_bit = _mm512_set1_pd(-0.0), most = _mm512_set1_pd(RQ_PAIR_SAFE_SUM);
    __m512d sign = _mm512_and_pd(code[0], sign_bit);
    __m512d x0 = _mm512_xor_pd(x[0], sign), x1 = _mm512_xor_pd(x[1], sign);
    __m512d high = _mm512_xor_pd(code[0], sign);
    __m512d low = _mm512_sub_pd(most, _mm512_xor_pd(code[1], sign));
    __m512d pull =
        _mm512_add_pd(_mm512_mul_pd(m[0], x0), _mm512_mul_pd(m[1], _mm512_sub_pd(most, x1)));
    __m512d size = round_eight(_mm512_div_pd(pull, _mm512_add_pd(m[0], m[1])));
    size = _mm512_min_pd(_mm512_max_pd(size, low), high);
    code[0] = _mm512_mask_xor_pd(code[0], unsafe, size, sign);
    code[1] = _mm512_mask_xor_pd(code[1], unsafe, _mm512_sub_pd(most, size), sign);
}

AVX512 INLINE __m512d error_eight(const rq_weight_pairs *pairs, size_t p,
                                  const rq_weight_trial *trial, bool repair, size_t *repaired)
{
    const __m512d inverse = _mm512_set1_pd(trial->inverse), limit = _mm512_set1_pd(trial->limit);
    __m512d x[2], m[2], code[2], part[2];
    for (int k = 0; k < 2; k++) {
        x[k] = _mm512_mul_pd(_mm512_cvtps_pd(_mm256_loadu_ps(pairs->w[k] + p)), inverse);
        m[k] = _mm512_loadu_pd(pairs->mean_square[k] + p);
        code[k] = code_eight(x[k], limit);
    }
    if (repair) {
        __m512d sum = _mm512_andnot_pd(_mm512_set1_pd(-0.0), _mm512_add_pd(code[0], code[1]));
        __mmask8 unsafe = _mm512_cmp_pd_mask(sum, _mm512_set1_pd(RQ_PAIR_SAFE_SUM), _CMP_GT_OQ);
        if (unsafe) {
            repair_eight(code, x, m, unsafe);
            *repaired += (size_t)__builtin_popcount(unsafe);
        }
    }
    for (int k = 0; k < 2; k++) {
        __m512d d = _mm512_sub_pd(x[k], code[k]);
        part[k] = _mm512_mul_pd(_mm512_mul_pd(m[k], d), d);
    }
    return _mm512_add_pd(part[0], part[1]);
}

AVX512 INLINE double error_avx512(const rq_weight_pairs *pairs, size_t first, size_t n,
                                  const rq_weight_trial *trial, bool repair, size_t *repaired)
{
    __m512d sum = _mm512_setzero_pd();
    double lane[LANES];
    for (size_t p = first; p < first + n; p += LANES)
        sum = _mm512_add_pd(sum, error_eight(pairs, p, trial, repair, repaired));
    _mm512_storeu_pd(lane, sum);
    return fold(lane);
}

AVX512 double rq_weight_error_avx512(const rq_weight_pairs *pairs, size_t first, size_t n,
                                     const rq_weight_trial *trial, size_t *repaired)
{
    return trial->repair ? error_avx512(pairs, first, n, trial, true, repaired)
                         : error_avx512(pairs, first, n, trial, false, repaired);
}

#else

double rq_weight_error_avx2(const rq_weight_pairs *pairs, size_t first, size_t n,
                            const rq_weight_trial *trial, size_t *repaired)
{
    return rq_weight_error_plain(pairs, first, n, trial, repaired);
}

double rq_weight_error_avx512(const rq_weight_pairs *pairs, size_t first, size_t n,
                              const rq_weight_trial *trial, size_t *repaired)
{
    return rq_weight_error_plain(pairs, first, n, trial, repaired);
}

#endif

/* -- choice ----------------------------------------------------------------------------------- */

rq_weight_error_fn *rq_weight_error_get(const rq_weight_pairs *pairs)
{
    if (pairs->max_code[0]) return rq_weight_error_plain;
    if (rq_cpu_has(RQ_ISA_AVX512)) return rq_weight_error_avx512;
    return rq_cpu_has(RQ_ISA_AVX2) ? rq_weight_error_avx2 : rq_weight_error_plain;
}
