/* Sizes that are computed in 32 bits and then used in 64: in 64 bits from the beginning. OpenVINO
 * computes the bounds of sizes that it does not know, too: in 32 bits they overflow after a few
 * factors, and the model is refused. */
#include "engine/import/pass.h"

#include <string.h>

#define MAX_DEPTH 48
#define MAX_INPUTS 16

static const rq_op *const of_all[] = {
    &rq_op_Add, &rq_op_Concat,   &rq_op_Divide,   &rq_op_Maximum,  &rq_op_Minimum,
    &rq_op_Mod, &rq_op_FloorMod, &rq_op_Multiply, &rq_op_Subtract, NULL};
/* Indices and axes stay as they are. */
static const rq_op *const of_first[] = {
    &rq_op_Gather,       &rq_op_ReduceProd, &rq_op_Slice, &rq_op_Squeeze,
    &rq_op_StridedSlice, &rq_op_Unsqueeze,  NULL};

typedef struct wide_sizes {
    rq_pass *p;
    size_t n;      /* values that there were before */
    rq_id *wide;   /* by value: what it is in 64 bits, */
    size_t *found; /* for this root; what no root took may be gone by the next one */
    size_t root, budget;
} wide_sizes;

static rq_id widen(wide_sizes *w, rq_id value, int depth);

static rq_id widen_inputs(wide_sizes *w, const rq_node *node, int depth)
{
    rq_ir_builder *b = w->p->b;
    bool all = rq_node_is_any(node, of_all);
    rq_id in[MAX_INPUTS];
    if ((!all && !rq_node_is_any(node, of_first)) || node->n_in > MAX_INPUTS) return RQ_NONE;
    for (uint32_t k = 0; k < node->n_in; k++) {
        in[k] = k == 0 || all ? widen(w, node->in[k], depth + 1) : node->in[k];
        if (in[k] == RQ_NONE) return RQ_NONE;
    }
    const char *type = rq_emit_type_of(b, node), *attrs = rq_emit_attrs_of(b, node, NULL, NULL);
    return rq_emit(b, type, in, node->n_in, "%s", attrs);
}

/* The i32 value in 64 bits; RQ_NONE: it is no such computation of sizes. */
static rq_id widen(wide_sizes *w, rq_id value, int depth)
{
    rq_ir_builder *b = w->p->b;
    const rq_node *node = rq_value_producer(b->graph, value);
    if (value >= w->n || depth == MAX_DEPTH || w->budget == 0) return RQ_NONE;
    if (w->found[value] == w->root) return w->wide[value];
    w->budget--;
    rq_id wide = RQ_NONE;
    if (rq_ir_builder_const(b, value))
        wide = rq_emit_convert(b, value, RQ_DT_I64);
    else if (rq_keep_has(w->p->keep, node->name))
        return RQ_NONE;
    else if (rq_node_is(node, &rq_op_ShapeOf))
        wide = rq_emit_shape_of(b, node->in[0]);
    else if (!rq_node_is(node, &rq_op_Convert))
        wide = widen_inputs(w, node, depth);
    else if (rq_ir_builder_dtype(b, node->in[0]) == RQ_DT_I64)
        wide = node->in[0];
    w->found[value] = w->root;
    w->wide[value] = wide;
    return wide;
}

static void run(rq_pass *p)
{
    size_t n = p->graph->n_values;
    wide_sizes w = {.p = p, .n = n, .budget = 4 * n + 1024};
    w.wide = rq_arena_alloc(p->b->arena, n, sizeof *w.wide);
    w.found = rq_arena_alloc(p->b->arena, n, sizeof *w.found);
    if (!rq_ir_builder_ok(p->b, w.wide && w.found ? RQ_OK : RQ_ENOMEM)) return;
    memset(w.found, 0, n * sizeof *w.found);
    for (size_t i = 0; i < p->graph->n_nodes && p->b->status == RQ_OK; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Convert);
        if (!node || rq_ir_builder_dtype(p->b, node->out[0]) != RQ_DT_I64 ||
            rq_ir_builder_dtype(p->b, node->in[0]) != RQ_DT_I32)
            continue;
        w.root++;
        rq_id wide = widen(&w, node->in[0], 0);
        if (wide != RQ_NONE) rq_pass_replace(p, node, wide);
    }
}

const rq_pass_row rq_pass_wide = {"wide", "sizes computed in 64 bits", run, false};
