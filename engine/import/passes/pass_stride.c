/* Strides of 1x1 convolutions moved up: where a 3x3 (or any) convolution, with only element-wise
 * layers between, is read by a 1x1 convolution with a stride alone, the stride goes to the one
 * before, which then computes only what is looked at. */
#include "engine/import/pass.h"

#include <string.h>

static bool all_are(const rq_node *node, const char *name, int64_t want)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    const char *text = rq_node_attr(node, name);
    if (!text || !rq_parse_i64_list(text, list, RQ_MAX_RANK, &n)) return false;
    for (size_t i = 0; i < n; i++)
        if (list[i] != want) return false;
    return n > 0;
}

static bool is_convolution(const rq_node *node)
{
    return !strcmp(node->type, "Convolution") || !strcmp(node->type, "GroupConvolution");
}

static bool is_explicit(const rq_node *node)
{
    const char *mode = rq_node_attr(node, "auto_pad");
    return mode && (!strcmp(mode, "explicit") || !strcmp(mode, "valid"));
}

/* 1x1, unpadded, with a stride. */
static bool skips(const rq_pass *p, const rq_node *node)
{
    rq_shape w = rq_build_shape(p->b, node->in[1]);
    int first = !strcmp(node->type, "Convolution") ? 2 : 3;
    for (int i = first; i < w.rank; i++)
        if (w.d[i] != 1) return false;
    return w.rank > first && is_explicit(node) && all_are(node, "pads_begin", 0) &&
           all_are(node, "pads_end", 0) && !all_are(node, "strides", 1);
}

/* Layers whose output at a place depends on the input at that place only. */
static bool is_pointwise(const rq_pass *p, const rq_node *node)
{
    static const char *const unary[] = {"ReLU",  "Clamp",  "Sigmoid", "Tanh",  "Elu",
                                        "Swish", "HSwish", "Mish",    "PReLU", "Gelu"};
    for (size_t i = 0; i < sizeof unary / sizeof unary[0]; i++)
        if (!strcmp(node->type, unary[i])) return true;
    int side = rq_pass_constant_side(p, node);
    const rq_tensor *c = side < 0 ? NULL : rq_build_const(p->b, node->in[side]);
    if (!c || (strcmp(node->type, "Add") != 0 && strcmp(node->type, "Multiply") != 0)) return false;
    for (int i = 0; i < c->shape.rank; i++) /* the same everywhere in the image */
        if (c->shape.d[i] != 1 && rq_build_rank(p->b, node->out[0]) - c->shape.rank + i > 1)
            return false;
    return true;
}

/* The convolution before, through single-use pointwise layers. */
static rq_node *convolution_before(const rq_pass *p, rq_id value)
{
    for (int steps = 0; steps < 8; steps++) {
        rq_node *node = rq_value_producer(p->graph, value);
        if (rq_pass_uses(p, value) != 1) return NULL;
        if (is_convolution(node)) return node;
        if (!is_pointwise(p, node)) return NULL;
        int side = node->n_in == 2 && strcmp(node->type, "PReLU") != 0
                       ? rq_pass_constant_side(p, node)
                       : -1;
        value = node->in[side == 0 ? 1 : 0];
    }
    return NULL;
}

static void move_up(rq_pass *p, rq_node *conv)
{
    rq_node *before = skips(p, conv) ? convolution_before(p, conv->in[0]) : NULL;
    if (!before || !is_explicit(before) || !all_are(before, "strides", 1)) return;
    const char *strides = rq_node_attr(conv, "strides");
    rq_shape w = rq_build_shape(p->b, conv->in[1]);
    int64_t ones[RQ_MAX_RANK];
    size_t n = (size_t)w.rank - (!strcmp(conv->type, "Convolution") ? 2 : 3);
    for (size_t i = 0; i < n; i++) ones[i] = 1;
    rq_pass_set_attr(p, before, "strides", strides);
    rq_pass_set_attr(p, conv, "strides", rq_build_text(p->b, ones, n));
    rq_pass_reinfer(p);
    rq_pass_set_input(p, conv, 0, conv->in[0]); /* counts as a change */
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node;
        if ((node = rq_pass_node(p, i, "Convolution"))) move_up(p, node);
        if ((node = rq_pass_node(p, i, "GroupConvolution"))) move_up(p, node);
    }
}

const rq_pass_row rq_pass_stride = {
    "stride", "strides of 1x1 convolutions to the convolution before", run, true};
