/* ONNX's attention whose scores and probabilities graphs of the model's own change. */
#include "engine/import/onnx/onnx_attention.h"
#include "engine/import/onnx/onnx_read.h"
#include "engine/import/subgraph.h"

#include <math.h>

/* x through the node's graph of that name; x itself without one. */
static rq_id modified(rq_ir_builder *b, const char *name, rq_id x)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    if (!attr || attr->kind != RQ_FRAMEWORK_GRAPH) return x;
    if (attr->graph->n_inputs != 1 || attr->graph->n_outputs != 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%s has %zu inputs and %zu outputs", name,
                           attr->graph->n_inputs, attr->graph->n_outputs);
        return RQ_NONE;
    }
    rq_ir_builder_name(b, attr->graph->inputs[0].name, x);
    rq_subgraph_inline(b, attr->graph);
    return rq_subgraph_output(b, attr->graph, 0);
}

/* Of scores and probabilities. */
static rq_dtype precision(rq_ir_builder *b, rq_id q)
{
    int64_t given = rq_framework_int(b->node, "softmax_precision", 0);
    if (given) return rq_onnx_dtype((int32_t)given);
    return rq_ir_builder_dtype(b, q) == RQ_DT_F64 ? RQ_DT_F64 : RQ_DT_F32;
}

static void map_flex_attention(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id q = rq_ir_builder_in(b, 0), k = rq_ir_builder_in(b, 1), v = rq_ir_builder_in(b, 2);
    rq_shape queries = rq_ir_builder_shape(b, q), keys = rq_ir_builder_shape(b, k);
    rq_dtype dtype = rq_ir_builder_dtype(b, q), wide = precision(b, q);
    (void)row;
    if (queries.rank != 4 || keys.rank != 4 || keys.d[1] < 1 || queries.d[1] % keys.d[1] ||
        queries.d[3] < 1) {
        rq_ir_builder_unmapped(b, "an unknown number or width of heads");
        return;
    }
    double scale = rq_framework_float(b->node, "scale", 1 / sqrt((double)queries.d[3]));
    k = rq_onnx_repeat_heads(b, k, queries.d[1] / keys.d[1]);
    v = rq_onnx_repeat_heads(b, v, queries.d[1] / keys.d[1]);
    rq_id y = rq_emit_mat_mul(b, q, k, false, true);
    y = rq_emit_convert(b, rq_emit_binary(b, "Multiply-1", y, rq_onnx_like(b, y, scale)), wide);
    y = rq_emit(b, "SoftMax-8", RQ_IN(modified(b, "score_mod", y)), "axis=-1");
    y = rq_emit_convert(b, modified(b, "prob_mod", y), dtype);
    rq_ir_builder_set(b, 0, rq_emit_mat_mul(b, y, v, false, false));
}

static const rq_op_mapping_row rows[] = {
    {"ai.onnx.preview", "FlexAttention", map_flex_attention, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_flex_attention, rows)
