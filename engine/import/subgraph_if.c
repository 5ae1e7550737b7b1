/* Conditions: If of ONNX and TensorFlow. */
#include "engine/import/subgraph.h"

const rq_framework_model *rq_subgraph_attr(rq_ir_builder *b, const char *name)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    if (attr && attr->kind == RQ_FRAMEWORK_GRAPH) return attr->graph;
    rq_ir_builder_fail(b, RQ_EFORMAT, "it has no %s", name);
    return NULL;
}

rq_id rq_subgraph_output(rq_ir_builder *b, const rq_framework_model *graph, size_t i)
{
    rq_id value = rq_ir_builder_find(b, graph->outputs[i].name);
    if (value == RQ_NONE)
        rq_ir_builder_fail(b, RQ_EFORMAT, "output '%s' of its graph is given by no node",
                           graph->outputs[i].name);
    return value;
}

/* The branch with those of its outputs that are read: what only others need is not mapped. */
static bool choose_outputs(rq_framework_model *out, rq_ir_builder *b,
                           const rq_framework_model *branch)
{
    *out = *branch;
    out->n_outputs = 0;
    out->outputs = rq_arena_alloc(b->arena, branch->n_outputs, sizeof *out->outputs);
    if (!rq_ir_builder_ok(b, out->outputs ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t i = 0; i < branch->n_outputs; i++)
        if (rq_ir_builder_wants(b, i)) out->outputs[out->n_outputs++] = branch->outputs[i];
    return true;
}

void rq_subgraph_inline(rq_ir_builder *b, const rq_framework_model *graph)
{
    for (size_t i = 0; i < graph->n_constants; i++)
        rq_ir_builder_name(b, graph->constants[i].name,
                           rq_emit_const(b, &graph->constants[i].tensor));
    rq_ir_builder_nodes(b, graph);
}

/* The condition is known: the branch's nodes take the place of the If. */
static void inline_branch(rq_ir_builder *b, const rq_framework_model *branch)
{
    const rq_framework_node *node = b->node;
    rq_subgraph_inline(b, branch);
    for (size_t i = 0, k = 0; i < node->n_out && k < branch->n_outputs; i++)
        if (rq_ir_builder_wants(b, i)) rq_ir_builder_set(b, i, rq_subgraph_output(b, branch, k++));
}

static void map_branch(rq_subgraph_map *m, rq_ir_builder *b, rq_node *node,
                       const rq_framework_model *branch, bool then)
{
    rq_subgraph_begin(m, b, node, branch, then ? "then_body" : "else_body",
                      then ? "then_port_map" : "else_port_map");
    rq_ir_builder_nodes(&m->build, branch);
    for (uint32_t i = 0; i < node->n_out && i < branch->n_outputs; i++)
        rq_subgraph_result(m, branch->outputs[i].name, rq_subgraph_output(&m->build, branch, i), i,
                           NULL);
    rq_subgraph_end(m, !then);
}

static void set_outputs(rq_ir_builder *b, const rq_node *node)
{
    for (size_t i = 0, k = 0; i < b->node->n_out && k < node->n_out; i++)
        if (rq_ir_builder_wants(b, i)) rq_ir_builder_set(b, i, node->out[k++]);
}

/* OpenVINO takes one number, or a list of one; frameworks any shape of one element. */
static rq_id scalar(rq_ir_builder *b, rq_id condition)
{
    const rq_shape shape = rq_ir_builder_shape(b, condition);
    return shape.rank > 1 ? rq_emit_reshape(b, condition, NULL, 0) : condition;
}

static void emit_if(rq_ir_builder *b, rq_id condition, const rq_framework_model *then_graph,
                    const rq_framework_model *else_graph)
{
    rq_subgraph_map m = {.outer = b};
    rq_node *node = rq_emit_deferred(b, "If-8", NULL, 0, (uint32_t)then_graph->n_outputs, "%s", "");
    if (!node) return;
    rq_subgraph_input(&m, condition);
    map_branch(&m, b, node, then_graph, true);
    map_branch(&m, b, node, else_graph, false);
    if (b->status == RQ_OK) set_outputs(b, node);
}

void rq_map_if(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_model *graphs[2] = {rq_subgraph_attr(b, "then_branch"),
                                           rq_subgraph_attr(b, "else_branch")};
    rq_framework_model branches[2];
    rq_id condition = rq_ir_builder_in(b, 0);
    const rq_tensor *known = rq_ir_builder_const(b, condition);
    (void)row;
    for (int k = 0; k < 2; k++)
        if (b->status != RQ_OK || !choose_outputs(&branches[k], b, graphs[k])) return;
    if (known && rq_tensor_count(known)) {
        inline_branch(b, &branches[rq_load_f64(known->data, known->dtype, 0) != 0.0 ? 0 : 1]);
        return;
    }
    if (rq_ir_builder_dtype(b, condition) != RQ_DT_BOOL)
        condition = rq_emit_binary(b, "NotEqual-1", condition, rq_emit_like(b, condition, 0.0));
    emit_if(b, scalar(b, condition), &branches[0], &branches[1]);
}
