#include "engine/ops/common/interpolate_plan.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <math.h>

static const char *const modes[] = {"nearest",         "linear",         "linear_onnx", "cubic",
                                    "bilinear_pillow", "bicubic_pillow", NULL};
static const char *const shape_modes[] = {"sizes", "scales", NULL};
enum { SIZES, SCALES };
static const char *const coordinate_modes[] = {"half_pixel",    "pytorch_half_pixel",
                                               "asymmetric",    "tf_half_pixel_for_nn",
                                               "align_corners", NULL};
static const char *const nearest_modes[] = {
    "round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple", NULL};

#define FIELD(name) offsetof(rq_interpolate_attrs, name)
const rq_attr_spec rq_interpolate_attrs_table[] = {
    {"mode", RQ_ATTR_ENUM, FIELD(mode), NULL, modes},
    {"shape_calculation_mode", RQ_ATTR_ENUM, FIELD(shape_calculation_mode), "sizes", shape_modes},
    {"coordinate_transformation_mode", RQ_ATTR_ENUM, FIELD(coordinates), "half_pixel",
     coordinate_modes},
    {"nearest_mode", RQ_ATTR_ENUM, FIELD(rounding), "round_prefer_floor", nearest_modes},
    {"antialias", RQ_ATTR_BOOL, FIELD(antialias), "false", NULL},
    {"align_corners", RQ_ATTR_BOOL, FIELD(align_corners), "true", NULL},
    {"cube_coeff", RQ_ATTR_FLOAT, FIELD(cube_coeff), "-0.75", NULL},
    {"pads_begin", RQ_ATTR_INTS, FIELD(pads_begin), "", NULL},
    {"pads_end", RQ_ATTR_INTS, FIELD(pads_end), "", NULL},
    {"axes", RQ_ATTR_INTS, FIELD(axes), "", NULL},
    RQ_ATTRS_END,
};

/* Which input holds what: the versions differ. 0 is none. */
typedef struct inputs {
    uint32_t sizes, scales, axes;
} inputs;

static inputs find_inputs(const rq_infer *ctx)
{
    const rq_interpolate_attrs *a = ctx->attrs;
    if (ctx->version < 4) return (inputs){.sizes = 1};
    if (ctx->version < 11) return (inputs){.sizes = 1, .scales = 2, .axes = 3};
    bool sizes = a->shape_calculation_mode == SIZES;
    return (inputs){.sizes = sizes ? 1 : 0, .scales = sizes ? 0 : 1, .axes = 2};
}

static rq_status read_pads(const rq_infer *ctx, const rq_ints *pads, int axis, int64_t *pad)
{
    *pad = (size_t)axis < pads->n ? pads->v[axis] : 0;
    if (*pad >= 0 && *pad <= RQ_RESAMPLE_MAX_DIM) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "a pad of %" PRId64 ", expected 0 or more", *pad);
}

/* Interpolate-1 as OpenVINO's own conversion to Interpolate-4 has it. */
static void set_version_1(rq_resample_axis *axis, const rq_infer *ctx, bool pads)
{
    const rq_interpolate_attrs *a = ctx->attrs;
    int rank = ctx->in[0].shape.rank;
    bool spatial = rank == 4 && a->axes.n == 2 && a->axes.v[0] == 2 && a->axes.v[1] == 3;
    bool linear = a->mode == RQ_RESAMPLE_LINEAR;
    axis->rounding = RQ_NEAREST_SIMPLE;
    axis->coordinates = a->align_corners              ? RQ_COORDINATES_ALIGN_CORNERS
                        : linear && !pads && !spatial ? RQ_COORDINATES_HALF_PIXEL
                                                      : RQ_COORDINATES_ASYMMETRIC;
}

/* All dimensions as if none was interpolated. */
static rq_status start(rq_interpolate_plan *plan, const rq_infer *ctx)
{
    const rq_interpolate_attrs *a = ctx->attrs;
    const rq_shape *in = &ctx->in[0].shape;
    bool pads = false;
    /* OpenVINO's CPU plugin does so: antialias has no effect below five dimensions. */
    bool two_taps = a->mode == RQ_RESAMPLE_LINEAR && in->rank < 5;
    int mode = two_taps ? RQ_RESAMPLE_LINEAR_ONNX : a->mode;
    plan->rank = in->rank;
    for (int i = 0; i < in->rank; i++) {
        rq_resample_axis *axis = &plan->axis[i];
        *axis = (rq_resample_axis){.mode = mode,
                                   .coordinates = a->coordinates,
                                   .rounding = a->rounding,
                                   .cube_coeff = a->cube_coeff,
                                   .dim = in->d[i],
                                   .scale = 1.0f};
        RQ_TRY(read_pads(ctx, &a->pads_begin, i, &axis->before));
        RQ_TRY(read_pads(ctx, &a->pads_end, i, &axis->after));
        pads |= axis->before || axis->after;
        axis->out = axis->dim + axis->before + axis->after;
    }
    for (int i = 0; i < in->rank && ctx->version < 4; i++) set_version_1(&plan->axis[i], ctx, pads);
    return RQ_OK;
}

static rq_status read_axes(const rq_infer *ctx, inputs at, int *axes, int *n)
{
    const rq_interpolate_attrs *a = ctx->attrs;
    int rank = ctx->in[0].shape.rank;
    if (at.axes && rq_input_given(ctx->in, ctx->n_in, at.axes))
        return rq_node_axes(ctx->node, axes, n, &ctx->in[at.axes], rank);
    *n = rank;
    for (int i = 0; i < rank; i++) axes[i] = i;
    if (ctx->version >= 4) return RQ_OK;
    if (a->axes.n > RQ_MAX_RANK) return rq_node_fail(ctx->node, RQ_EFORMAT, "%zu axes", a->axes.n);
    *n = (int)a->axes.n;
    for (int i = 0; i < *n; i++) RQ_TRY(rq_node_axis(ctx->node, &axes[i], a->axes.v[i], rank));
    return RQ_OK;
}

static rq_status set_by_size(const rq_infer *ctx, rq_resample_axis *axis, const rq_tensor *sizes,
                             int i)
{
    int64_t in = axis->out;
    axis->out = rq_load_i64(sizes->data, sizes->dtype, (size_t)i);
    axis->scale = in > 0 ? (float)axis->out / (float)in : 1.0f;
    if (axis->out > 0) return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EFORMAT, "size %" PRId64 ", expected 1 or more", axis->out);
}

static rq_status set_by_scale(const rq_infer *ctx, rq_resample_axis *axis, const rq_tensor *scales,
                              int i)
{
    axis->scale = (float)rq_load_f64(scales->data, scales->dtype, (size_t)i);
    float length = floorf(axis->scale * (float)axis->out);
    if (!(axis->scale > 0.0f) || !isfinite(length) || length > (float)RQ_RESAMPLE_MAX_DIM)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "scale %g of dimension %" PRId64, axis->scale,
                            axis->out);
    axis->out = (int64_t)length;
    return RQ_OK;
}

static rq_status check_axis(const rq_infer *ctx, const rq_resample_axis *axis)
{
    if (rq_resample_idle(axis)) return RQ_OK;
    if (axis->dim > 0 && axis->dim <= RQ_RESAMPLE_MAX_DIM && axis->out <= RQ_RESAMPLE_MAX_DIM)
        return RQ_OK;
    return rq_node_fail(ctx->node, RQ_EUNSUPPORTED,
                        "%" PRId64 " elements resampled to %" PRId64 ", expected at most %" PRId64,
                        axis->dim, axis->out, (int64_t)RQ_RESAMPLE_MAX_DIM);
}

/* What is between passes must not be larger than a tensor may be. */
static rq_status check_passes(const rq_infer *ctx, const rq_interpolate_plan *plan)
{
    rq_shape shape = ctx->in[0].shape;
    for (int i = plan->rank - 1; i >= 0; i--) {
        shape.d[i] = plan->axis[i].out;
        RQ_TRY(rq_shape_check(&shape, false, ctx->node->name));
    }
    return RQ_OK;
}

rq_status rq_interpolate_plan_make(rq_interpolate_plan *plan, bool *known, const rq_infer *ctx)
{
    const rq_interpolate_attrs *a = ctx->attrs;
    inputs at = find_inputs(ctx);
    bool by_size = ctx->version < 4 || a->shape_calculation_mode == SIZES;
    uint32_t from = by_size ? at.sizes : at.scales;
    const rq_tensor *values = &ctx->in[from];
    int axes[RQ_MAX_RANK], n;
    *known = rq_infer_known(ctx, from) && (!at.axes || rq_infer_known(ctx, at.axes));
    if (!*known) return RQ_OK;
    RQ_TRY(start(plan, ctx));
    RQ_TRY(read_axes(ctx, at, axes, &n));
    if (rq_tensor_count(values) != (size_t)n)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%zu sizes or scales for %d axes",
                            rq_tensor_count(values), n);
    bool shrinks = false;
    for (int i = 0; i < n; i++) {
        rq_resample_axis *axis = &plan->axis[axes[i]];
        RQ_TRY(by_size ? set_by_size(ctx, axis, values, i) : set_by_scale(ctx, axis, values, i));
        shrinks |= axis->scale < 1.0f;
    }
    for (int i = 0; i < plan->rank; i++) {
        plan->axis[i].antialias = a->antialias && shrinks;
        RQ_TRY(check_axis(ctx, &plan->axis[i]));
    }
    return check_passes(ctx, plan);
}
