/* x * r + (b - m * r), where m is x's mean, r = g / sqrt(x's variance + eps): as MVN, times g, plus
 * b. So TensorFlow's batch_normalization and Keras' layers have normalizations by moments, with the
 * terms in one order or another. */
#include "engine/import/normalize.h"
#include "engine/import/pass.h"

#define MAX_TERMS 3

/* A sum's terms, some with a minus. */
typedef struct sum {
    rq_id terms[MAX_TERMS];
    bool minus[MAX_TERMS];
    size_t n;
    bool fits;
} sum;

static void collect(const rq_pass *p, sum *out, rq_id value, bool minus, bool root)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Add);
    const rq_node *less = rq_pass_producer(p, value, &rq_op_Subtract);
    if ((node || less) && (root || rq_pass_uses(p, value) == 1)) {
        collect(p, out, (node ? node : less)->in[0], minus, false);
        collect(p, out, (node ? node : less)->in[1], less ? !minus : minus, false);
    } else if (out->n == MAX_TERMS) {
        out->fits = false;
    } else {
        out->terms[out->n] = value;
        out->minus[out->n++] = minus;
    }
}

/* -- r = g / sqrt(variance + eps) ------------------------------------------------------------- */

typedef struct moments {
    rq_id x, mean, axes, gain; /* gain: RQ_NONE is 1 */
    double epsilon;
} moments;

/* (x - m)^2 */
static bool match_square(moments *m, const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_SquaredDifference);
    const rq_node *product = rq_pass_producer(p, value, &rq_op_Multiply);
    if (product && product->in[0] == product->in[1])
        node = rq_pass_producer(p, product->in[0], &rq_op_Subtract);
    if (!node) return false;
    m->x = node->in[0];
    m->mean = node->in[1];
    return true;
}

/* (variance + eps)^-0.5 */
static bool match_root(moments *m, const rq_pass *p, rq_id value)
{
    const rq_node *root = rq_pass_producer(p, value, &rq_op_Power);
    if (!root || !rq_pass_is(p, root->in[1], -0.5)) return false;
    const rq_node *shifted = rq_pass_producer(p, root->in[0], &rq_op_Add);
    int side = shifted ? rq_pass_constant_side(p, shifted) : -1;
    if (side < 0 || rq_tensor_count(rq_ir_builder_const(p->b, shifted->in[side])) != 1)
        return false;
    m->epsilon = rq_ir_builder_number(p->b, shifted->in[side], 0.0);
    rq_id again = RQ_NONE, square = rq_pass_mean_of(p, shifted->in[1 - side], &m->axes);
    return square != RQ_NONE && match_square(m, p, square) &&
           rq_pass_mean_of(p, m->mean, &again) == m->x && rq_pass_same_constant(p, again, m->axes);
}

static bool match_factor(moments *m, const rq_pass *p, rq_id value)
{
    const rq_node *product = rq_pass_producer(p, value, &rq_op_Multiply);
    m->gain = RQ_NONE;
    if (match_root(m, p, value)) return true;
    for (int side = 0; product && side < 2; side++)
        if (match_root(m, p, product->in[side])) {
            m->gain = product->in[1 - side];
            return true;
        }
    return false;
}

/* -- the sum ---------------------------------------------------------------------------------- */

/* y * r with y; *minus: it is -y. */
static rq_id without_factor(const rq_pass *p, rq_id value, rq_id factor, bool *minus)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Multiply);
    if (!node || (node->in[0] != factor && node->in[1] != factor)) return RQ_NONE;
    rq_id y = node->in[node->in[0] == factor];
    const rq_node *negative = rq_pass_producer(p, y, &rq_op_Negative);
    if (negative) *minus = !*minus;
    return negative ? negative->in[0] : y;
}

/* Terms i and k are x r and - mean r of one r. */
static bool match_pair(moments *m, const rq_pass *p, const sum *s, size_t i, size_t k)
{
    const rq_node *first = rq_pass_producer(p, s->terms[i], &rq_op_Multiply);
    for (int side = 0; first && side < 2 && !s->minus[i]; side++) {
        bool minus = s->minus[k];
        if (match_factor(m, p, first->in[side]) && m->x == first->in[1 - side] &&
            without_factor(p, s->terms[k], first->in[side], &minus) == m->mean && minus)
            return true;
    }
    return false;
}

static void fuse(rq_pass *p, rq_node *node, const sum *s, const moments *m, size_t i, size_t k)
{
    rq_id y = rq_emit_mvn(p->b, m->x, m->axes, m->epsilon);
    if (m->gain != RQ_NONE) y = rq_emit_binary(p->b, "Multiply-1", y, m->gain);
    for (size_t t = 0; t < s->n; t++)
        if (t != i && t != k)
            y = rq_emit_binary(p->b, s->minus[t] ? "Subtract-1" : "Add-1", y, s->terms[t]);
    rq_pass_replace(p, node, y);
}

static void match(rq_pass *p, rq_node *node)
{
    sum s = {.fits = true};
    moments m;
    collect(p, &s, node->out[0], false, true);
    for (size_t i = 0; s.fits && i < s.n; i++)
        for (size_t k = 0; k < s.n; k++)
            if (i != k && match_pair(&m, p, &s, i, k)) {
                fuse(p, node, &s, &m, i, k);
                return;
            }
}

/* From the end, so that the whole of a sum comes before its parts. */
static void run(rq_pass *p)
{
    for (size_t i = p->graph->n_nodes; i-- > 0;) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Add);
        if (!node) node = rq_pass_node(p, i, &rq_op_Subtract);
        if (node) match(p, node);
    }
}

const rq_pass_row rq_pass_moments = {"moments", "normalization by moments fused into MVN", run,
                                     true};
