/* Floats of 8 and 16 bits, from and to wider ones, exactly. Private to engine/base. */
#ifndef RQ_BASE_NARROW_H
#define RQ_BASE_NARROW_H

#include <stdint.h>

/* A binary float: 1 sign bit, then exponent bits, then `man` mantissa bits.
 * Codes are without the sign bit. */
typedef struct rq_float_format {
    int bits, man, bias;
    uint32_t max;      /* the largest finite code */
    uint32_t infinity; /* what overflow and infinities give */
    uint32_t nan;      /* a quiet NaN */
} rq_float_format;

extern const rq_float_format rq_format_f16, rq_format_bf16, rq_format_f8e4m3, rq_format_f8e5m2;

/* Nearest, ties to the even code; denormals are kept. From double, so that no value is
 * rounded twice. */
uint32_t rq_narrow(double x, const rq_float_format *format);
/* Exact. Infinity and NaN stay what they are. Not for bf16, whose denormals are f32's
 * (rq_bf16_to_f32). */
float rq_widen(uint32_t code, const rq_float_format *format);

#endif
