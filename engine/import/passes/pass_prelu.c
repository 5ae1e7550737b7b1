/* PReLU spelled out: relu(x) + slope * min(x, 0), in the forms in which frameworks write the
 * second term, and max(x, slope * x) for slopes up to 1. */
#include "engine/import/pass.h"

#include <string.h>

#define MAX_CONSTANTS 4

/* constants * scale * min(x, 0) */
typedef struct term {
    rq_id x, constants[MAX_CONSTANTS];
    size_t n;
    double scale;
} term;

static bool clamps(const rq_pass *p, const rq_node *node, const char *bound)
{
    double low = rq_pass_float(p, node, "min"), high = rq_pass_float(p, node, "max");
    return !strcmp(bound, "min") ? low == 0.0 && high > 1e30 : high == 0.0 && low < -1e30;
}

static rq_id argument(const rq_pass *p, rq_id value, const rq_op *op)
{
    const rq_node *node = rq_pass_producer(p, value, op);
    return node ? node->in[0] : RQ_NONE;
}

/* x of max(x, 0) ("Maximum", "min") or min(x, 0) ("Minimum", "max"). */
static rq_id bounded(const rq_pass *p, rq_id value, const rq_op *op, const char *bound)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Clamp);
    if (node) return clamps(p, node, bound) ? node->in[0] : RQ_NONE;
    node = rq_pass_producer(p, value, op);
    int side = node ? rq_pass_constant_side(p, node) : -1;
    return side >= 0 && rq_pass_is(p, node->in[side], 0.0) ? node->in[1 - side] : RQ_NONE;
}

static rq_id positive_half(const rq_pass *p, rq_id value)
{
    rq_id x = argument(p, value, &rq_op_ReLU);
    return x != RQ_NONE ? x : bounded(p, value, &rq_op_Maximum, "min");
}

/* min(x, 0) itself, -relu(-x), or (x - |x|) / 2. */
static rq_id negative_half(const rq_pass *p, rq_id value, double *scale)
{
    rq_id x = bounded(p, value, &rq_op_Minimum, "max");
    if (x != RQ_NONE) return x;
    x = argument(p, positive_half(p, value), &rq_op_Negative);
    const rq_node *difference = rq_pass_producer(p, value, &rq_op_Subtract);
    if (x != RQ_NONE) {
        *scale = -*scale;
    } else if (difference && argument(p, difference->in[1], &rq_op_Abs) == difference->in[0]) {
        *scale *= 2.0;
        x = difference->in[0];
    }
    return x;
}

/* Takes constant factors and signs off until min(x, 0) is left. */
static bool match_term(term *t, const rq_pass *p, rq_id value)
{
    while ((t->x = negative_half(p, value, &t->scale)) == RQ_NONE) {
        const rq_node *product = rq_pass_producer(p, value, &rq_op_Multiply);
        int side = product ? rq_pass_constant_side(p, product) : -1;
        rq_id without = argument(p, value, &rq_op_Negative);
        if (side >= 0 && t->n < MAX_CONSTANTS) {
            t->constants[t->n++] = product->in[side];
            value = product->in[1 - side];
        } else if (without != RQ_NONE) {
            t->scale = -t->scale;
            value = without;
        } else {
            return false;
        }
    }
    return true;
}

/* Slopes must not stretch x. */
static bool fits(const rq_pass *p, rq_id slopes, rq_id x)
{
    rq_shape s = rq_ir_builder_shape(p->b, slopes), shape = rq_ir_builder_shape(p->b, x);
    if (s.rank > shape.rank) return false;
    for (int i = 0; i < s.rank; i++)
        if (s.d[i] != 1 && s.d[i] != shape.d[shape.rank - s.rank + i]) return false;
    return true;
}

/* A row would be taken for one slope per channel: all axes are named. */
static rq_id all_axes(rq_ir_builder *b, rq_id slopes, int rank)
{
    rq_shape shape = rq_ir_builder_shape(b, slopes);
    int64_t dims[RQ_MAX_RANK], one = 1;
    if (shape.rank >= 0 && rq_tensor_count(rq_ir_builder_const(b, slopes)) == 1)
        return rq_emit_reshape(b, slopes, &one, 1);
    for (int i = 0; i < rank; i++)
        dims[i] = i < rank - shape.rank ? 1 : shape.d[i - (rank - shape.rank)];
    return rq_emit_reshape(b, slopes, dims, (size_t)rank);
}

static void replace(rq_pass *p, rq_node *node, const term *t)
{
    rq_ir_builder *b = p->b;
    int rank = rq_ir_builder_rank(b, t->x);
    if (rank < 1 || !rq_dtype_is_float(rq_ir_builder_dtype(b, t->x))) return;
    for (size_t i = 0; i < t->n; i++)
        if (!fits(p, t->constants[i], t->x)) return;
    rq_id slopes = rq_emit_like(b, t->x, t->scale);
    for (size_t i = 0; i < t->n; i++)
        slopes = rq_emit_binary(b, "Multiply-1", slopes, t->constants[i]);
    slopes = all_axes(b, slopes, rank);
    rq_pass_replace(p, node, rq_emit(b, "PReLU-1", RQ_IN(t->x, slopes), "%s", ""));
}

/* relu(x) + term, relu(x) - term */
static void fuse_sum(rq_pass *p, rq_node *node, double sign)
{
    for (int side = 0; side < (sign > 0.0 ? 2 : 1); side++) {
        term t = {.scale = sign};
        rq_id x = positive_half(p, node->in[side]);
        if (x == RQ_NONE || !match_term(&t, p, node->in[1 - side]) || t.x != x) continue;
        replace(p, node, &t);
        return;
    }
}

/* max(x, slope * x) */
static void fuse_maximum(rq_pass *p, rq_node *node)
{
    for (int side = 0; side < 2; side++) {
        const rq_node *product = rq_pass_producer(p, node->in[side], &rq_op_Multiply);
        int constant = product ? rq_pass_constant_side(p, product) : -1;
        if (constant < 0 || product->in[1 - constant] != node->in[1 - side]) continue;
        const rq_tensor *c = rq_ir_builder_const(p->b, product->in[constant]);
        for (size_t i = 0; i < rq_tensor_count(c); i++)
            if (!(rq_load_f64(c->data, c->dtype, i) <= 1.0)) return;
        replace(p, node, &(term){node->in[1 - side], {product->in[constant]}, 1, 1.0});
        return;
    }
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, &rq_op_Add))) fuse_sum(p, node, 1.0);
        if ((node = rq_pass_node(p, i, &rq_op_Subtract))) fuse_sum(p, node, -1.0);
        if ((node = rq_pass_node(p, i, &rq_op_Maximum))) fuse_maximum(p, node);
    }
}

const rq_pass_row rq_pass_prelu = {"prelu", "decomposed PReLU fused", run, true};
