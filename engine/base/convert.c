/* Arrays from one element type to another. */
#include "engine/base/cpu.h"
#include "engine/base/dtype.h"
#include "engine/base/mem.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* IEEE 754-2019 binary16 without branches, so that the loops below run several at a time. The bits
 * of a float are those of the half shifted by 13, but for the bias of the exponent. */
#define SHIFT 13
#define BIAS ((uint32_t)(127 - 15) << 23)

static inline uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float widen(uint16_t half)
{
    uint32_t magnitude = half & 0x7fffu, shifted = magnitude << SHIFT;
    uint32_t quiet = magnitude > 0x7c00 ? 0x400000 : 0;
    uint32_t normal = shifted + BIAS, special = (shifted + 2 * BIAS) | quiet;
    uint32_t denormal = bits_of((float)(int32_t)magnitude * 0x1p-24f);
    uint32_t bits = magnitude < 0x400 ? denormal : magnitude < 0x7c00 ? normal : special;
    return float_of((uint32_t)(half & 0x8000u) << 16 | bits);
}

/* Half to even; too large is infinite. A NaN keeps its upper bits and is quiet. */
static inline uint16_t narrow(float x)
{
    uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff;
    uint32_t rounded = (magnitude - BIAS + 0xfff + (magnitude >> SHIFT & 1)) >> SHIFT;
    uint32_t normal = rounded > 0x7c00 ? 0x7c00 : rounded;
    /* In [0.5, 1) floats are as far apart as halves are below their smallest normal. */
    uint32_t denormal = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
    uint32_t nan = 0x7e00 | (magnitude & 0x7fffff) >> SHIFT;
    uint32_t half = magnitude > 0x7f800000 ? nan : magnitude < 0x38800000 ? denormal : normal;
    return (uint16_t)((bits >> 16 & 0x8000) | half);
}

uint16_t rq_f32_to_f16(float x)
{
    return narrow(x);
}

float rq_f16_to_f32(uint16_t h)
{
    return widen(h);
}

/* The pairs that models are full of, without a call per element. The memcpy's are plain moves
 * to the compiler; they allow unaligned arrays. */
#define LOOP(name, dst_type, src_type, expression)                                                 \
    BODY(static inline, name##_body, dst_type, src_type, expression)                               \
    BODY(RQ_FOR_AVX2 static, name##_avx2, dst_type, src_type, expression)                          \
    static void name(void *dst, const void *src, size_t n)                                         \
    {                                                                                              \
        (rq_cpu_has(RQ_ISA_AVX2) ? name##_avx2 : name##_body)(dst, src, n);                        \
    }

#define BODY(linkage, name, dst_type, src_type, expression)                                        \
    linkage void name(void *dst, const void *src, size_t n)                                        \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            src_type x;                                                                            \
            memcpy(&x, (const char *)src + i * sizeof x, sizeof x);                                \
            dst_type y = (expression);                                                             \
            memcpy((char *)dst + i * sizeof y, &y, sizeof y);                                      \
        }                                                                                          \
    }

BODY(static inline, f16_from_f32_plain, uint16_t, float, narrow(x))

#if defined(__x86_64__)

/* The same by the instructions for it, which every CPU with AVX2 has. */
__attribute__((target("avx2,f16c"))) static void f16_from_f32_f16c(void *dst, const void *src,
                                                                   size_t n)
{
    const char *from = src;
    char *to = dst;
    for (; n >= 8; n -= 8, from += 8 * sizeof(float), to += 8 * sizeof(uint16_t)) {
        __m256 x = _mm256_loadu_ps((const float *)(const void *)from);
        _mm_storeu_si128((__m128i *)(void *)to, _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
    }
    f16_from_f32_plain(to, from, n);
}

static void f16_from_f32(void *dst, const void *src, size_t n)
{
    (rq_cpu_has(RQ_ISA_AVX2) ? f16_from_f32_f16c : f16_from_f32_plain)(dst, src, n);
}

#else

static void f16_from_f32(void *dst, const void *src, size_t n)
{
    f16_from_f32_plain(dst, src, n);
}

#endif

LOOP(f32_from_f16, float, uint16_t, widen(x))
LOOP(f32_from_bf16, float, uint16_t, rq_bf16_to_f32(x))
LOOP(f32_from_i8, float, int8_t, (float)x)
LOOP(f32_from_u8, float, uint8_t, (float)x)
LOOP(f32_from_bool, float, uint8_t, (float)(x != 0))
LOOP(f32_from_i32, float, int32_t, (float)x)
LOOP(f32_from_i64, float, int64_t, (float)x)
LOOP(i32_from_i64, int32_t, int64_t, (int32_t)x)
LOOP(i64_from_i32, int64_t, int32_t, (int64_t)x)
LOOP(i64_from_i8, int64_t, int8_t, (int64_t)x)
LOOP(i64_from_u8, int64_t, uint8_t, (int64_t)x)
LOOP(i64_from_bool, int64_t, uint8_t, (int64_t)(x != 0))
LOOP(i8_from_i64, int8_t, int64_t, (int8_t)x)
LOOP(u8_from_i64, uint8_t, int64_t, (uint8_t)x)
LOOP(u8_from_bool, uint8_t, uint8_t, (uint8_t)(x != 0))
LOOP(bool_from_i64, uint8_t, int64_t, (uint8_t)(x != 0))
LOOP(f64_from_f32, double, float, (double)x)
LOOP(f64_from_i32, double, int32_t, (double)x)
LOOP(f64_from_i64, double, int64_t, (double)x)

static const struct {
    rq_dtype dst, src;
    void (*run)(void *dst, const void *src, size_t n);
} loops[] = {
    {RQ_DT_F32, RQ_DT_F16, f32_from_f16},   {RQ_DT_F32, RQ_DT_BF16, f32_from_bf16},
    {RQ_DT_F32, RQ_DT_I8, f32_from_i8},     {RQ_DT_F32, RQ_DT_U8, f32_from_u8},
    {RQ_DT_F32, RQ_DT_BOOL, f32_from_bool}, {RQ_DT_F32, RQ_DT_I32, f32_from_i32},
    {RQ_DT_F32, RQ_DT_I64, f32_from_i64},   {RQ_DT_F16, RQ_DT_F32, f16_from_f32},
    {RQ_DT_I32, RQ_DT_I64, i32_from_i64},   {RQ_DT_I64, RQ_DT_I32, i64_from_i32},
    {RQ_DT_I64, RQ_DT_I8, i64_from_i8},     {RQ_DT_I64, RQ_DT_U8, i64_from_u8},
    {RQ_DT_I64, RQ_DT_BOOL, i64_from_bool}, {RQ_DT_I8, RQ_DT_I64, i8_from_i64},
    {RQ_DT_U8, RQ_DT_I64, u8_from_i64},     {RQ_DT_U8, RQ_DT_BOOL, u8_from_bool},
    {RQ_DT_BOOL, RQ_DT_I64, bool_from_i64}, {RQ_DT_F64, RQ_DT_F32, f64_from_f32},
    {RQ_DT_F64, RQ_DT_I32, f64_from_i32},   {RQ_DT_F64, RQ_DT_I64, f64_from_i64},
};

static bool run_loop(void *dst, rq_dtype dst_dt, const void *src, rq_dtype src_dt, size_t n)
{
    for (size_t k = 0; k < sizeof loops / sizeof *loops; k++) {
        if (loops[k].dst != dst_dt || loops[k].src != src_dt) continue;
        loops[k].run(dst, src, n);
        return true;
    }
    return false;
}

static rq_status copy(void *dst, const void *src, rq_dtype dt, size_t n)
{
    size_t bytes;
    if (!rq_dtype_bytes(&bytes, dt, n))
        return rq_fail(RQ_EARG, "%zu elements of %s do not fit in memory", n, rq_dtype_name(dt));
    if (bytes) memcpy(dst, src, bytes);
    return RQ_OK;
}

rq_status rq_convert(void *dst, rq_dtype dst_dt, const void *src, rq_dtype src_dt, size_t n)
{
    if (rq_dtype_kind_of(dst_dt) == RQ_KIND_OTHER || rq_dtype_kind_of(src_dt) == RQ_KIND_OTHER)
        return rq_fail(RQ_EUNSUPPORTED, "cannot convert %s to %s", rq_dtype_name(src_dt),
                       rq_dtype_name(dst_dt));
    if (dst_dt == src_dt) return copy(dst, src, dst_dt, n);
    if (run_loop(dst, dst_dt, src, src_dt, n)) return RQ_OK;
    /* u64 beyond int64 keeps its value on the way to a float, and its bits to an integer. */
    if (rq_dtype_is_float(src_dt) || (rq_dtype_is_float(dst_dt) && src_dt == RQ_DT_U64))
        for (size_t i = 0; i < n; i++) rq_store_f64(dst, dst_dt, i, rq_load_f64(src, src_dt, i));
    else
        for (size_t i = 0; i < n; i++) rq_store_i64(dst, dst_dt, i, rq_load_i64(src, src_dt, i));
    return RQ_OK;
}
