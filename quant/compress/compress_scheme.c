#include "quant/compress/compress_scheme.h"

#include "engine/base/dtype.h"
#include "engine/base/round.h"

#include <float.h>
#include <math.h>

float rq_compressed_scale(float scale, bool half)
{
    if (!half) return fabsf(scale) >= FLT_MIN ? scale : copysignf(FLT_MIN, scale);
    float stored = rq_f16_to_f32(rq_f32_to_f16(scale));
    if (fabsf(stored) > RQ_F16_MAX) return copysignf(RQ_F16_MAX, scale);
    return stored != 0.0f ? stored : copysignf(RQ_COMPRESS_MIN_SCALE, scale);
}

int rq_compressed_code(const rq_compress_scheme *scheme, float w, float scale, int zero_point)
{
    int half = 1 << (scheme->bits - 1), unsign = scheme->asymmetric ? half : 0;
    float x = w / scale + (float)(zero_point + unsign); /* as NNCF: unsigned, divided, then added */
    float low = (float)(unsign - half), high = (float)(unsign + half - 1);
    x = x < low ? low : x > high ? high : x;
    return (int)rq_round_half_even_f32(x) - unsign;
}
