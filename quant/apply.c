#include "quant/apply.h"

#include "quant/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- activations --------------------------------------------------------------------------- */

/* 1 everywhere but on `axis`. */
static rq_shape axis_shape(int rank, int axis, size_t n)
{
    rq_shape shape = {rank, {0}};
    for (int d = 0; d < rank; d++) shape.d[d] = d == axis ? (int64_t)n : 1;
    return shape;
}

static const char *point_name(rq_graph *graph, const rq_plan_activation *a)
{
    if (a->point.at_output) {
        const rq_value *value = graph->values[a->point.value];
        return rq_arena_printf(graph->arena, "%s/fq_output_%u", graph->nodes[value->producer]->name,
                               value->index);
    }
    return rq_arena_printf(graph->arena, "%s/fq_input_%u",
                           graph->nodes[a->point.uses[0].node]->name, a->point.uses[0].port);
}

static rq_status insert_fake_quantize(rq_graph *graph, const rq_plan_activation *a)
{
    static const char *const inputs[] = {"input_low", "input_high", "output_low", "output_high"};
    const rq_value *value = graph->values[a->point.value];
    rq_shape shape = a->point.axis < 0 ? RQ_SHAPE_SCALAR : axis_shape(a->rank, a->point.axis, a->n);
    const char *name = point_name(graph, a);
    rq_id in[5] = {a->point.value};
    if (!name) return RQ_ENOMEM;
    for (int i = 0; i < 4; i++)
        RQ_TRY(rq_edit_const_f32(&in[i + 1], graph, name, inputs[i], &shape,
                                 i % 2 == 0 ? a->low : a->high));
    rq_node *node;
    RQ_TRY(rq_edit_node(&node, graph, name, "FakeQuantize", "opset1", in, 5, value->dtype,
                        &value->shape));
    char levels[16];
    snprintf(levels, sizeof levels, "%d", a->levels);
    RQ_TRY(rq_node_set_attr(graph, node, "levels", levels));
    RQ_TRY(rq_node_set_attr(graph, node, "auto_broadcast", "numpy"));
    for (size_t u = 0; u < a->point.n_uses; u++)
        graph->nodes[a->point.uses[u].node]->in[a->point.uses[u].port] = node->out[0];
    return RQ_OK;
}

/* -- weights -------------------------------------------------------------------------------- */

/* Const i8 -> Convert f32 -> Multiply by the scales; the form that OpenVINO turns into INT8. */
static rq_status build_dequantization(rq_id *out, rq_graph *graph, const rq_plan_weight *w,
                                      const rq_shape *shape)
{
    const rq_node *layer = graph->nodes[w->point.node];
    const char *name =
        rq_arena_printf(graph->arena, "%s/fq_weights_%u", layer->name, w->point.port);
    const char *convert_name = name ? rq_arena_printf(graph->arena, "%s/convert", name) : NULL;
    const char *codes_name = name ? rq_arena_printf(graph->arena, "%s/codes", name) : NULL;
    if (!name || !convert_name || !codes_name) return RQ_ENOMEM;
    rq_node *codes, *convert, *multiply;
    RQ_TRY(rq_graph_add_const(&codes, graph, codes_name, RQ_DT_I8, shape, w->codes.codes));
    RQ_TRY(rq_edit_node(&convert, graph, convert_name, "Convert", "opset1", codes->out, 1,
                        RQ_DT_F32, shape));
    RQ_TRY(rq_node_set_attr(graph, convert, "destination_type", "f32"));
    rq_id in[2] = {convert->out[0]};
    RQ_TRY(
        rq_edit_const_f32(&in[1], graph, name, "scale", &w->layout.scale_shape, w->codes.scales));
    RQ_TRY(rq_edit_node(&multiply, graph, name, "Multiply", "opset1", in, 2, RQ_DT_F32, shape));
    RQ_TRY(rq_node_set_attr(graph, multiply, "auto_broadcast", "numpy"));
    *out = multiply->out[0];
    return RQ_OK;
}

static rq_status replace_weights(rq_graph *graph, const rq_plan *plan)
{
    rq_id *replaced;
    RQ_TRY(rq_calloc(&replaced, plan->n_weights, sizeof *replaced, "weights"));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        const rq_shape shape = graph->values[w->point.value]->shape;
        if (w->shared_with != i)
            replaced[i] = replaced[w->shared_with];
        else
            status = build_dequantization(&replaced[i], graph, w, &shape);
        graph->nodes[w->point.node]->in[w->point.port] = replaced[i];
    }
    free(replaced);
    return status;
}

/* -- biases --------------------------------------------------------------------------------- */

/* The constant behind a value of f32: itself, or compressed with a Convert; NULL if it is none. */
static const rq_node *find_const(const rq_graph *graph, rq_id value)
{
    if (value == RQ_NONE || graph->values[value]->dtype != RQ_DT_F32) return NULL;
    const rq_node *node = rq_value_producer(graph, value);
    if (!strcmp(node->type, "Convert") && node->in[0] != RQ_NONE)
        node = rq_value_producer(graph, node->in[0]);
    bool is_const = !strcmp(node->type, "Const");
    return is_const && rq_dtype_is_float(graph->values[node->out[0]]->dtype) ? node : NULL;
}

int rq_plan_bias_axis(const rq_graph *graph, const rq_plan_weight *w)
{
    bool matmul = !strcmp(graph->nodes[w->point.node]->type, "MatMul");
    return !matmul ? 1 : w->point.port == 1 ? w->out_rank - 1 : w->out_rank - 2;
}

/* Output channels in the layer's output. */
static rq_shape bias_shape(const rq_graph *graph, const rq_plan_weight *w)
{
    return axis_shape(w->out_rank, rq_plan_bias_axis(graph, w), rq_weight_channels(&w->layout));
}

/* One number, or one per output channel. */
static bool is_bias_shape(const rq_shape *shape, const rq_shape *want)
{
    if (shape->rank > want->rank) return false;
    if (rq_shape_count(shape) == 1) return true;
    for (int d = 0; d < want->rank; d++) {
        int at = d - (want->rank - shape->rank); /* shapes broadcast from the right */
        if ((at < 0 ? 1 : shape->d[at]) != want->d[d]) return false;
    }
    return true;
}

/* The Add of a bias that is the only reader of the layer; *port gets the bias's. */
static rq_node *find_bias(const rq_graph *graph, const rq_uses *uses, const rq_plan_weight *w,
                          uint32_t *port)
{
    rq_id out = graph->nodes[w->point.node]->out[0];
    if (uses->first[out + 1] - uses->first[out] != 1) return NULL;
    rq_node *add = graph->nodes[uses->uses[uses->first[out]].node];
    if (!add || strcmp(add->type, "Add") != 0 || add->n_in != 2) return NULL;
    *port = 1 - uses->uses[uses->first[out]].port;
    const rq_node *bias = find_const(graph, add->in[*port]);
    if (!bias) return NULL;
    rq_shape want = bias_shape(graph, w);
    return is_bias_shape(&graph->values[bias->out[0]]->shape, &want) ? add : NULL;
}

static rq_status shift_bias(rq_graph *graph, rq_node *add, uint32_t port, const rq_plan_weight *w)
{
    size_t channels = rq_weight_channels(&w->layout);
    const rq_node *old = find_const(graph, add->in[port]);
    const rq_value *value = graph->values[old->out[0]];
    const char *name = rq_value_producer(graph, add->in[port])->name;
    rq_shape shape = bias_shape(graph, w);
    bool single = rq_shape_count(&value->shape) == 1;
    float *bias = rq_arena_alloc(graph->arena, channels, sizeof *bias);
    if (!bias) return RQ_ENOMEM;
    for (size_t c = 0; c < channels; c++)
        bias[c] = (float)rq_load_f64(old->data, value->dtype, single ? 0 : c) + w->bias_shift[c];
    return rq_edit_const_f32(&add->in[port], graph, name, "corrected", &shape, bias);
}

static rq_status add_bias(rq_graph *graph, const rq_plan_weight *w)
{
    const rq_node *layer = graph->nodes[w->point.node];
    rq_value *out = graph->values[layer->out[0]];
    rq_shape shape = bias_shape(graph, w);
    const char *name = rq_arena_printf(graph->arena, "%s/bias_correction", layer->name);
    if (!name) return RQ_ENOMEM;
    rq_id in[2] = {out->id};
    RQ_TRY(rq_edit_const_f32(&in[1], graph, name, "shift", &shape, w->bias_shift));
    rq_node *add;
    RQ_TRY(rq_edit_node(&add, graph, name, "Add", "opset1", in, 2, out->dtype, &out->shape));
    RQ_TRY(rq_node_set_attr(graph, add, "auto_broadcast", "numpy"));
    rq_graph_replace_uses(graph, out->id, add->out[0], add->id);
    graph->values[add->out[0]]->names = out->names; /* where a Result finds its name */
    out->names = NULL;
    return RQ_OK;
}

static rq_status correct_biases(rq_graph *graph, const rq_plan *plan, const rq_uses *uses)
{
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        if (!w->bias_shift) continue;
        uint32_t port;
        rq_node *add = find_bias(graph, uses, w, &port);
        RQ_TRY(add ? shift_bias(graph, add, port, w) : add_bias(graph, w));
    }
    return RQ_OK;
}

rq_status rq_plan_apply(rq_graph *graph, const rq_plan *plan)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = RQ_OK;
    /* FakeQuantize first: a bias added to a layer's output must come before it, and does so by
     * taking over the FakeQuantize as a reader. */
    for (size_t i = 0; status == RQ_OK && i < plan->n_activations; i++)
        status = insert_fake_quantize(graph, &plan->activations[i]);
    if (status == RQ_OK) status = correct_biases(graph, plan, &uses);
    if (status == RQ_OK) status = replace_weights(graph, plan);
    rq_uses_free(&uses);
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}
