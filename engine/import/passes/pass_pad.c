/* Pads of zeros into the convolution or average after them. */
#include "engine/import/pass.h"

#include "engine/ops/common/pad.h"
#include "engine/ops/common/window.h"
#include "engine/ops/weight_axes.h"

#define MAX_AXES RQ_MAX_RANK

/* Pads of the spatial axes, when it pads those only, with zeros. */
static bool read_pad(const rq_pass *p, const rq_node *pad, int64_t *begin, int64_t *end, size_t *n)
{
    size_t n_end;
    if (rq_pass_int(p, pad, "pad_mode") != RQ_PAD_MODE_CONSTANT) return false;
    if (pad->n_in > 3 && !rq_pass_is(p, pad->in[3], 0.0)) return false;
    if (!rq_ir_builder_ints(p->b, pad->in[1], begin, MAX_AXES, n) ||
        !rq_ir_builder_ints(p->b, pad->in[2], end, MAX_AXES, &n_end) || *n != n_end || *n < 3)
        return false;
    for (size_t i = 0; i < *n; i++)
        if (begin[i] < 0 || end[i] < 0 || (i < 2 && (begin[i] || end[i]))) return false;
    return true;
}

static bool add_pads(rq_pass *p, rq_node *node, const char *name, const rq_ints *have,
                     const int64_t *extra, size_t n)
{
    int64_t pads[MAX_AXES];
    if (have->n != n || n > MAX_AXES) return false;
    for (size_t i = 0; i < n; i++) pads[i] = have->v[i] + extra[i];
    rq_pass_set_attr(p, node, name, rq_ir_builder_text(p->b, pads, n));
    return true;
}

/* Convolutions count what is outside as 0; so does an average over pads too. */
static bool takes_zeros(const rq_pass *p, const rq_node *node, const rq_use *use)
{
    const rq_op *op = rq_op_find(node->type);
    bool average = op == &rq_op_AvgPool && !rq_pass_int(p, node, "exclude-pad") &&
                   rq_pass_int(p, node, "rounding_type") == RQ_WINDOW_FLOOR;
    return use->port == 0 && ((op && rq_op_is_convolution(op)) || average);
}

static void fuse(rq_pass *p, rq_node *pad)
{
    int64_t begin[MAX_AXES], end[MAX_AXES];
    size_t n;
    const rq_use *use = rq_pass_only_use(p, pad->out[0]);
    rq_node *node = use ? p->graph->nodes[use->node] : NULL;
    if (!node || !takes_zeros(p, node, use) || !read_pad(p, pad, begin, end, &n)) return;
    const rq_window_attrs window = *(const rq_window_attrs *)rq_pass_attrs(p, node);
    bool valid = window.auto_pad == RQ_PAD_VALID;
    if (!valid && window.auto_pad != RQ_PAD_EXPLICIT) return;
    if (!add_pads(p, node, "pads_begin", &window.pads_begin, begin + 2, n - 2) ||
        !add_pads(p, node, "pads_end", &window.pads_end, end + 2, n - 2))
        return;
    if (valid) rq_pass_set_attr(p, node, "auto_pad", "explicit");
    rq_pass_set_input(p, node, 0, pad->in[0]);
}

static void run(rq_pass *p)
{
    for (size_t i = 0; i < p->graph->n_nodes; i++) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Pad);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_pad = {"pad", "zero padding folded into convolutions and average pooling",
                                 run, true};
