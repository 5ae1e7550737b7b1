/* Operation Specifications: Interpolate-1, Interpolate-4, Interpolate-11. One axis after the other,
 * the innermost first; integers are rounded at the end, by pillow modes after each axis. */
#include "engine/ops/common/interpolate_plan.h"
#include "engine/ops/common/strided_copy.h"

#include <math.h>
#include <string.h>

static rq_status infer(rq_infer *ctx)
{
    rq_interpolate_plan plan;
    bool known;
    RQ_TRY(rq_infer_arity(ctx, 2, 4));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    if (ctx->version >= 4 && ctx->version < 11) RQ_TRY(rq_infer_arity(ctx, 3, 4));
    ctx->out[0].dtype = ctx->in[0].dtype;
    RQ_TRY(rq_interpolate_plan_make(&plan, &known, ctx));
    if (!known) return rq_infer_defer(ctx);
    ctx->out[0].shape.rank = plan.rank;
    for (int i = 0; i < plan.rank; i++) ctx->out[0].shape.d[i] = plan.axis[i].out;
    return RQ_OK;
}

/* Scratch: taps of one axis, then two arrays for what is between passes. */
typedef struct room {
    size_t taps;   /* largest number */
    size_t values; /* elements of the largest array between passes */
} room;

static room measure(const rq_interpolate_plan *plan)
{
    room r = {0, 1};
    for (int i = 0; i < plan->rank; i++) r.values *= (size_t)plan->axis[i].dim;
    size_t count = r.values;
    for (int i = plan->rank - 1; i >= 0; i--) {
        const rq_resample_axis *axis = &plan->axis[i];
        if (rq_resample_idle(axis)) continue;
        size_t taps = (size_t)axis->out * (size_t)rq_taps_width(axis);
        if (taps > r.taps) r.taps = taps;
        count = count / (size_t)axis->dim * (size_t)axis->out;
        if (count > r.values) r.values = count;
    }
    return r;
}

/* Every array in scratch has elements of 4 bytes, but those of nearest, which moves 8 at most. */
static size_t scratch(const rq_infer *ctx)
{
    rq_interpolate_plan plan;
    bool known;
    if (rq_interpolate_plan_make(&plan, &known, ctx) != RQ_OK || !known) return 0;
    room r = measure(&plan);
    return rq_round_up(r.taps, 16) * (sizeof(float) + sizeof(int32_t)) +
           2 * rq_round_up(r.values, 8) * sizeof(double);
}

/* -- one pass: [outer, dim, inner] to [outer, out, inner] ------------------------------------- */

static void weigh_row(float *out, const float *in, const rq_taps *taps, int64_t i, size_t inner)
{
    const int32_t *index = taps->index + i * taps->width;
    const float *weight = taps->weight + i * taps->width;
    for (size_t k = 0; k < inner; k++) out[k] = weight[0] * in[(size_t)index[0] * inner + k];
    for (int t = 1; t < taps->width; t++) {
        const float *row = in + (size_t)index[t] * inner;
        if (weight[t] == 0.0f) continue;
        for (size_t k = 0; k < inner; k++) out[k] += weight[t] * row[k];
    }
}

static void pass_weighted(void *out, const void *in, const rq_taps *taps, size_t outer, size_t dim,
                          size_t inner)
{
    float *to = out;
    const float *from = in;
    for (size_t o = 0; o < outer; o++, from += dim * inner)
        for (int64_t i = 0; i < taps->n; i++, to += inner) weigh_row(to, from, taps, i, inner);
}

static void pass_nearest(void *out, const void *in, const rq_taps *taps, size_t outer, size_t dim,
                         size_t bytes)
{
    char *to = out;
    const char *from = in;
    for (size_t o = 0; o < outer; o++, from += dim * bytes)
        for (int64_t i = 0; i < taps->n; i++, to += bytes) {
            if (taps->weight[i] == 0.0f)
                memset(to, 0, bytes);
            else
                memcpy(to, from + (size_t)taps->index[i] * bytes, bytes);
        }
}

/* -- all passes ------------------------------------------------------------------------------- */

typedef struct passes {
    const rq_interpolate_plan *plan;
    rq_taps taps;
    void *spare[2];
    size_t element;  /* bytes */
    rq_dtype rounds; /* the integers that results must become; else undefined */
} passes;

/* Half to even, into the type's range. */
static void round_values(float *values, size_t n, rq_dtype dt)
{
    bool is_signed = rq_dtype_kind_of(dt) == RQ_KIND_SIGNED;
    double high = dt == RQ_DT_BOOL ? 1.0 : ldexp(1.0, (int)rq_dtype_bits(dt) - is_signed) - 1.0;
    double low = is_signed ? -high - 1.0 : 0.0;
    for (size_t i = 0; i < n; i++)
        values[i] = (float)fmin(fmax(rint((double)values[i]), low), high);
}

static bool is_pillow(const rq_resample_axis *axis)
{
    return axis->mode == RQ_RESAMPLE_BILINEAR_PILLOW || axis->mode == RQ_RESAMPLE_BICUBIC_PILLOW;
}

/* Returns where the result is: `in` itself if there was nothing to do. */
static const void *run_passes(passes *p, const void *in)
{
    const rq_interpolate_plan *plan = p->plan;
    rq_shape shape = {.rank = plan->rank};
    for (int i = 0; i < plan->rank; i++) shape.d[i] = plan->axis[i].dim;
    for (int i = plan->rank - 1, turn = 0; i >= 0; i--) {
        const rq_resample_axis *axis = &plan->axis[i];
        if (rq_resample_idle(axis)) continue;
        size_t outer = rq_shape_span(&shape, 0, i),
               inner = rq_shape_span(&shape, i + 1, shape.rank);
        rq_taps_fill(&p->taps, axis);
        if (axis->mode == RQ_RESAMPLE_NEAREST)
            pass_nearest(p->spare[turn], in, &p->taps, outer, (size_t)axis->dim,
                         inner * p->element);
        else
            pass_weighted(p->spare[turn], in, &p->taps, outer, (size_t)axis->dim, inner);
        in = p->spare[turn];
        turn = !turn;
        shape.d[i] = axis->out;
        if (p->rounds != RQ_DT_UNDEFINED && is_pillow(axis))
            round_values(p->spare[!turn], rq_shape_count(&shape), p->rounds);
    }
    return in;
}

static rq_status run(rq_call *call)
{
    const rq_tensor *in = &call->in[0];
    rq_tensor *out = &call->out[0];
    rq_infer ctx = {.node = call->node,
                    .op = call->op,
                    .attrs = call->attrs,
                    .version = call->version,
                    .n_in = call->n_in,
                    .in = call->in};
    const rq_interpolate_attrs *a = call->attrs;
    rq_interpolate_plan plan;
    bool known;
    RQ_TRY(rq_interpolate_plan_make(&plan, &known, &ctx));
    if (rq_tensor_count(out) == 0) return RQ_OK;
    room r = measure(&plan);
    size_t taps = rq_round_up(r.taps, 16), values = rq_round_up(r.values, 8);
    double *spare = (double *)call->scratch;
    passes p = {
        .plan = &plan, .spare = {spare, spare + values}, .element = rq_element_bytes(in->dtype)};
    p.taps.weight = (float *)(spare + 2 * values);
    p.taps.index = (int32_t *)(p.taps.weight + taps);
    bool integers = in->dtype != RQ_DT_F32 && a->mode != RQ_RESAMPLE_NEAREST;
    const void *source = in->data;
    if (integers) {
        RQ_TRY(rq_convert(p.spare[1], RQ_DT_F32, in->data, in->dtype, rq_tensor_count(in)));
        source = p.spare[1];
        p.rounds = in->dtype;
    }
    const void *result = run_passes(&p, source);
    if (!integers) {
        memcpy(out->data, result, rq_tensor_bytes(out));
        return RQ_OK;
    }
    float *rounded = p.spare[result == p.spare[0] ? 0 : 1];
    round_values(rounded, rq_tensor_count(out), out->dtype);
    return rq_convert(out->data, out->dtype, rounded, RQ_DT_F32, rq_tensor_count(out));
}

const rq_op rq_op_Interpolate = {
    .type = "Interpolate",
    .opsets = RQ_OPSET(1) | RQ_OPSET(4) | RQ_OPSET(11),
    .role = RQ_ROLE_QUANTIZE,
    .flags = RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(rq_interpolate_attrs),
    .attrs = rq_interpolate_attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
