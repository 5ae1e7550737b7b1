/* The LSTM cell: gates f, i, c, o (Operation Specifications: LSTMCell-4).
 *   f, i, o = F(clip(W x + R h + B)), c' = f c + i G(clip(...)), h' = o H(c') */
#include "engine/ops/common/recurrent.h"

static void step(const rq_cell_step *s)
{
    size_t n = s->hidden;
    rq_matvec(s->rh, s->r, s->h, 4 * n, n);
    for (size_t k = 0; k < n; k++) {
        float x[4];
        for (size_t g = 0; g < 4; g++) {
            size_t at = g * n + k;
            x[g] = rq_clip((double)s->wx[at] + s->rh[at] + s->b[at], s->clip);
        }
        const rq_gate *f = &s->gates[0], *g = &s->gates[1], *h = &s->gates[2];
        float forget = f->fn(x[0], f->alpha, f->beta), input = f->fn(x[1], f->alpha, f->beta);
        float output = f->fn(x[3], f->alpha, f->beta);
        s->c[k] = forget * s->c[k] + input * g->fn(x[2], g->alpha, g->beta);
        s->h[k] = output * h->fn(s->c[k], h->alpha, h->beta);
    }
}

const rq_cell_kind rq_lstm_kind = {.gates = 4,
                                   .bias_gates = 4,
                                   .has_cell_state = true,
                                   .activations = "sigmoid,tanh,tanh",
                                   .n_activations = 3,
                                   .step = step};
