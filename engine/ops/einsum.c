/* Operation Specifications: Einsum-7: "ab,bc->ac" with repeated labels and "..."; every output
 * element is summed over all labels that it lacks. */
#include "engine/ops/op.h"

#include <string.h>

#define MAX_INPUTS 8
#define MAX_LABELS (52 + RQ_MAX_RANK) /* letters, and dimensions of the ellipsis */

typedef struct einsum_attrs {
    const char *equation;
} einsum_attrs;

static const rq_attr_spec attrs_table[] = {
    {"equation", RQ_ATTR_STRING, offsetof(einsum_attrs, equation), NULL, NULL},
    RQ_ATTRS_END,
};

/* A subscript after parsing: one label per dimension. Ellipsis dimensions count from the right:
 * label 52 is its last one. */
typedef struct subscript {
    int labels[RQ_MAX_RANK], rank;
} subscript;

typedef struct contraction {
    subscript in[MAX_INPUTS], out;
    int n_in, ellipsis;       /* dimensions of the longest ellipsis */
    int64_t size[MAX_LABELS]; /* 0: not used */
} contraction;

static int letter_label(char c)
{
    if (c >= 'a' && c <= 'z') return c - 'a';
    return c >= 'A' && c <= 'Z' ? 26 + c - 'A' : -1;
}

/* Reads one subscript up to `end`; `spare` is how many dimensions its ellipsis stands for. */
static rq_status read_subscript(subscript *s, const rq_node *node, const char *from,
                                const char *end, int spare)
{
    s->rank = 0;
    for (const char *c = from; c < end; c++) {
        if (*c == ' ') continue;
        bool dots = end - c >= 3 && !strncmp(c, "...", 3);
        int label = dots ? 0 : letter_label(*c), count = dots ? spare : 1;
        if (label < 0 || count < 0 || s->rank + count > RQ_MAX_RANK)
            return rq_node_fail(node, RQ_EFORMAT, "equation: '%.*s' is malformed",
                                (int)(end - from), from);
        for (int i = 0; i < count; i++) s->labels[s->rank++] = dots ? 52 + (count - 1 - i) : label;
        if (dots) c += 2;
    }
    return RQ_OK;
}

static int count_letters(const char *from, const char *end, bool *dots)
{
    int n = 0;
    *dots = false;
    for (const char *c = from; c < end; c++) {
        n += letter_label(*c) >= 0;
        *dots |= *c == '.';
    }
    return n;
}

static rq_status bind_sizes(contraction *e, const rq_node *node, const subscript *s,
                            const rq_shape *shape)
{
    if (s->rank != shape->rank)
        return rq_node_fail(node, RQ_EFORMAT, "equation: a subscript of %d labels for rank %d",
                            s->rank, shape->rank);
    for (int d = 0; d < s->rank; d++) {
        int64_t *size = &e->size[s->labels[d]];
        bool grows = *size == 0 || *size == 1, one = shape->d[d] == 1;
        if (!grows && !one && *size != shape->d[d])
            return rq_node_fail(node, RQ_EFORMAT, "equation: one label is %lld and %lld long",
                                (long long)*size, (long long)shape->d[d]);
        if (grows) *size = shape->d[d];
    }
    return RQ_OK;
}

/* Without "->": the ellipsis, then all letters that occur once, in alphabetical order. */
static void imply_output(contraction *e)
{
    int seen[MAX_LABELS] = {0};
    for (int i = 0; i < e->n_in; i++)
        for (int d = 0; d < e->in[i].rank; d++) seen[e->in[i].labels[d]]++;
    e->out.rank = 0;
    for (int d = e->ellipsis; d-- > 0;) e->out.labels[e->out.rank++] = 52 + d;
    for (int upper = 1; upper >= 0; upper--) /* ASCII: capitals come first */
        for (int l = 0; l < 26; l++)
            if (seen[upper * 26 + l] == 1 && e->out.rank < RQ_MAX_RANK)
                e->out.labels[e->out.rank++] = upper * 26 + l;
}

static rq_status parse(contraction *e, const rq_node *node, const char *equation,
                       const rq_tensor *in, uint32_t n_in)
{
    const char *arrow = strstr(equation, "->"), *end = arrow ? arrow : equation + strlen(equation);
    const char *from = equation;
    memset(e, 0, sizeof *e);
    for (e->n_in = 0; from <= end; e->n_in++) {
        const char *comma = memchr(from, ',', (size_t)(end - from)), *stop = comma ? comma : end;
        bool dots;
        if ((uint32_t)e->n_in >= n_in || e->n_in >= MAX_INPUTS) break;
        int spare = in[e->n_in].shape.rank - count_letters(from, stop, &dots);
        RQ_TRY(read_subscript(&e->in[e->n_in], node, from, stop, spare));
        if (dots && spare > e->ellipsis) e->ellipsis = spare;
        RQ_TRY(bind_sizes(e, node, &e->in[e->n_in], &in[e->n_in].shape));
        from = stop + 1;
    }
    if ((uint32_t)e->n_in != n_in || from <= end)
        return rq_node_fail(node, RQ_EFORMAT, "equation '%s' does not fit %u inputs", equation,
                            n_in);
    if (!arrow) {
        imply_output(e);
        return RQ_OK;
    }
    return read_subscript(&e->out, node, arrow + 2, arrow + 2 + strlen(arrow + 2), e->ellipsis);
}

/* Else each of the two would be a loop of its own. */
static bool has_repeated_label(const subscript *s)
{
    for (int d = 0; d < s->rank; d++)
        for (int other = 0; other < d; other++)
            if (s->labels[other] == s->labels[d]) return true;
    return false;
}

static rq_status infer(rq_infer *ctx)
{
    const einsum_attrs *a = ctx->attrs;
    contraction e;
    RQ_TRY(rq_infer_arity(ctx, 1, MAX_INPUTS));
    RQ_TRY(parse(&e, ctx->node, a->equation, ctx->in, ctx->n_in));
    if (has_repeated_label(&e.out))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "equation '%s': the output has a label twice",
                            a->equation);
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape.rank = e.out.rank;
    for (int d = 0; d < e.out.rank; d++) {
        if (e.size[e.out.labels[d]] == 0)
            return rq_node_fail(ctx->node, RQ_EFORMAT,
                                "equation '%s': the output has a label of its own", a->equation);
        ctx->out[0].shape.d[d] = e.size[e.out.labels[d]];
    }
    return RQ_OK;
}

/* All labels, output's first; and how far each operand moves with each. */
typedef struct loops {
    int n, n_out;
    int64_t size[MAX_LABELS], stride[MAX_INPUTS][MAX_LABELS];
} loops;

static void add_loop(loops *l, const contraction *e, int label, const rq_tensor *in)
{
    l->size[l->n] = e->size[label];
    for (int i = 0; i < e->n_in; i++) {
        int64_t strides[RQ_MAX_RANK];
        rq_shape_strides(&in[i].shape, strides);
        l->stride[i][l->n] = 0;
        for (int d = 0; d < e->in[i].rank; d++)
            if (e->in[i].labels[d] == label && in[i].shape.d[d] != 1)
                l->stride[i][l->n] += strides[d];
    }
    l->n++;
}

static void make_loops(loops *l, const contraction *e, const rq_tensor *in)
{
    bool used[MAX_LABELS] = {false};
    l->n = 0;
    for (int d = 0; d < e->out.rank; d++) {
        used[e->out.labels[d]] = true;
        add_loop(l, e, e->out.labels[d], in);
    }
    l->n_out = l->n;
    for (int label = 0; label < MAX_LABELS; label++)
        if (e->size[label] && !used[label]) add_loop(l, e, label, in);
}

/* Steps loops [from, to) by one; false when they are through. */
static bool step(const loops *l, int from, int to, int64_t *index, int64_t *at, int n_in)
{
    for (int d = to; d-- > from;) {
        for (int i = 0; i < n_in; i++) at[i] += l->stride[i][d];
        if (++index[d] < l->size[d]) return true;
        for (int i = 0; i < n_in; i++) at[i] -= l->stride[i][d] * l->size[d];
        index[d] = 0;
    }
    return false;
}

/* Sums over nothing. */
static bool sums_nothing(const rq_call *call)
{
    for (uint32_t i = 0; i < call->n_in; i++)
        if (rq_tensor_count(&call->in[i]) == 0) return true;
    return false;
}

static rq_status run(rq_call *call)
{
    const einsum_attrs *a = call->attrs;
    contraction e;
    loops l;
    int64_t index[MAX_LABELS] = {0}, at[MAX_INPUTS] = {0};
    RQ_TRY(parse(&e, call->node, a->equation, call->in, call->n_in));
    make_loops(&l, &e, call->in);
    size_t o = 0;
    if (rq_tensor_count(&call->out[0]) == 0) return RQ_OK;
    if (sums_nothing(call)) {
        memset(call->out[0].data, 0, rq_tensor_bytes(&call->out[0]));
        return RQ_OK;
    }
    do {
        double sum = 0.0;
        do {
            double product = 1.0;
            for (int i = 0; i < e.n_in; i++)
                product *= rq_load_f64(call->in[i].data, call->in[i].dtype, (size_t)at[i]);
            sum += product;
        } while (step(&l, l.n_out, l.n, index, at, e.n_in));
        rq_store_f64(call->out[0].data, call->out[0].dtype, o++, sum);
    } while (step(&l, 0, l.n_out, index, at, e.n_in));
    return RQ_OK;
}

const rq_op rq_op_Einsum = {
    .type = "Einsum",
    .opsets = RQ_OPSET(7),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(einsum_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
