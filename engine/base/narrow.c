#include "engine/base/narrow.h"

#include <string.h>

/* IEEE 754-2019 binary16; bfloat16; OCP 8-bit Floating Point Specification 1.0, table 1:
 * E4M3 has no infinity and one NaN, E5M2 has both. */
const rq_float_format rq_format_f16 = {16, 10, 15, 0x7bff, 0x7c00, 0x7e00};
const rq_float_format rq_format_bf16 = {16, 7, 127, 0x7f7f, 0x7f80, 0x7fc0};
const rq_float_format rq_format_f8e4m3 = {8, 3, 7, 0x7e, 0x7f, 0x7f};
const rq_float_format rq_format_f8e5m2 = {8, 2, 15, 0x7b, 0x7c, 0x7e};

#define F64_MAN 52
#define F64_BIAS 1023

/* The code of a finite double's magnitude; may exceed format->max. */
static uint64_t round_code(int exponent, uint64_t significand, const rq_float_format *format)
{
    int field = exponent - F64_BIAS + format->bias;
    int shift = F64_MAN - format->man;
    if (field < 1) { /* denormal here */
        shift += 1 - field;
        field = 1;
    }
    if (shift > F64_MAN + 1) return 0; /* below half of the smallest denormal */
    uint64_t kept = significand >> shift;
    uint64_t rest = significand & (((uint64_t)1 << shift) - 1);
    uint64_t half = (uint64_t)1 << (shift - 1);
    if (rest > half || (rest == half && (kept & 1))) kept++;
    /* A normal's hidden bit, and a carry out of the mantissa, step the exponent field. */
    return ((uint64_t)(field - 1) << format->man) + kept;
}

uint32_t rq_narrow(double x, const rq_float_format *format)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    uint32_t sign = (uint32_t)(bits >> 63) << (format->bits - 1);
    int exponent = (int)(bits >> F64_MAN & 0x7ff);
    uint64_t fraction = bits & (((uint64_t)1 << F64_MAN) - 1);
    if (exponent == 0x7ff) {
        if (!fraction) return sign | format->infinity;
        return sign | format->nan | (uint32_t)(fraction >> (F64_MAN - format->man));
    }
    if (exponent == 0) return sign; /* 0 or a double denormal */
    uint64_t code = round_code(exponent, fraction | (uint64_t)1 << F64_MAN, format);
    return sign | (code > format->max ? format->infinity : (uint32_t)code);
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

float rq_widen(uint32_t code, const rq_float_format *format)
{
    int man = format->man;
    uint32_t sign = code >> (format->bits - 1) << 31;
    uint32_t magnitude = code & ((1u << (format->bits - 1)) - 1);
    uint32_t fraction = magnitude & ((1u << man) - 1);
    int field = (int)(magnitude >> man);
    if (magnitude > format->max) {
        if (format->infinity != format->nan && magnitude == format->infinity)
            return float_of(sign | 0x7f800000);
        return float_of(sign | 0x7fc00000 | fraction << (23 - man));
    }
    if (magnitude == 0) return float_of(sign);
    if (field == 0) { /* a denormal: bring its first bit to the hidden place */
        int shift = __builtin_clz(fraction) - (31 - man);
        fraction = fraction << shift & ((1u << man) - 1);
        field = 1 - shift;
    }
    return float_of(sign | (uint32_t)(field + 127 - format->bias) << 23 | fraction << (23 - man));
}
