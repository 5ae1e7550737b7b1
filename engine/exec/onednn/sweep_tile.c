/* Loops over a tile, compiled once for each width of registers. */
#include "engine/exec/onednn/sweep_tile.h"

#include "engine/base/cpu.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE void decode(float *restrict out, const uint8_t *restrict in, size_t n,
                   const rq_sweep_numbers *codes)
{
    const float scale = codes->scale;
    const int32_t zero = codes->zero_point;
    for (size_t i = 0; i < n; i++) out[i] = (float)((int32_t)in[i] - zero) * scale;
}

/* round(x / scale) + zero_point, half to even, within the codes; NaN becomes 0. Adding 1.5 * 2^23
 * rounds, and leaves the integer in the lowest bits. */
INLINE void encode(uint8_t *restrict out, const float *restrict in, size_t n,
                   const rq_sweep_numbers *codes)
{
    const float magic = 12582912.0f, scale = 1.0f / codes->scale;
    const float zero = (float)codes->zero_point, top = (float)codes->top;
    const int32_t less = codes->less;
    for (size_t i = 0; i < n; i++) {
        float code = in[i] * scale + zero;
        int32_t bits;
        code = code > 0.0f ? code : 0.0f;
        code = code < top ? code : top;
        code += magic;
        memcpy(&bits, &code, sizeof bits);
        out[i] = (uint8_t)(bits - less);
    }
}

INLINE void widen(float *restrict out, const uint16_t *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)in[i] << 16;
        memcpy(&out[i], &bits, sizeof bits);
    }
}

/* To bf16: half to even; NaN stays NaN. */
INLINE void narrow(uint16_t *restrict out, const float *restrict in, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &in[i], sizeof bits);
        uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
        uint32_t quiet = bits >> 16 | 0x40u;
        out[i] = (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
    }
}

INLINE void load(float *out, const void *in, size_t n, const rq_sweep_numbers *from)
{
    if (from->kind == RQ_SWEEP_CODES)
        decode(out, in, n, from);
    else
        widen(out, in, n);
}

INLINE void store(void *out, const float *in, size_t n, const rq_sweep_numbers *to)
{
    if (to->kind == RQ_SWEEP_CODES)
        encode(out, in, n, to);
    else
        narrow(out, in, n);
}

/* `out` may be `in`. */
#define EACH(expression)                                                                           \
    do {                                                                                           \
        RQ_INDEPENDENT for (size_t i = 0; i < n; i++)                                              \
        {                                                                                          \
            const float x = in[i];                                                                 \
            out[i] = (expression);                                                                 \
        }                                                                                          \
    } while (0)

/* NaN stays NaN. */
INLINE float above(float x, float low)
{
    return low > x ? low : x;
}

INLINE float below(float x, float high)
{
    return high < x ? high : x;
}

INLINE void function(float *out, const float *in, size_t n, const rq_sweep_op *op)
{
    const float a = op->alpha, b = op->beta;
    switch (op->eltwise) {
    case RQ_DNN_RELU:
        if (a == 0.0f)
            EACH(above(x, 0.0f));
        else
            EACH(x > 0.0f ? x : a * x);
        break;
    case RQ_DNN_CLIP:
        EACH(below(above(x, a), b));
        break;
    case RQ_DNN_HSWISH:
        EACH(x * below(above(x + 3.0f, 0.0f), 6.0f) * (1.0f / 6.0f));
        break;
    case RQ_DNN_ABS:
        EACH(fabsf(x));
        break;
    case RQ_DNN_SQUARE:
        EACH(x * x);
        break;
    default: /* RQ_DNN_LINEAR */
        EACH(a * x + b);
    }
}

bool rq_sweep_knows(rq_dnn_eltwise_kind eltwise)
{
    return eltwise == RQ_DNN_RELU || eltwise == RQ_DNN_CLIP || eltwise == RQ_DNN_HSWISH ||
           eltwise == RQ_DNN_ABS || eltwise == RQ_DNN_SQUARE || eltwise == RQ_DNN_LINEAR;
}

INLINE void binary(float *out, const float *in, const float *other, size_t n, const rq_sweep_op *op)
{
    switch (op->kind) {
    case RQ_DNN_ADD:
        EACH(x + other[i]);
        break;
    case RQ_DNN_MUL:
        EACH(x * other[i]);
        break;
    case RQ_DNN_SUB:
        if (op->swapped)
            EACH(other[i] - x);
        else
            EACH(x - other[i]);
        break;
    case RQ_DNN_DIV:
        if (op->swapped)
            EACH(other[i] / x);
        else
            EACH(x / other[i]);
        break;
    case RQ_DNN_MAX:
        EACH(above(x, other[i]));
        break;
    default: /* RQ_DNN_MIN */
        EACH(below(x, other[i]));
    }
}

INLINE void run(const rq_sweep_tile *t)
{
    float numbers[RQ_SWEEP_TILE], loaded[RQ_SWEEP_TILE];
    const rq_sweep *sweep = t->sweep;
    const bool stores = sweep->to.kind != RQ_SWEEP_F32;
    const float *now = t->in;
    if (sweep->from.kind != RQ_SWEEP_F32) {
        float *to = stores || sweep->n_ops ? numbers : t->out;
        load(to, t->in, t->n, &sweep->from);
        now = to;
    }
    for (size_t i = 0; i < sweep->n_ops; i++) {
        const rq_sweep_op *op = &sweep->ops[i];
        const float *other = t->operands[i];
        float *to = i + 1 == sweep->n_ops && !stores ? t->out : numbers;
        if (op->binary && op->operand.kind != RQ_SWEEP_F32) {
            load(loaded, t->operands[i], t->n, &op->operand);
            other = loaded;
        }
        if (op->binary)
            binary(to, now, other, t->n, op);
        else
            function(to, now, t->n, op);
        now = to;
    }
    if (stores) store(t->out, now, t->n, &sweep->to);
}

RQ_FOR_AVX512 static void run_avx512(const rq_sweep_tile *tile)
{
    run(tile);
}

RQ_FOR_AVX2 static void run_avx2(const rq_sweep_tile *tile)
{
    run(tile);
}

void rq_sweep_tile_run(const rq_sweep_tile *tile)
{
    if (rq_cpu_has(RQ_ISA_AVX512))
        run_avx512(tile);
    else if (rq_cpu_has(RQ_ISA_AVX2))
        run_avx2(tile);
    else
        run(tile);
}
