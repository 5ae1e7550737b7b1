/* ONNX's resizing of images. */
#include "engine/import/onnx/onnx_resize.h"

#include "engine/base/round.h"

#include <string.h>

/* Axes where nothing changes are left out: the IR's kernels want few. */
static bool drop_idle_axes(rq_onnx_resizing *r, rq_ir_builder *b)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    double kept[RQ_MAX_RANK];
    size_t n = 0;
    if (!t || t->shape.rank != 1 || rq_tensor_count(t) != r->n) return b->status == RQ_OK;
    for (size_t i = 0; i < r->n; i++) {
        double amount = rq_load_f64(t->data, t->dtype, i);
        int64_t axis = r->axes[i], dim = axis < shape.rank ? shape.d[axis] : RQ_DYNAMIC;
        bool idle = r->by_sizes ? r->scale == 0.0f && (double)dim == amount : amount == 1.0;
        if (r->done[i] || idle) continue;
        r->axes[n] = axis;
        kept[n++] = amount;
    }
    if (n == r->n) return true;
    r->n = n;
    float scales[RQ_MAX_RANK];
    int64_t sizes[RQ_MAX_RANK];
    for (size_t i = 0; i < n; i++) {
        scales[i] = (float)kept[i];
        sizes[i] = rq_saturate_i64(kept[i]);
    }
    r->amount = r->by_sizes ? rq_emit_ints(b, sizes, n)
                            : rq_emit_floats(b, scales, &(rq_shape){1, {(int64_t)n}});
    return b->status == RQ_OK;
}

static const char *coordinates_of(rq_ir_builder *b, const rq_onnx_resizing *r)
{
    static const char *const known[] = {"half_pixel", "pytorch_half_pixel", "asymmetric",
                                        "tf_half_pixel_for_nn", "align_corners"};
    const char *fallback = b->source->opset < 11 ? "asymmetric" : "half_pixel";
    const char *text = rq_framework_string(b->node, "coordinate_transformation_mode", fallback);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(text, known[i])) return known[i];
    /* It differs from half_pixel only where size / scale is no whole number. */
    if (!strcmp(text, "half_pixel_symmetric") && r->by_sizes && r->scale == 0.0f)
        return "half_pixel";
    return NULL;
}

static const char *mode_of(rq_ir_builder *b)
{
    const char *mode = rq_framework_string(b->node, "mode", "nearest");
    return strcmp(mode, "linear") && strcmp(mode, "bilinear") ? mode : "linear_onnx";
}

/* Before opset 11: up when the image shrinks, else down. */
static const char *nearest_mode_of(rq_ir_builder *b)
{
    if (b->source->opset < 11) return "simple";
    return rq_framework_string(b->node, "nearest_mode", "round_prefer_floor");
}

/* Every size before and after. */
static bool knows_sizes(const rq_ir_builder *b, const rq_onnx_resizing *r)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    for (size_t i = 0; i < r->n; i++)
        if (r->axes[i] >= shape.rank || shape.d[r->axes[i]] < 0) return false;
    return t && rq_tensor_count(t) == r->n;
}

/* Has the graph to compute it, for want of known sizes or of the IR's coordinates? */
static bool is_computed(rq_ir_builder *b, const rq_onnx_resizing *r)
{
    const char *policy = rq_framework_string(b->node, "keep_aspect_ratio_policy", "stretch");
    const char *text = rq_framework_string(b->node, "coordinate_transformation_mode", "");
    bool known = knows_sizes(b, r), keeps = r->by_sizes && strcmp(policy, "stretch") != 0;
    bool special = keeps || rq_onnx_resize_is_special(b, r);
    if (!strcmp(text, "tf_crop_and_resize") || (special && !known)) return true;
    if (special && !strncmp(text, "tf_", 3)) return true;
    return !strcmp(text, "half_pixel_symmetric") && !strcmp(mode_of(b), "nearest") &&
           !coordinates_of(b, r);
}

static rq_id emit_resize(rq_ir_builder *b, rq_onnx_resizing *r)
{
    const char *nearest = nearest_mode_of(b);
    if (!rq_onnx_resize_keep_proportions(b, r)) return RQ_NONE;
    const char *coordinates = coordinates_of(b, r);
    if (coordinates && !strcmp(mode_of(b), "nearest"))
        rq_onnx_resize_nearest_halves(b, r, coordinates, nearest);
    if (!drop_idle_axes(r, b)) return RQ_NONE;
    if (rq_onnx_resize_is_special(b, r)) return rq_onnx_resize_by_matrix(b, r);
    if (!coordinates) {
        rq_ir_builder_unmapped(b, "coordinates %s",
                               rq_framework_string(b->node, "coordinate_transformation_mode", ""));
        return RQ_NONE;
    }
    if (r->n == 0) return r->x;
    rq_id axes = rq_emit_ints(b, r->axes, r->n);
    return rq_emit(b, "Interpolate-11", RQ_IN(r->x, r->amount, axes),
                   "mode=%s;shape_calculation_mode=%s;coordinate_transformation_mode=%s;"
                   "nearest_mode=%s;antialias=false;cube_coeff=%.9g",
                   mode_of(b), r->by_sizes ? "sizes" : "scales", coordinates, nearest,
                   rq_framework_float(b->node, "cubic_coeff_a", -0.75));
}

/* Between elements, in floats. Of integers linear values are cut off, others rounded. */
static void set_resized(rq_ir_builder *b, rq_onnx_resizing *r)
{
    rq_dtype dtype = rq_ir_builder_dtype(b, r->x);
    bool computed = is_computed(b, r), whole = !rq_dtype_is_float(dtype);
    bool between = strcmp(mode_of(b), "nearest") != 0;
    if (between && (whole || computed)) r->x = rq_emit_convert(b, r->x, RQ_DT_F32);
    rq_id y = computed ? rq_onnx_resize_computed(b, r) : emit_resize(b, r);
    if (y == RQ_NONE) return;
    if (between && whole && (mode_of(b)[0] == 'c' || rq_framework_int(b->node, "antialias", 0)))
        y = rq_emit(b, "Round-5", RQ_IN(y), "mode=half_to_even");
    rq_ir_builder_set(b, 0, rq_emit_convert(b, y, dtype));
}

static bool read_axes(rq_onnx_resizing *r, rq_ir_builder *b)
{
    int rank = rq_ir_builder_require_rank(b, r->x);
    if (!rq_onnx_ints(b, SIZE_MAX, "axes", r->axes, RQ_MAX_RANK, &r->n) || rank < 0) return false;
    if (r->n == 0)
        for (; r->n < (size_t)rank; r->n++) r->axes[r->n] = (int64_t)r->n;
    for (size_t i = 0; i < r->n; i++) {
        r->axes[i] = rq_onnx_axis(r->axes[i], rank);
        if (r->axes[i] >= 0 && r->axes[i] < rank) continue;
        rq_ir_builder_fail(b, RQ_EFORMAT, "an axis that is none of its input's %d", rank);
        return false;
    }
    return true;
}

/* An input that is left out may also be a row of no elements. */
static rq_id given(rq_ir_builder *b, size_t i)
{
    if (!rq_ir_builder_has(b, i)) return RQ_NONE;
    rq_id value = rq_ir_builder_in(b, i);
    rq_shape shape = rq_ir_builder_shape(b, value);
    return shape.rank == 1 && shape.d[0] == 0 ? RQ_NONE : value;
}

static void map_resize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool old = b->source->opset < 11;
    rq_onnx_resizing r = {.x = rq_ir_builder_in(b, 0)};
    rq_id sizes = old ? RQ_NONE : given(b, 3);
    (void)row;
    r.by_sizes = sizes != RQ_NONE;
    r.amount = r.by_sizes ? sizes : given(b, old ? 1 : 2);
    if (r.amount == RQ_NONE) rq_ir_builder_fail(b, RQ_EFORMAT, "neither sizes nor scales");
    if (read_axes(&r, b)) set_resized(b, &r);
}

static void map_upsample(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_resizing r = {.x = rq_ir_builder_in(b, 0)};
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, "scales");
    (void)row;
    if (rq_ir_builder_has(b, 1)) {
        r.amount = rq_ir_builder_in(b, 1);
    } else if (attr && attr->kind == RQ_FRAMEWORK_FLOATS && attr->n <= RQ_MAX_RANK) {
        float scales[RQ_MAX_RANK];
        for (size_t i = 0; i < attr->n; i++) scales[i] = (float)attr->floats[i];
        r.amount = rq_emit_floats(b, scales, &(rq_shape){1, {(int64_t)attr->n}});
    } else {
        rq_ir_builder_unmapped(b, "the form without a list of scales");
        return;
    }
    if (read_axes(&r, b)) set_resized(b, &r);
}

static const rq_op_mapping_row rows[] = {
    {"", "Resize", map_resize, NULL},
    {"", "Upsample", map_upsample, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_resize, rows)
