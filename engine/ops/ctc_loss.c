/* Operation Specifications: CTCLoss-4: minus the logarithm of the probability of all alignments of
 * the labels with the steps. Forward recursion over the labels with blanks between them. */
#include "engine/ops/op.h"

#include <inttypes.h>
#include <math.h>

typedef struct loss_attrs {
    bool collapse, merge, unique;
} loss_attrs;

static const rq_attr_spec attrs_table[] = {
    {"preprocess_collapse_repeated", RQ_ATTR_BOOL, offsetof(loss_attrs, collapse), "false", NULL},
    {"ctc_merge_repeated", RQ_ATTR_BOOL, offsetof(loss_attrs, merge), "true", NULL},
    {"unique", RQ_ATTR_BOOL, offsetof(loss_attrs, unique), "false", NULL},
    RQ_ATTRS_END,
};

enum { LOGITS, STEPS, LABELS, LENGTHS, BLANK };

static rq_status infer(rq_infer *ctx)
{
    const rq_shape *logits = &ctx->in[LOGITS].shape, *labels = &ctx->in[LABELS].shape;
    RQ_TRY(rq_infer_arity(ctx, 4, 5));
    RQ_TRY(rq_infer_floats(ctx, 1));
    RQ_TRY(rq_infer_rank(ctx, LOGITS, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, STEPS, 1, 1));
    RQ_TRY(rq_infer_rank(ctx, LABELS, 2, 2));
    RQ_TRY(rq_infer_rank(ctx, LENGTHS, 1, 1));
    if (labels->d[0] != logits->d[0] || labels->d[1] != logits->d[1] || logits->d[2] < 1 ||
        ctx->in[STEPS].shape.d[0] != logits->d[0] || ctx->in[LENGTHS].shape.d[0] != logits->d[0]) {
        char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT];
        return rq_node_fail(ctx->node, RQ_EFORMAT, "logits %s do not fit labels %s or the lengths",
                            rq_shape_text(logits, a), rq_shape_text(labels, b));
    }
    ctx->out[0].dtype = ctx->in[LOGITS].dtype;
    ctx->out[0].shape = (rq_shape){1, {logits->d[0]}};
    return RQ_OK;
}

/* Scratch: the labels, then the logarithms of two steps over 2 * labels + 1 states. */
static size_t scratch(const rq_infer *ctx)
{
    size_t steps = (size_t)ctx->in[LOGITS].shape.d[1];
    return steps * sizeof(int64_t) + 2 * (2 * steps + 1) * sizeof(double);
}

static bool repeats(const loss_attrs *a, const int64_t *labels, size_t n, int64_t label)
{
    if (a->unique) {
        for (size_t i = 0; i < n; i++)
            if (labels[i] == label) return true;
        return false;
    }
    return a->collapse && n > 0 && labels[n - 1] == label;
}

static rq_status read_labels(const rq_call *call, size_t n, int64_t steps, int64_t *labels,
                             size_t *count)
{
    const rq_tensor *t = &call->in[LABELS];
    size_t row = (size_t)t->shape.d[1];
    int64_t length = rq_load_i64(call->in[LENGTHS].data, call->in[LENGTHS].dtype, n);
    if (steps < 0 || (size_t)steps > row || length < 0 || length > steps)
        return rq_node_fail(call->node, RQ_EARG, "%" PRId64 " labels for %" PRId64 " steps of %zu",
                            length, steps, row);
    *count = 0;
    for (size_t i = 0; i < (size_t)length; i++) {
        int64_t label = rq_load_i64(t->data, t->dtype, n * row + i);
        if (label < 0 || label >= call->in[LOGITS].shape.d[2])
            return rq_node_fail(call->node, RQ_EARG, "label %" PRId64 " of %" PRId64 " classes",
                                label, call->in[LOGITS].shape.d[2]);
        if (!repeats(call->attrs, labels, *count, label)) labels[(*count)++] = label;
    }
    return RQ_OK;
}

static double add_logs(double a, double b)
{
    double high = a > b ? a : b, low = a > b ? b : a;
    return high == -INFINITY ? high : high + log1p(exp(low - high));
}

static double log_sum(const float *x, size_t n)
{
    double sum = -INFINITY;
    for (size_t i = 0; i < n; i++) sum = add_logs(sum, x[i]);
    return sum;
}

typedef struct target {
    const int64_t *labels;
    size_t n;
    int64_t blank;
    bool merge;
} target;

/* One step. State 2k is the blank before label k, 2k + 1 is label k. Without merging, a label
 * takes one step only and the blank between two labels may be skipped even where they are equal. */
static void advance(const target *t, const double *before, double *after, const float *logits,
                    double norm)
{
    for (size_t s = 0; s < 2 * t->n + 1; s++) {
        bool blank = s % 2 == 0;
        double sum = blank || t->merge ? before[s] : -INFINITY;
        if (s > 0) sum = add_logs(sum, before[s - 1]);
        if (!blank && s > 1 && !(t->merge && t->labels[s / 2] == t->labels[s / 2 - 1]))
            sum = add_logs(sum, before[s - 2]);
        after[s] = sum + (double)logits[blank ? t->blank : t->labels[s / 2]] - norm;
    }
}

static double loss(const target *t, const float *logits, size_t steps, size_t classes, double *room)
{
    size_t states = 2 * t->n + 1;
    double *now = room, *next = room + states;
    /* As if a step of blank came before the first: states 0 and 1 can follow it. */
    for (size_t s = 0; s < states; s++) now[s] = s == 0 ? 0.0 : -INFINITY;
    for (size_t i = 0; i < steps; i++) {
        const float *row = logits + i * classes;
        advance(t, now, next, row, log_sum(row, classes));
        double *other = now;
        now = next;
        next = other;
    }
    double total = now[states - 1];
    return -(states > 1 ? add_logs(total, now[states - 2]) : total);
}

static rq_status run(rq_call *call)
{
    const loss_attrs *a = call->attrs;
    const rq_shape *shape = &call->in[LOGITS].shape;
    size_t row = (size_t)shape->d[1], classes = (size_t)shape->d[2];
    int64_t *labels = call->scratch;
    target t = {.labels = labels, .blank = shape->d[2] - 1, .merge = a->merge};
    if (rq_input_given(call->in, call->n_in, BLANK))
        RQ_TRY(rq_tensor_int(call->node, &call->in[BLANK], &t.blank));
    if (t.blank < 0 || t.blank >= shape->d[2])
        return rq_node_fail(call->node, RQ_EARG, "blank %" PRId64 " of %zu classes", t.blank,
                            classes);
    for (size_t n = 0; n < (size_t)shape->d[0]; n++) {
        int64_t steps = rq_load_i64(call->in[STEPS].data, call->in[STEPS].dtype, n);
        RQ_TRY(read_labels(call, n, steps, labels, &t.n));
        const float *logits = (const float *)call->in[LOGITS].data + n * row * classes;
        ((float *)call->out[0].data)[n] =
            (float)loss(&t, logits, (size_t)steps, classes, (double *)(void *)(labels + row));
    }
    return RQ_OK;
}

const rq_op rq_op_CTCLoss = {
    .type = "CTCLoss",
    .opsets = RQ_OPSET(4),
    .role = RQ_ROLE_FLOAT,
    .attrs_size = sizeof(loss_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
