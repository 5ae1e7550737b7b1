/* The GRU cell: gates z, r, h (Operation Specifications: GRUCell-3).
 *   z, r = F(clip(W x + R h + B)), h~ = G(clip(W x + R (r h) + B)), or with linear_before_reset
 *   G(clip(W x + r (R h + B') + B)); h' = (1 - z) h~ + z h */
#include "engine/ops/common/recurrent.h"

static float squash(const rq_gate *gate, double x, double clip)
{
    return gate->fn(rq_clip(x, clip), gate->alpha, gate->beta);
}

static void step(const rq_cell_step *s)
{
    size_t n = s->hidden;
    const float *b = s->b;
    rq_matvec(s->rh, s->r, s->h, (s->linear_before_reset ? 3 : 2) * n, n);
    float *z = s->rh, *r = s->rh + n, *rh = s->rh + 2 * n; /* z and r take the place of R h */
    for (size_t k = 0; k < n; k++) {
        z[k] = squash(&s->gates[0], (double)s->wx[k] + z[k] + b[k], s->clip);
        r[k] = squash(&s->gates[0], (double)s->wx[n + k] + r[k] + b[n + k], s->clip);
    }
    if (!s->linear_before_reset) {
        for (size_t k = 0; k < n; k++) s->c[k] = r[k] * s->h[k]; /* c is free: no cell state */
        rq_matvec(rh, s->r + 2 * n * n, s->c, n, n);
    }
    for (size_t k = 0; k < n; k++) {
        double x = s->linear_before_reset ? (double)s->wx[2 * n + k] +
                                                r[k] * ((double)rh[k] + b[3 * n + k]) + b[2 * n + k]
                                          : (double)s->wx[2 * n + k] + rh[k] + b[2 * n + k];
        float candidate = squash(&s->gates[1], x, s->clip);
        s->h[k] = (1.0f - z[k]) * candidate + z[k] * s->h[k];
    }
}

const rq_cell_kind rq_gru_kind = {
    .gates = 3, .bias_gates = 3, .activations = "sigmoid,tanh", .n_activations = 2, .step = step};
