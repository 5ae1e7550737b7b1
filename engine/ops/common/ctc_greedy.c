#include "engine/ops/common/ctc_greedy.h"

static int64_t best_class(const float *scores, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (scores[c] > scores[best]) best = c;
    return (int64_t)best;
}

size_t rq_ctc_greedy(rq_tensor *out, size_t at, const float *scores, size_t steps, size_t stride,
                     size_t classes, int64_t blank, bool merge)
{
    int64_t previous = -1;
    size_t count = 0;
    for (size_t t = 0; t < steps; t++) {
        int64_t label = best_class(scores + t * stride, classes);
        bool repeated = merge && label == previous;
        previous = label;
        if (repeated || label == blank) continue;
        if (rq_dtype_is_float(out->dtype))
            rq_store_f64(out->data, out->dtype, at + count++, (double)label);
        else
            rq_store_i64(out->data, out->dtype, at + count++, label);
    }
    return count;
}
