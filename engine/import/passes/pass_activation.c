/* Activation functions spelled out as products: x * sigmoid(x) and the like into one operator.
 *
 * A tree of multiplications is taken apart into its factors; the constant ones are multiplied, the
 * others looked up in a table of what makes which function. */
#include "engine/import/pass.h"

#include <math.h>

#define MAX_FACTORS 3

typedef struct product {
    rq_id factors[MAX_FACTORS]; /* not constant */
    size_t n;
    double scale;
    bool fits;
} product;

static void collect(const rq_pass *p, product *out, rq_id value, bool root)
{
    const rq_tensor *t = rq_ir_builder_const(p->b, value);
    const rq_node *node = t ? NULL : rq_pass_producer(p, value, &rq_op_Multiply);
    if (t && rq_tensor_count(t) == 1) {
        out->scale *= rq_load_f64(t->data, t->dtype, 0);
    } else if (node && (root || rq_pass_uses(p, value) == 1)) {
        collect(p, out, node->in[0], false);
        collect(p, out, node->in[1], false);
    } else if (t || out->n == MAX_FACTORS) {
        out->fits = false;
    } else {
        out->factors[out->n++] = value;
    }
}

static bool near(double value, double want)
{
    return fabs(value - want) <= 1e-3 * fabs(want);
}

/* -- what a factor can be: each gives the x that it is of, or RQ_NONE ------------------------- */

static rq_id argument(const rq_pass *p, rq_id value, const rq_op *op)
{
    const rq_node *node = rq_pass_producer(p, value, op);
    return node ? node->in[0] : RQ_NONE;
}

/* x of x + c. */
static rq_id without_term(const rq_pass *p, rq_id value, double c)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Add);
    int side = node ? rq_pass_constant_side(p, node) : -1;
    return side >= 0 && rq_pass_is(p, node->in[side], c) ? node->in[1 - side] : RQ_NONE;
}

/* x of x * c. */
static rq_id without_factor(const rq_pass *p, rq_id value, double c)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Multiply);
    int side = node ? rq_pass_constant_side(p, node) : -1;
    return side >= 0 && rq_pass_is(p, node->in[side], c) ? node->in[1 - side] : RQ_NONE;
}

static bool attr_is(const rq_pass *p, const rq_node *node, const char *name, double want)
{
    return fabs(rq_pass_float(p, node, name) - want) < 1e-6;
}

static rq_id of_sigmoid(const rq_pass *p, rq_id value)
{
    return argument(p, value, &rq_op_Sigmoid);
}

static rq_id of_hsigmoid(const rq_pass *p, rq_id value)
{
    rq_id x = argument(p, value, &rq_op_HSigmoid);
    const rq_node *hard = rq_pass_producer(p, value, &rq_op_HardSigmoid);
    if (x != RQ_NONE || !hard) return x;
    return rq_pass_is(p, hard->in[1], 1.0 / 6.0) && rq_pass_is(p, hard->in[2], 0.5) ? hard->in[0]
                                                                                    : RQ_NONE;
}

/* min(max(x + 3, 0), 6) */
static rq_id of_relu6(const rq_pass *p, rq_id value)
{
    const rq_node *clamp = rq_pass_producer(p, value, &rq_op_Clamp);
    if (clamp && attr_is(p, clamp, "min", 0.0) && attr_is(p, clamp, "max", 6.0))
        return without_term(p, clamp->in[0], 3.0);
    const rq_node *least = rq_pass_producer(p, value, &rq_op_Minimum);
    int side = least ? rq_pass_constant_side(p, least) : -1;
    if (side < 0 || !rq_pass_is(p, least->in[side], 6.0)) return RQ_NONE;
    return without_term(p, argument(p, least->in[1 - side], &rq_op_ReLU), 3.0);
}

static rq_id of_tanh_softplus(const rq_pass *p, rq_id value)
{
    return argument(p, argument(p, value, &rq_op_Tanh), &rq_op_SoftPlus);
}

/* 1 + erf(x / sqrt 2) */
static rq_id of_gauss(const rq_pass *p, rq_id value)
{
    return without_factor(p, argument(p, without_term(p, value, 1.0), &rq_op_Erf), M_SQRT1_2);
}

static rq_id unsigned_of(const rq_pass *p, rq_id value)
{
    return argument(p, value, &rq_op_Negative);
}

/* 1 - erf(- x / sqrt 2) */
static rq_id of_gauss_complement(const rq_pass *p, rq_id value)
{
    const rq_node *node = rq_pass_producer(p, value, &rq_op_Subtract);
    if (!node || !rq_pass_is(p, node->in[0], 1.0)) return RQ_NONE;
    rq_id z = argument(p, node->in[1], &rq_op_Erf), x = without_factor(p, z, -M_SQRT1_2);
    if (x == RQ_NONE) x = unsigned_of(p, without_factor(p, z, M_SQRT1_2));
    return x != RQ_NONE ? x : without_factor(p, unsigned_of(p, z), M_SQRT1_2);
}

/* -- the table ------------------------------------------------------------------------------- */

typedef struct function {
    rq_id (*of)(const rq_pass *p, rq_id value); /* one factor */
    bool times_x;                               /* the other is x itself */
    double scale;
    const char *ir, *attrs;
} function;

static const function functions[] = {
    {of_relu6, true, 1.0 / 6.0, "HSwish-4", ""},
    {of_relu6, false, 1.0 / 6.0, "HSigmoid-5", ""},
    {of_hsigmoid, true, 1.0, "HSwish-4", ""},
    {of_sigmoid, true, 1.0, "Swish-4", ""},
    {of_tanh_softplus, true, 1.0, "Mish-4", ""},
    {of_gauss, true, 0.5, "Gelu-7", "approximation_mode=ERF"},
    {of_gauss_complement, true, 0.5, "Gelu-7", "approximation_mode=ERF"},
};

/* x when the factors are those of `f`. */
static rq_id match(const rq_pass *p, const product *whole, const function *f)
{
    size_t n = f->times_x ? 2 : 1;
    if (whole->n != n || !near(whole->scale, f->scale)) return RQ_NONE;
    for (size_t i = 0; i < n; i++) {
        rq_id x = f->of(p, whole->factors[i]);
        if (x != RQ_NONE && (n == 1 || whole->factors[1 - i] == x)) return x;
    }
    return RQ_NONE;
}

static void fuse(rq_pass *p, rq_node *node)
{
    product whole = {.scale = 1.0, .fits = true};
    collect(p, &whole, node->out[0], true);
    for (size_t i = 0; whole.fits && i < sizeof functions / sizeof functions[0]; i++) {
        const function *f = &functions[i];
        rq_id x = match(p, &whole, f);
        if (x == RQ_NONE) continue;
        rq_pass_replace(p, node, rq_emit(p->b, f->ir, RQ_IN(x), "%s", f->attrs));
        return;
    }
}

/* From the end, so that the whole of a product comes before its parts. */
static void run(rq_pass *p)
{
    for (size_t i = p->graph->n_nodes; i-- > 0;) {
        rq_node *node = rq_pass_node(p, i, &rq_op_Multiply);
        if (node) fuse(p, node);
    }
}

const rq_pass_row rq_pass_activation = {
    "activation", "decomposed activations fused (HSwish, HSigmoid, Swish, Mish, Gelu)", run, true};
