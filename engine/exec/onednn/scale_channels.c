/* A factor per channel of a blocked image. */
#include "engine/base/cpu.h"
#include "engine/exec/onednn/plan.h"

#include <string.h>

#define MAX_BLOCK 16

/* Written per block size, so that a position is one or two vectors. */
static inline __attribute__((always_inline)) void
scale_block(float *out, const float *in, const float *factors, size_t positions, size_t block)
{
    for (size_t p = 0; p < positions; p++)
        for (size_t i = 0; i < block; i++) out[p * block + i] = in[p * block + i] * factors[i];
}

RQ_FOR_AVX2 static void scale_8_avx2(float *out, const float *in, const float *factors,
                                     size_t positions)
{
    scale_block(out, in, factors, positions, 8);
}

void rq_scale_channels(float *out, const float *in, const float *factors, const rq_blocked *shape)
{
    size_t blocks = (shape->channels + shape->block - 1) / shape->block;
    size_t size = shape->positions * shape->block;
    bool fast = shape->block == 8 && rq_cpu_has(RQ_ISA_AVX2);
    for (size_t n = 0; n < shape->batch * blocks; n++, in += size, out += size) {
        size_t first = n % blocks * shape->block, rest = shape->channels - first;
        float now[MAX_BLOCK] = {0};
        memcpy(now, factors + first, (rest < shape->block ? rest : shape->block) * sizeof *now);
        if (fast)
            scale_8_avx2(out, in, now, shape->positions);
        else
            scale_block(out, in, now, shape->positions, shape->block);
    }
}
