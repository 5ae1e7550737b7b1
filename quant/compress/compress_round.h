/* Compressed weights fitted to least error at their layer's output.
 *
 * With x the layer's input, w its weights and v the compressed ones, the mean of ((w - v) x)^2 is
 * (w - v) E[x x^T] (w - v)^T. Codes, zero points and scales are changed one at a time, block after
 * block of inputs, to what is best beside the others (coordinate descent: Behdin et al. 2023,
 * "QuantEase"; the objective is that of Frantar et al. 2022, "GPTQ"). Products of different inputs
 * count by more and by less, since a few images tell them badly; what is best on the holdout images
 * is then fitted to all of them. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_ROUND_H
#define RQ_QUANT_COMPRESS_COMPRESS_ROUND_H

#include "quant/compress/compress_plan.h"
#include "quant/layers/gram.h"

typedef struct rq_compress_outcome {
    bool changed;
    double before, after; /* mean square at the layer's output, holdout images; 0: none */
} rq_compress_outcome;

/* Changes c->codes. `sums` is flushed; `weights` are the original's. Where a bias takes the mean's
 * share (`centred`), the error is about the mean of x. Many may be fitted at once: nothing is
 * shared. */
rq_status rq_compress_round(rq_compress_outcome *out, rq_plan_compressed *c, const float *weights,
                            const rq_gram *sums, bool centred);

#endif
