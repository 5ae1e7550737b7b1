#include "quant/compress/compress_ratio.h"

#include <math.h>

#define ROUNDING 1e-9 /* of the ratio: sums of counts are not exact */

static double count(const rq_compressed *codes)
{
    return (double)codes->channels * (double)codes->groups * (double)codes->scheme.group_size;
}

double rq_compressed_bytes(const rq_compressed *codes)
{
    double scales = (double)codes->channels * (double)codes->groups;
    double bits = codes->scheme.bits, per_scale = codes->half ? 16.0 : 32.0;
    if (codes->scheme.asymmetric) per_scale += bits;
    return (count(codes) * bits + scales * per_scale) / 8.0;
}

static double relative_noise(const rq_compressed *codes)
{
    return codes->signal > 0.0 ? codes->noise / codes->signal : 0.0;
}

static double cost(const rq_compress_choice *choice)
{
    double saved = rq_compressed_bytes(&choice->eight) - rq_compressed_bytes(&choice->four);
    double added = relative_noise(&choice->four) - relative_noise(&choice->eight);
    return saved > 0.0 ? added / saved : INFINITY;
}

void rq_compress_choose(rq_compress_choice *choices, size_t n, double ratio)
{
    double total = 0.0, taken = 0.0;
    for (size_t i = 0; i < n; i++) total += count(&choices[i].four);
    double room = total * (ratio + ROUNDING);
    for (size_t round = 0; round < n; round++) {
        rq_compress_choice *best = NULL;
        for (size_t i = 0; i < n; i++) {
            rq_compress_choice *c = &choices[i];
            if (c->take_four || taken + count(&c->four) > room) continue;
            if (!best || cost(c) < cost(best)) best = c;
        }
        if (!best) return;
        best->take_four = true;
        taken += count(&best->four);
    }
}
