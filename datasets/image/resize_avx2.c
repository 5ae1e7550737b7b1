/* A product of an 8-bit sample and a 22-bit weight needs 32 bits, for which AVX2 is slow. The
 * weight is split in two 16-bit halves instead, and pmaddwd multiplies and adds two taps at a
 * time; sums wrap modulo 2^32 and come out exact, since the final sum fits. */
#include "datasets/image/resize_kernels.h"

#if defined(__x86_64__)

#include "engine/base/cpu.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i finish(__m256i low, __m256i high)
{
    __m256i half = _mm256_set1_epi32(1 << (RQ_RESIZE_BITS - 1));
    __m256i sum = _mm256_add_epi32(low, _mm256_slli_epi32(high, RQ_RESIZE_LOW_BITS));
    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), RQ_RESIZE_BITS);
}

/* The weights of 4 taps: taps 0,1 four times in the lower lane, taps 2,3 in the upper. */
AVX2 static inline __m256i spread_weights(const int16_t *weights)
{
    const __m256i pairs = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    __m256i four = _mm256_castsi128_si256(_mm_loadl_epi64((const __m128i *)weights));
    return _mm256_permutevar8x32_epi32(four, pairs);
}

/* One RGB pixel: 4 taps a turn, as 16-bit pairs r0 r1 g0 g1 b0 b1 in the lower lane and
 * r2 r3 g2 g3 b2 b3 in the upper. */
AVX2 static inline __m128i pixel(const uint8_t *in, const int16_t *low, const int16_t *high,
                                 int count)
{
    const __m256i pairs =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                         -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    __m256i sum_low = _mm256_setzero_si256(), sum_high = _mm256_setzero_si256();
    for (int k = 0; k < count; k += 4) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(in + 3 * k));
        __m256i samples = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), pairs);
        sum_low = _mm256_add_epi32(sum_low, _mm256_madd_epi16(samples, spread_weights(low + k)));
        sum_high = _mm256_add_epi32(sum_high, _mm256_madd_epi16(samples, spread_weights(high + k)));
    }
    __m256i sum = _mm256_add_epi32(sum_low, _mm256_slli_epi32(sum_high, RQ_RESIZE_LOW_BITS));
    __m128i both = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    both = _mm_add_epi32(both, _mm_set1_epi32(1 << (RQ_RESIZE_BITS - 1)));
    return _mm_srai_epi32(both, RQ_RESIZE_BITS);
}

AVX2 static void across(uint8_t *dst, const uint8_t *src, const rq_resize_axis *axis, int channels)
{
    if (channels != 3) {
        rq_resize_plain.across(dst, src, axis, channels);
        return;
    }
    for (size_t i = 0; i < axis->n; i++, dst += 3) {
        size_t at = i * axis->taps;
        __m128i sums = pixel(src + 3 * (size_t)axis->first[i], axis->low + at, axis->high + at,
                             axis->count[i]);
        __m128i words = _mm_packs_epi32(sums, sums);
        int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, words));
        memcpy(dst, &bytes, 4); /* the fourth is overwritten by the next pixel, or is slack */
    }
}

/* Two weights of taps k, k+1 as one 32-bit pattern in every place. */
AVX2 static inline __m256i pair_weights(const int16_t *weights)
{
    int32_t pair;
    memcpy(&pair, weights, sizeof pair);
    return _mm256_set1_epi32(pair);
}

/* 16 bytes of an output row. */
AVX2 static inline __m128i sixteen(const uint8_t *src, size_t stride, const int16_t *low,
                                   const int16_t *high, size_t count)
{
    __m256i zero = _mm256_setzero_si256(), low_a = zero, low_b = zero, high_a = zero, high_b = zero;
    for (size_t k = 0; k < count; k += 2) {
        size_t other = k + 1 < count ? k + 1 : k; /* an odd last tap pairs with a weight of 0 */
        __m128i even = _mm_loadu_si128((const __m128i *)(src + k * stride));
        __m128i odd = _mm_loadu_si128((const __m128i *)(src + other * stride));
        __m256i a = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(even, odd));
        __m256i b = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(even, odd));
        __m256i weight_low = pair_weights(low + k), weight_high = pair_weights(high + k);
        low_a = _mm256_add_epi32(low_a, _mm256_madd_epi16(a, weight_low));
        low_b = _mm256_add_epi32(low_b, _mm256_madd_epi16(b, weight_low));
        high_a = _mm256_add_epi32(high_a, _mm256_madd_epi16(a, weight_high));
        high_b = _mm256_add_epi32(high_b, _mm256_madd_epi16(b, weight_high));
    }
    __m256i words = _mm256_packs_epi32(finish(low_a, high_a), finish(low_b, high_b));
    words = _mm256_permute4x64_epi64(words, 0xD8); /* the pack works within lanes: 0 2 1 3 */
    return _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
}

/* The rows follow each other without gaps: what the last 16 bytes write too much is the next
 * row's beginning, still to come, or slack. */
AVX2 static void down(uint8_t *dst, const uint8_t *src, size_t stride, const rq_resize_axis *axis,
                      size_t i, size_t n)
{
    size_t at = i * axis->taps;
    for (size_t x = 0; x < n; x += 16)
        _mm_storeu_si128((__m128i *)(dst + x), sixteen(src + x, stride, axis->low + at,
                                                       axis->high + at, (size_t)axis->count[i]));
}

const rq_resize_kernels rq_resize_avx2 = {across, down};

const rq_resize_kernels *rq_resize_kernels_get(void)
{
    return rq_cpu_has(RQ_ISA_AVX2) ? &rq_resize_avx2 : &rq_resize_plain;
}

#else

const rq_resize_kernels *rq_resize_kernels_get(void)
{
    return &rq_resize_plain;
}

#endif
