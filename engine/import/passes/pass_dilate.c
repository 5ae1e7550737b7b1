/* SpaceToBatch, a convolution, perhaps its bias, BatchToSpace: one convolution with dilations, as
 * TensorFlow 1 spells it. */
#include "engine/import/pass.h"

#include "engine/ops/common/window.h"

typedef struct dilated {
    rq_node *space, *conv, *bias;                                     /* bias: NULL without */
    int64_t block[RQ_MAX_RANK], begin[RQ_MAX_RANK], end[RQ_MAX_RANK]; /* by spatial axis */
    size_t n;
} dilated;

/* The convolution before the value, with a constant that is added behind it. */
static bool match_convolution(dilated *d, const rq_pass *p, rq_id value)
{
    rq_node *add = rq_pass_producer(p, value, &rq_op_Add);
    int side = add ? rq_pass_constant_side(p, add) : -1;
    d->bias = NULL;
    if (side >= 0 && rq_pass_uses(p, value) == 1) {
        rq_shape c = rq_ir_builder_shape(p->b, add->in[side]);
        for (int i = 0; i < c.rank; i++) /* one for each channel, or for all */
            if (c.d[i] != 1 && c.rank - i != (int)d->n + 1) return false;
        d->bias = add;
        value = add->in[1 - side];
    }
    d->conv = rq_pass_producer(p, value, &rq_op_Convolution);
    if (!d->conv) d->conv = rq_pass_producer(p, value, &rq_op_GroupConvolution);
    return d->conv && rq_pass_uses(p, value) == 1;
}

/* One step at a time, no pads and no dilation of its own. */
static bool is_plain(const rq_pass *p, const rq_node *conv, size_t n)
{
    const rq_window_attrs *w = rq_pass_attrs(p, conv);
    if (w->auto_pad != RQ_PAD_VALID && (w->auto_pad != RQ_PAD_EXPLICIT || rq_window_may_pad(w)))
        return false;
    if (w->strides.n != n || w->dilations.n != n) return false;
    for (size_t i = 0; i < n; i++)
        if (w->strides.v[i] != 1 || w->dilations.v[i] != 1) return false;
    return true;
}

static bool read_numbers(const rq_pass *p, const rq_node *node, int64_t (*out)[RQ_MAX_RANK],
                         size_t *n)
{
    for (uint32_t i = 0; i < 3; i++) {
        size_t count;
        if (!rq_ir_builder_ints(p->b, node->in[i + 1], out[i], RQ_MAX_RANK, &count) || count < 3 ||
            (i && count != *n) || out[i][0] != !i || out[i][1] != !i)
            return false;
        *n = count;
    }
    return true;
}

/* Blocks are the same; what is cut off behind was padded before. */
static bool match_blocks(dilated *d, const rq_pass *p, const rq_node *batch)
{
    int64_t cut[3][RQ_MAX_RANK], added[3][RQ_MAX_RANK];
    size_t n = 0, other = 0;
    if (!read_numbers(p, batch, cut, &n) || !read_numbers(p, d->space, added, &other) || n != other)
        return false;
    for (size_t i = 2; i < n; i++) {
        d->block[i - 2] = added[0][i];
        d->begin[i - 2] = added[1][i] - cut[1][i];
        d->end[i - 2] = added[2][i] - cut[2][i];
        if (cut[0][i] != added[0][i] || d->begin[i - 2] < 0 || d->end[i - 2] < 0) return false;
    }
    return n - 2 == d->n;
}

static bool match(dilated *d, const rq_pass *p, const rq_node *batch)
{
    int rank = rq_ir_builder_rank(p->b, batch->out[0]);
    if (rank < 3) return false;
    d->n = (size_t)rank - 2;
    if (!match_convolution(d, p, batch->in[0]) || !is_plain(p, d->conv, d->n)) return false;
    d->space = rq_pass_producer(p, d->conv->in[0], &rq_op_SpaceToBatch);
    return d->space && rq_pass_uses(p, d->conv->in[0]) == 1 && match_blocks(d, p, batch);
}

static void fuse(rq_pass *p, rq_node *batch)
{
    dilated d;
    if (!match(&d, p, batch)) return;
    rq_pass_set_attr(p, d.conv, "auto_pad", "explicit");
    rq_pass_set_attr(p, d.conv, "dilations", rq_ir_builder_text(p->b, d.block, d.n));
    rq_pass_set_attr(p, d.conv, "pads_begin", rq_ir_builder_text(p->b, d.begin, d.n));
    rq_pass_set_attr(p, d.conv, "pads_end", rq_ir_builder_text(p->b, d.end, d.n));
    rq_pass_set_input(p, d.conv, 0, d.space->in[0]);
    rq_ir_builder_infer(p->b, d.conv, false);
    if (d.bias) rq_ir_builder_infer(p->b, d.bias, false);
    rq_pass_replace(p, batch, (d.bias ? d.bias : d.conv)->out[0]);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_BatchToSpace);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_dilate = {
    "dilate", "SpaceToBatch, convolution and BatchToSpace fused into a dilated convolution", run,
    true};
