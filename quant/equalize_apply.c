/* The constants of a network whose scales have moved. */
#include "quant/edit.h"
#include "quant/equalize.h"

#include <math.h>
#include <string.h>

static rq_shape axis_shape(int rank, int axis, size_t n)
{
    rq_shape shape = {rank, {0}};
    for (int d = 0; d < rank; d++) shape.d[d] = d == axis ? (int64_t)n : 1;
    return shape;
}

static void scale_operand(float *out, rq_shape *shape, const rq_tensor *old,
                          const rq_equalize_move *m, int rank)
{
    const float *x = old->data;
    bool single = rq_tensor_count(old) == 1;
    *shape = axis_shape(rank, m->site.axis, m->site.n);
    for (size_t c = 0; c < m->site.n; c++) out[c] = ldexpf(x[single ? 0 : c], -m->log2[c]);
}

static void scale_weights(float *out, const rq_equalize_constant *k, const float *w,
                          const rq_equalize_move *m)
{
    const rq_weight_layout *l = &k->layout;
    bool maker = k->role == RQ_EQUALIZE_MAKER;
    for (size_t c = 0; c < rq_weight_channels(l); c++)
        for (size_t i = 0; i < l->inputs; i++) {
            int by = maker ? -m->log2[c] : m->log2[rq_equalize_input(l, c, i)];
            size_t at = rq_weight_offset(l, c) + i * l->input_stride;
            for (size_t t = 0; t < l->taps; t++)
                out[at + t * l->tap_stride] = ldexpf(w[at + t * l->tap_stride], by);
        }
}

/* What the layer reads by now: one move's reader may be another one's maker. */
static rq_tensor current(const rq_graph *graph, const rq_bound *bound,
                         const rq_equalize_constant *k)
{
    rq_id first = bound->graph->nodes[k->node]->in[k->port];
    const rq_value *now = graph->values[graph->nodes[k->node]->in[k->port]];
    if (now->id == first) return bound->values[first];
    return (rq_tensor){RQ_DT_F32, now->shape, (void *)graph->nodes[now->producer]->data};
}

static rq_status change(rq_graph *graph, const rq_bound *bound, const rq_equalize_move *m,
                        const rq_equalize_constant *k)
{
    rq_node *node = graph->nodes[k->node];
    const rq_tensor old = current(graph, bound, k);
    bool operand = k->role == RQ_EQUALIZE_OPERAND;
    size_t count = operand ? m->site.n : rq_tensor_count(&old);
    float *data = rq_arena_alloc(graph->arena, count, sizeof *data);
    rq_shape shape = old.shape;
    if (!data) return RQ_ENOMEM;
    if (operand)
        scale_operand(data, &shape, &old, m, bound->values[node->out[0]].shape.rank);
    else
        scale_weights(data, k, old.data, m);
    return rq_edit_const_f32(&node->in[k->port], graph, node->name, "equalized", &shape, data);
}

rq_status rq_equalize_apply(rq_graph *graph, const rq_bound *bound, const rq_equalize_move *moves,
                            size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < moves[i].site.n_constants; k++)
            RQ_TRY(change(graph, bound, &moves[i], &moves[i].site.constants[k]));
    return rq_graph_prune(graph);
}
