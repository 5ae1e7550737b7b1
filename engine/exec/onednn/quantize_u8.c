/* Float to u8 and back: the only element-wise kernels of the fast backend that oneDNN does
 * not have in one pass. The AVX2 twin is the same source compiled for wider registers. */
#include "engine/base/cpu.h"
#include "engine/exec/onednn/plan.h"

/* Adding and taking away 1.5 * 2^23 rounds half to even, in the default rounding mode. */
static inline __attribute__((always_inline)) void quantize(uint8_t *out, const float *in, size_t n,
                                                           const rq_u8_params *codes)
{
    const float magic = 12582912.0f, scale = codes->scale, zero = (float)codes->zero_point;
    const float top = (float)codes->top;
    for (size_t i = 0; i < n; i++) {
        float code = in[i] / scale + zero;
        code = code > 0.0f ? code : 0.0f;
        code = code < top ? code : top;
        code = (code + magic) - magic;
        out[i] = (uint8_t)(int32_t)code;
    }
}

static inline __attribute__((always_inline)) void dequantize(float *out, const uint8_t *in,
                                                             size_t n, const rq_u8_params *codes)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (float)((int32_t)in[i] - codes->zero_point) * codes->scale;
}

RQ_FOR_AVX2 static void quantize_avx2(uint8_t *out, const float *in, size_t n,
                                      const rq_u8_params *codes)
{
    quantize(out, in, n, codes);
}

RQ_FOR_AVX2 static void dequantize_avx2(float *out, const uint8_t *in, size_t n,
                                        const rq_u8_params *codes)
{
    dequantize(out, in, n, codes);
}

void rq_u8_quantize(uint8_t *out, const float *in, size_t n, const rq_u8_params *codes)
{
    if (rq_cpu_has(RQ_ISA_AVX2))
        quantize_avx2(out, in, n, codes);
    else
        quantize(out, in, n, codes);
}

void rq_u8_dequantize(float *out, const uint8_t *in, size_t n, const rq_u8_params *codes)
{
    if (rq_cpu_has(RQ_ISA_AVX2))
        dequantize_avx2(out, in, n, codes);
    else
        dequantize(out, in, n, codes);
}
