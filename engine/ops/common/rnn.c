/* The plain cell: h' = F(clip(W x + R h + B)) (Operation Specifications: RNNCell-0). */
#include "engine/ops/common/recurrent.h"

static void step(const rq_cell_step *s)
{
    const rq_gate *f = &s->gates[0];
    rq_matvec(s->rh, s->r, s->h, s->hidden, s->hidden);
    for (size_t k = 0; k < s->hidden; k++)
        s->h[k] = f->fn(rq_clip((double)s->wx[k] + s->rh[k] + s->b[k], s->clip), f->alpha, f->beta);
}

const rq_cell_kind rq_rnn_kind = {
    .gates = 1, .bias_gates = 1, .activations = "tanh", .n_activations = 1, .step = step};
