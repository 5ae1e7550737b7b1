/* Split -> equal convolutions -> Concat, all along the channels, as one convolution in groups, each
 * with its bias or none of them with one. */
#include "engine/import/pass.h"

#include <string.h>

#define MAX_GROUPS 256

typedef struct branches {
    const rq_node *split;
    const rq_node *convs[MAX_GROUPS];
    rq_id biases[MAX_GROUPS]; /* RQ_NONE without */
    uint32_t n;
} branches;

static bool same_attrs(const rq_node *a, const rq_node *b)
{
    static const char *const names[] = {"strides", "dilations", "pads_begin", "pads_end",
                                        "auto_pad"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *x = rq_node_attr(a, names[i]), *y = rq_node_attr(b, names[i]);
        if (!x || !y || strcmp(x, y) != 0) return false;
    }
    return true;
}

/* A constant [1,O,1...]. */
static bool is_bias(const rq_pass *p, rq_id value, int rank)
{
    const rq_tensor *t = rq_ir_builder_const(p->b, value);
    if (!t || t->shape.rank != rank) return false;
    for (int i = 0; i < rank; i++)
        if (i != 1 && t->shape.d[i] != 1) return false;
    return true;
}

/* The convolution that gives a branch, its bias taken off. */
static const rq_node *branch_of(const rq_pass *p, rq_id value, rq_id *bias)
{
    const rq_node *add = rq_pass_producer(p, value, &rq_op_Add);
    int side = add ? rq_pass_constant_side(p, add) : -1;
    if (rq_pass_uses(p, value) != 1) return NULL;
    *bias = RQ_NONE;
    if (side >= 0) {
        if (!is_bias(p, add->in[side], rq_ir_builder_rank(p->b, value))) return NULL;
        *bias = add->in[side];
        value = add->in[1 - side];
    }
    const rq_node *conv = rq_pass_producer(p, value, &rq_op_Convolution);
    return conv && rq_pass_uses(p, value) == 1 && rq_ir_builder_const(p->b, conv->in[1]) ? conv
                                                                                         : NULL;
}

/* Branch i reads output i of the split; all do the same with weights of one shape. */
static bool fits(const rq_pass *p, branches *all, uint32_t i)
{
    const rq_node *conv = all->convs[i], *first = all->convs[0];
    rq_shape shape = rq_ir_builder_shape(p->b, conv->in[1]);
    rq_shape wanted = rq_ir_builder_shape(p->b, first->in[1]);
    const rq_value *from = p->graph->values[conv->in[0]];
    if (i == 0) all->split = p->graph->nodes[from->producer];
    return p->graph->nodes[from->producer] == all->split && from->index == i &&
           rq_pass_uses(p, conv->in[0]) == 1 && rq_shape_equal(&shape, &wanted) &&
           same_attrs(conv, first) && (all->biases[i] == RQ_NONE) == (all->biases[0] == RQ_NONE);
}

static bool along_channels(const rq_pass *p, const rq_node *split, const rq_node *concat, int rank)
{
    int64_t axis = rq_pass_int(p, concat, "axis"), split_axis;
    size_t n;
    return rq_node_is(split, &rq_op_Split) && split->n_out == concat->n_in &&
           (axis == 1 || axis == 1 - rank) &&
           rq_ir_builder_ints(p->b, split->in[1], &split_axis, 1, &n) && n == 1 &&
           (split_axis == 1 || split_axis == 1 - rank);
}

static bool match(branches *all, const rq_pass *p, const rq_node *concat)
{
    all->n = concat->n_in;
    if (all->n < 2 || all->n > MAX_GROUPS) return false;
    for (uint32_t i = 0; i < all->n; i++) {
        all->convs[i] = branch_of(p, concat->in[i], &all->biases[i]);
        if (!all->convs[i] || !fits(p, all, i)) return false;
    }
    return along_channels(p, all->split, concat, rq_ir_builder_rank(p->b, all->convs[0]->in[1]));
}

/* Weights [O,I,...] of the branches as [G,O,I,...]. */
static rq_id join_weights(rq_pass *p, const branches *all)
{
    rq_id parts[MAX_GROUPS];
    int64_t first = 0;
    for (uint32_t i = 0; i < all->n; i++)
        parts[i] = rq_emit_unsqueeze(p->b, all->convs[i]->in[1], &first, 1);
    return rq_emit(p->b, "Concat-1", parts, all->n, "axis=0");
}

static void fuse(rq_pass *p, rq_node *concat)
{
    branches all;
    if (!match(&all, p, concat)) return;
    const rq_node *conv = all.convs[0];
    rq_id y = rq_emit(p->b, "GroupConvolution-1", RQ_IN(all.split->in[0], join_weights(p, &all)),
                      "strides=%s;dilations=%s;pads_begin=%s;pads_end=%s;auto_pad=%s",
                      rq_node_attr(conv, "strides"), rq_node_attr(conv, "dilations"),
                      rq_node_attr(conv, "pads_begin"), rq_node_attr(conv, "pads_end"),
                      rq_node_attr(conv, "auto_pad"));
    rq_node *grouped = y == RQ_NONE ? NULL : rq_value_producer(p->graph, y);
    if (all.biases[0] != RQ_NONE) {
        rq_id bias = rq_emit(p->b, "Concat-1", all.biases, all.n, "axis=1");
        y = rq_emit_binary(p->b, "Add-1", y, bias);
    }
    rq_pass_replace(p, concat, y);
    if (grouped) rq_pass_take_name(p, grouped, p->graph->nodes[conv->id]);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Concat);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_group = {
    "group", "Split, equal convolutions and Concat fused into a group convolution", run, true};
