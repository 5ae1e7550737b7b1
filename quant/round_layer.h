/* One layer's weights rounded to least error at its output.
 *
 * With x the layer's input, w its weights and v the rounded ones, the mean of ((w - v) x)^2 is
 * (w - v) E[x x^T] (w - v)^T; about the mean of x where a bias takes the mean's share. Moments are
 * drawn towards their diagonal (cf. Ledoit & Wolf 2004), since a few images tell the products of
 * many inputs badly: by little and by much. What was found is kept where it is best on the holdout
 * images. */
#ifndef RQ_QUANT_ROUND_LAYER_H
#define RQ_QUANT_ROUND_LAYER_H

#include "quant/layers/gram.h"
#include "quant/plan.h"

typedef enum rq_round_kind {
    RQ_ROUND_NEAREST,      /* as the plan had it */
    RQ_ROUND_LOW_DAMPING,  /* optimized with little damping of off-diagonal elements */
    RQ_ROUND_HIGH_DAMPING, /* optimized with much of it */
    RQ_ROUND_KINDS
} rq_round_kind;

typedef struct rq_round_outcome {
    rq_round_kind kept;
    double error[RQ_ROUND_KINDS]; /* mean square at the layer's output, holdout images; 0: none */
} rq_round_outcome;

/* Changes w->codes.codes. `sums` is flushed; `weights` are the original's. A bias takes the mean's
 * share where w->bias_shift is not NULL. Many layers may be rounded at once: nothing is shared. Of
 * a layer of many channels so many threads fit one part each; results do not depend on them. */
rq_status rq_round_layer(rq_round_outcome *out, rq_plan_weight *w, const float *weights,
                         const rq_gram *sums, unsigned threads);

#endif
