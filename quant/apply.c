#include "quant/apply.h"

#include "quant/compress/compress_apply.h"
#include "quant/decide_compression.h"
#include "quant/layers/graph_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- activations --------------------------------------------------------------------------- */

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
    rq_shape shape = a->point.axis < 0 ? RQ_SHAPE_SCALAR
                                       : rq_graph_edit_axis_shape(a->rank, a->point.axis, a->n);
    const char *name = point_name(graph, a);
    rq_id in[5] = {a->point.value};
    if (!name) return RQ_ENOMEM;
    for (int i = 0; i < 4; i++)
        RQ_TRY(rq_graph_edit_const_f32(&in[i + 1], graph, name, inputs[i], &shape,
                                       i % 2 == 0 ? a->low : a->high));
    rq_node *node;
    RQ_TRY(rq_graph_edit_node(&node, graph, name, "FakeQuantize", "opset1", in, 5, value->dtype,
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
    RQ_TRY(rq_graph_edit_node(&convert, graph, convert_name, "Convert", "opset1", codes->out, 1,
                              RQ_DT_F32, shape));
    RQ_TRY(rq_node_set_attr(graph, convert, "destination_type", "f32"));
    rq_id in[2] = {convert->out[0]};
    RQ_TRY(rq_graph_edit_const_f32(&in[1], graph, name, "scale", &w->layout.scale_shape,
                                   w->codes.scales));
    RQ_TRY(
        rq_graph_edit_node(&multiply, graph, name, "Multiply", "opset1", in, 2, RQ_DT_F32, shape));
    RQ_TRY(rq_node_set_attr(graph, multiply, "auto_broadcast", "numpy"));
    *out = multiply->out[0];
    return RQ_OK;
}

static rq_status replace_weights(rq_graph *graph, const rq_quant_plan *plan)
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

rq_layer_bias rq_plan_layer_bias(const rq_plan_weight *w)
{
    return (rq_layer_bias){w->point.node, w->point.port, w->out_rank,
                           rq_weight_channels(&w->layout)};
}

static rq_status correct_biases(rq_graph *graph, const rq_quant_plan *plan, const rq_uses *uses)
{
    for (size_t i = 0; i < plan->n_weights; i++) {
        const rq_plan_weight *w = &plan->weights[i];
        const rq_layer_bias layer = rq_plan_layer_bias(w);
        if (w->bias_shift) RQ_TRY(rq_layer_bias_shift(graph, uses, &layer, w->bias_shift));
    }
    return RQ_OK;
}

static rq_status correct_compressed(rq_graph *graph, const rq_plan_compressed *c,
                                    const rq_uses *uses)
{
    for (size_t u = 0; u < c->n_uses; u++) {
        const rq_layer_bias layer = rq_compressed_layer_bias(c, u);
        const float *shift = c->uses[u].bias_shift;
        if (shift) RQ_TRY(rq_layer_bias_shift(graph, uses, &layer, shift));
    }
    return RQ_OK;
}

rq_status rq_quant_plan_apply(rq_graph *graph, const rq_quant_plan *plan)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, graph));
    rq_status status = RQ_OK;
    /* FakeQuantize first: a bias added to a layer's output must come before it, and does so by
     * taking over the FakeQuantize as a consumer. */
    for (size_t i = 0; status == RQ_OK && i < plan->n_activations; i++)
        status = insert_fake_quantize(graph, &plan->activations[i]);
    if (status == RQ_OK) status = correct_biases(graph, plan, &uses);
    for (size_t i = 0; status == RQ_OK && i < plan->n_compressed; i++)
        status = correct_compressed(graph, &plan->compressed[i], &uses);
    if (status == RQ_OK) status = replace_weights(graph, plan);
    for (size_t i = 0; status == RQ_OK && i < plan->n_compressed; i++)
        status = rq_compressed_apply(graph, &plan->compressed[i]);
    rq_uses_free(&uses);
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}
