/* The constants of an equalized network. */
#include "quant/equalize.h"

#include "quant/layers/graph_edit.h"
#include "quant/layers/layer_bias.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

float rq_equalize_factor(float log2)
{
    static const float within[RQ_EQUALIZE_OCTAVE] = {1.0f, 1.18920711f, 1.41421356f, 1.68179283f};
    float octave = floorf(log2);
    return ldexpf(within[(int)((log2 - octave) * RQ_EQUALIZE_OCTAVE)], (int)octave);
}

static void scale_operand(float *out, rq_shape *shape, const rq_tensor *old,
                          const rq_channel_equalization *m, int rank)
{
    const float *x = old->data;
    bool single = rq_tensor_count(old) == 1;
    *shape = rq_graph_edit_axis_shape(rank, m->site.axis, m->site.n);
    for (size_t c = 0; c < m->site.n; c++)
        out[c] = x[single ? 0 : c] * rq_equalize_factor(-m->log2[c]);
}

static void scale_weights(float *out, const rq_equalize_constant *k, const float *w,
                          const rq_channel_equalization *m)
{
    const rq_weight_layout *l = &k->layout;
    bool producer = k->role == RQ_EQUALIZE_PRODUCER;
    for (size_t c = 0; c < rq_weight_channels(l); c++)
        for (size_t i = 0; i < l->inputs; i++) {
            float by =
                rq_equalize_factor(producer ? -m->log2[c] : m->log2[rq_equalize_input(l, c, i)]);
            size_t at = rq_weight_offset(l, c) + i * l->input_stride;
            for (size_t t = 0; t < l->taps; t++)
                out[at + t * l->tap_stride] = w[at + t * l->tap_stride] * by;
        }
}

/* What the layer reads by now: the consumer of one may be the producer of another. */
static rq_tensor current(const rq_graph *graph, const rq_bound *bound,
                         const rq_equalize_constant *k)
{
    rq_id first = bound->graph->nodes[k->node]->in[k->port];
    const rq_value *now = graph->values[graph->nodes[k->node]->in[k->port]];
    if (now->id == first) return bound->values[first];
    return (rq_tensor){RQ_DT_F32, now->shape, (void *)graph->nodes[now->producer]->data};
}

static rq_status change(rq_graph *graph, const rq_bound *bound, const rq_channel_equalization *m,
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
    return rq_graph_edit_const_f32(&node->in[k->port], graph, node->name, "equalized", &shape,
                                   data);
}

/* -- a Multiply before the consumers ---------------------------------------------------------- */

static rq_status make_multiply(rq_id *scaled, rq_graph *graph, const rq_bound *bound,
                               const rq_channel_equalization *m)
{
    const rq_tensor *value = &bound->values[m->site.value];
    const rq_node *producer = rq_value_producer(graph, m->site.value);
    rq_shape shape = rq_graph_edit_axis_shape(value->shape.rank, m->site.axis, m->site.n);
    float *data = rq_arena_alloc(graph->arena, m->site.n, sizeof *data);
    const char *name = rq_arena_printf(graph->arena, "%s/smooth_quant", producer->name);
    rq_id in[2] = {m->site.value, RQ_NONE};
    rq_node *node;
    if (!data || !name) return RQ_ENOMEM;
    for (size_t c = 0; c < m->site.n; c++) data[c] = rq_equalize_factor(-m->log2[c]);
    RQ_TRY(rq_graph_edit_const_f32(&in[1], graph, name, "scale", &shape, data));
    RQ_TRY(rq_graph_edit_node(&node, graph, name, "Multiply", "opset1", in, 2, RQ_DT_F32,
                              &value->shape));
    *scaled = node->out[0];
    return RQ_OK;
}

static rq_status insert(rq_graph *graph, const rq_bound *bound, const rq_channel_equalization *m)
{
    rq_id scaled;
    if (!m->site.inserted) return RQ_OK;
    RQ_TRY(make_multiply(&scaled, graph, bound, m));
    for (size_t k = 0; k < m->site.n_constants; k++)
        graph->nodes[m->site.constants[k].node]->in[1 - m->site.constants[k].port] = scaled;
    return RQ_OK;
}

/* -- shifts, before scales -------------------------------------------------------------- */

static rq_status shift_operand(rq_graph *graph, const rq_bound *bound,
                               const rq_channel_equalization *m)
{
    const rq_equalize_constant *k = &m->site.constants[m->site.shifted];
    rq_node *node = graph->nodes[k->node];
    const rq_tensor old = current(graph, bound, k);
    const float *x = old.data;
    bool single = rq_tensor_count(&old) == 1;
    float *data = rq_arena_alloc(graph->arena, m->site.n, sizeof *data);
    if (!data) return RQ_ENOMEM;
    for (size_t c = 0; c < m->site.n; c++) data[c] = x[single ? 0 : c] - m->shift[c];
    rq_shape shape =
        rq_graph_edit_axis_shape(bound->values[node->out[0]].shape.rank, m->site.axis, m->site.n);
    return rq_graph_edit_const_f32(&node->in[k->port], graph, node->name, "aligned", &shape, data);
}

/* What the consumer's output loses: its weights times the shift. */
static rq_status shift_consumer(rq_graph *graph, const rq_bound *bound, const rq_uses *uses,
                                const rq_channel_equalization *m, const rq_equalize_constant *k)
{
    const rq_weight_layout *l = &k->layout;
    const rq_node *node = bound->graph->nodes[k->node];
    const float *w = bound->values[node->in[k->port]].data;
    const rq_layer_bias layer = {k->node, k->port, bound->values[node->out[0]].shape.rank,
                                 rq_weight_channels(l)};
    float *lost = rq_arena_alloc(graph->arena, layer.channels, sizeof *lost);
    if (!lost) return RQ_ENOMEM;
    for (size_t c = 0; c < layer.channels; c++) {
        double sum = 0;
        for (size_t i = 0; i < l->inputs; i++)
            for (size_t t = 0; t < l->taps; t++)
                sum += (double)w[rq_weight_offset(l, c) + i * l->input_stride + t * l->tap_stride] *
                       m->shift[rq_equalize_input(l, c, i)];
        lost[c] = (float)sum;
    }
    return rq_layer_bias_shift(graph, uses, &layer, lost);
}

static rq_status shift(rq_graph *graph, const rq_bound *bound, const rq_uses *uses,
                       const rq_channel_equalization *m)
{
    if (!m->shift) return RQ_OK;
    RQ_TRY(shift_operand(graph, bound, m));
    for (size_t k = 0; k < m->site.n_constants; k++)
        if (m->site.constants[k].role == RQ_EQUALIZE_CONSUMER)
            RQ_TRY(shift_consumer(graph, bound, uses, m, &m->site.constants[k]));
    return RQ_OK;
}

/* -- marks ------------------------------------------------------------------------------------ */

static void mark_path(char *out, size_t size, size_t i)
{
    snprintf(out, size, "requant/equalized/layer%zu", i);
}

const char *rq_equalized_layer(const rq_graph *graph, size_t i)
{
    char path[64];
    mark_path(path, sizeof path, i);
    return rq_graph_rt_info(graph, path);
}

static rq_status mark(rq_graph *graph, const rq_channel_equalization *m, size_t *n_marks)
{
    char path[64];
    for (size_t k = 0; k < m->site.n_constants; k++) {
        if (m->site.constants[k].role != RQ_EQUALIZE_PRODUCER) continue;
        mark_path(path, sizeof path, (*n_marks)++);
        const rq_node *node = graph->nodes[m->site.constants[k].node];
        RQ_TRY(rq_graph_set_rt_info(graph, path, node->name));
    }
    return RQ_OK;
}

rq_status rq_equalize_apply(rq_graph *graph, const rq_bound *bound,
                            const rq_channel_equalization *equalizations, size_t n)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        status = shift(graph, bound, &uses, &equalizations[i]);
    rq_uses_free(&uses);
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        for (size_t k = 0; status == RQ_OK && k < equalizations[i].site.n_constants; k++)
            status = change(graph, bound, &equalizations[i], &equalizations[i].site.constants[k]);
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        status = insert(graph, bound, &equalizations[i]);
    size_t n_marks = 0;
    while (rq_equalized_layer(graph, n_marks)) n_marks++;
    for (size_t i = 0; status == RQ_OK && i < n; i++)
        status = mark(graph, &equalizations[i], &n_marks);
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}
