/* ONNX's Resize by indices and weights that the graph itself computes: where sizes are not known
 * before, and for coordinates that the IR's Interpolate lacks. */
#include "engine/import/axis_product.h"
#include "engine/import/onnx/onnx_resize.h"

#include <string.h>

/* One axis: sizes before and after, i64 and as numbers; where each output lies, f32 [out]. */
typedef struct axis {
    rq_id in, out, length, width;
    rq_id scale, first, last; /* f32; of the crop, from 0 to 1: RQ_NONE without one */
    rq_id place;
} axis;

static rq_id number(rq_ir_builder *b, double value)
{
    return rq_emit_scalar(b, RQ_DT_F32, value);
}

#define ADD(x, y) rq_emit_binary(b, "Add-1", x, y)
#define SUB(x, y) rq_emit_binary(b, "Subtract-1", x, y)
#define MUL(x, y) rq_emit_binary(b, "Multiply-1", x, y)
#define DIV(x, y) rq_emit_binary(b, "Divide-1", x, y)
#define MIN(x, y) rq_emit_binary(b, "Minimum-1", x, y)
#define MAX(x, y) rq_emit_binary(b, "Maximum-1", x, y)
#define FLOOR(x) rq_emit_unary(b, "Floor-1", x)

static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id yes, rq_id no)
{
    return rq_emit(b, "Select-1", RQ_IN(condition, yes, no), "auto_broadcast=numpy");
}

static rq_id as_number(rq_ir_builder *b, rq_id x)
{
    return rq_emit_convert(b, x, RQ_DT_F32);
}

static rq_id as_count(rq_ir_builder *b, rq_id x)
{
    return rq_emit_convert(b, x, RQ_DT_I64);
}

static rq_id element(rq_ir_builder *b, rq_id row, size_t i)
{
    return rq_emit_gather(b, row, rq_emit_int(b, (int64_t)i), 0);
}

static const char *option(const rq_ir_builder *b, const char *name, const char *fallback)
{
    return rq_framework_string(b->node, name, fallback);
}

/* -- sizes ----------------------------------------------------------------------------------- */

/* The scale that keeps proportions: of all axes the least, or the greatest. */
static rq_id common_scale(rq_ir_builder *b, const rq_onnx_resizing *r, const char *policy)
{
    rq_id shape = rq_emit_shape_of(b, r->x), common = RQ_NONE;
    for (size_t i = 0; i < r->n; i++) {
        rq_id scale = DIV(as_number(b, element(b, r->amount, i)),
                          as_number(b, element(b, shape, (size_t)r->axes[i])));
        if (common == RQ_NONE)
            common = scale;
        else
            common = !strcmp(policy, "not_smaller") ? MAX(common, scale) : MIN(common, scale);
    }
    return common;
}

static void measure(axis *s, rq_ir_builder *b, const rq_onnx_resizing *r, size_t i, rq_id common)
{
    s->in = element(b, rq_emit_shape_of(b, r->x), (size_t)r->axes[i]);
    s->length = as_number(b, s->in);
    rq_id amount = element(b, r->amount, i);
    if (common != RQ_NONE) {
        s->width = rq_emit(b, "Round-5", RQ_IN(MUL(common, s->length)), "mode=half_away_from_zero");
        s->width = MAX(s->width, number(b, 1));
    } else if (r->by_sizes) {
        s->width = as_number(b, amount);
    } else {
        s->width = FLOOR(MUL(as_number(b, amount), s->length));
    }
    s->out = as_count(b, s->width);
    s->scale = common != RQ_NONE ? common
               : r->by_sizes     ? DIV(s->width, s->length)
                                 : as_number(b, amount);
}

/* -- where outputs lie ------------------------------------------------------------------------ */

/* Of a single output, another place. */
static rq_id unless_single(rq_ir_builder *b, const axis *s, rq_id place, rq_id single)
{
    return choose(b, rq_emit_binary(b, "Greater-1", s->out, rq_emit_int(b, 1)), place, single);
}

/* From `first` in steps that reach `span` at the last output. */
static rq_id between(rq_ir_builder *b, const axis *s, rq_id i, rq_id first, rq_id span)
{
    rq_id steps = MAX(SUB(s->width, number(b, 1)), number(b, 1));
    rq_id moved = DIV(MUL(i, span), steps);
    return first == RQ_NONE ? moved : ADD(first, moved);
}

static rq_id cropped(rq_ir_builder *b, const axis *s, rq_id i)
{
    rq_id end = SUB(s->length, number(b, 1));
    rq_id place = between(b, s, i, MUL(s->first, end), MUL(SUB(s->last, s->first), end));
    return unless_single(b, s, place, MUL(MUL(ADD(s->first, s->last), end), number(b, 0.5)));
}

/* Symmetric: what the sizes round off is cut at both ends. */
static rq_id symmetric(rq_ir_builder *b, const axis *s, rq_id place)
{
    rq_id part = SUB(number(b, 1), DIV(s->width, MUL(s->scale, s->length)));
    return ADD(MUL(MUL(s->length, number(b, 0.5)), part), place);
}

static rq_id place_of(rq_ir_builder *b, const axis *s, const char *coordinates)
{
    rq_id i = as_number(b, rq_emit_count_up(b, s->out));
    rq_id centre = DIV(ADD(i, number(b, 0.5)), s->scale), place = SUB(centre, number(b, 0.5));
    if (!strcmp(coordinates, "asymmetric")) return DIV(i, s->scale);
    if (!strcmp(coordinates, "tf_half_pixel_for_nn")) return centre;
    if (!strcmp(coordinates, "tf_crop_and_resize")) return cropped(b, s, i);
    if (!strcmp(coordinates, "half_pixel_symmetric")) return symmetric(b, s, place);
    if (!strcmp(coordinates, "align_corners"))
        return between(b, s, i, RQ_NONE, SUB(s->length, number(b, 1)));
    if (!strcmp(coordinates, "pytorch_half_pixel")) return unless_single(b, s, place, number(b, 0));
    return place;
}

/* -- nearest ---------------------------------------------------------------------------------- */

/* What is nearly a half is one. */
static rq_id settle(rq_ir_builder *b, rq_id place)
{
    rq_id half = ADD(FLOOR(place), number(b, 0.5));
    rq_id off = rq_emit_unary(b, "Abs-1", SUB(place, half));
    return choose(b, rq_emit_binary(b, "Less-1", off, number(b, 1e-5)), half, place);
}

static rq_id within(rq_ir_builder *b, const axis *s, rq_id place)
{
    return MIN(MAX(place, number(b, 0)), SUB(s->length, number(b, 1)));
}

static rq_id pick(rq_ir_builder *b, const axis *s, rq_id x, int64_t at)
{
    const char *rounding = option(b, "nearest_mode", "round_prefer_floor");
    rq_id place = settle(b, s->place), half = number(b, 0.5);
    bool up = !strcmp(rounding, "ceil") || !strcmp(rounding, "round_prefer_floor");
    if (!strcmp(rounding, "round_prefer_floor")) place = SUB(place, half);
    if (!strcmp(rounding, "round_prefer_ceil")) place = ADD(place, half);
    place = rq_emit_unary(b, up ? "Ceiling-1" : "Floor-1", place);
    return rq_emit_gather(b, x, as_count(b, within(b, s, place)), at);
}

/* -- linear and cubic ------------------------------------------------------------------------- */

/* ((k3 x + k2) x + k1) x + k0 */
static rq_id cubic_part(rq_ir_builder *b, rq_id x, double k3, double k2, double k1, double k0)
{
    rq_id y = ADD(MUL(x, number(b, k3)), number(b, k2));
    y = ADD(MUL(y, x), number(b, k1));
    return ADD(MUL(y, x), number(b, k0));
}

static rq_id kernel(rq_ir_builder *b, rq_id distance, bool cubic)
{
    double a = rq_framework_float(b->node, "cubic_coeff_a", -0.75);
    rq_id x = rq_emit_unary(b, "Abs-1", distance), one = number(b, 1), two = number(b, 2);
    if (!cubic) return MAX(SUB(one, x), number(b, 0));
    rq_id near = cubic_part(b, x, a + 2.0, -(a + 3.0), 0.0, 1.0);
    rq_id far = cubic_part(b, x, a, -5.0 * a, 8.0 * a, -4.0 * a);
    far = choose(b, rq_emit_binary(b, "Less-1", x, two), far, number(b, 0));
    return choose(b, rq_emit_binary(b, "LessEqual-1", x, one), near, far);
}

/* Weights [out, taps] of the elements `taps`, f32 in a row. */
static rq_id weights_of(rq_ir_builder *b, const axis *s, rq_id place, rq_id taps, bool cubic)
{
    const int64_t behind = 1;
    bool antialias = rq_framework_int(b->node, "antialias", 0) != 0;
    bool excludes = rq_framework_int(b->node, "exclude_outside", 0) != 0;
    rq_id distance = SUB(taps, rq_emit_unsqueeze(b, place, &behind, 1));
    if (antialias) distance = MUL(distance, MIN(s->scale, number(b, 1)));
    rq_id weights = kernel(b, distance, cubic);
    if (!antialias && !excludes) return weights;
    rq_id sum = rq_emit(b, "ReduceSum-1", RQ_IN(weights, RQ_EMIT_INTS(b, 1)), "keep_dims=true");
    rq_id some = choose(b, rq_emit_binary(b, "Equal-1", sum, number(b, 0)), number(b, 1), sum);
    return DIV(weights, some);
}

/* How many elements outside the image a kernel reaches: they are the edge's. */
static rq_id reach_of(rq_ir_builder *b, const axis *s, bool cubic)
{
    rq_id radius = number(b, cubic ? 2 : 1);
    if (rq_framework_int(b->node, "antialias", 0))
        radius = rq_emit_unary(b, "Ceiling-1", DIV(radius, MIN(s->scale, number(b, 1))));
    return as_count(b, ADD(radius, number(b, 1)));
}

static rq_id interpolate(rq_ir_builder *b, const axis *s, rq_id x, int64_t at, bool cubic)
{
    rq_id place = s->place, taps = rq_emit_count_up(b, s->in);
    bool plain = !cubic && !rq_framework_int(b->node, "antialias", 0);
    if (plain) {
        place = within(b, s, place);
    } else if (!rq_framework_int(b->node, "exclude_outside", 0)) {
        rq_id reach = reach_of(b, s, cubic), two = rq_emit_int(b, 2);
        taps = SUB(rq_emit_count_up(b, ADD(s->in, MUL(reach, two))), reach);
        x = rq_emit_gather(b, x, as_count(b, within(b, s, as_number(b, taps))), at);
    }
    rq_id weights = weights_of(b, s, place, as_number(b, taps), cubic);
    return rq_emit_axis_matrix(b, x, weights, at);
}

/* -- the graph -------------------------------------------------------------------------------- */

/* Outputs beyond the image have a value of their own. */
static rq_id extrapolate(rq_ir_builder *b, const axis *s, rq_id x, int64_t at)
{
    int64_t behind[RQ_MAX_RANK];
    size_t n = 0;
    rq_id end = SUB(s->length, number(b, 1));
    rq_id inside = rq_emit_binary(b, "LogicalAnd-1",
                                  rq_emit_binary(b, "GreaterEqual-1", s->place, number(b, 0)),
                                  rq_emit_binary(b, "LessEqual-1", s->place, end));
    for (int64_t i = at + 1; i < rq_ir_builder_rank(b, x); i++, n++) behind[n] = (int64_t)n + 1;
    if (n) inside = rq_emit_unsqueeze(b, inside, behind, n);
    double value = rq_framework_float(b->node, "extrapolation_value", 0.0);
    return choose(b, inside, x, rq_emit_like(b, x, value));
}

/* Does nothing change along the axis? */
static bool is_idle(const rq_ir_builder *b, const rq_onnx_resizing *r, size_t i, const axis *s)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    if (!t || i >= rq_tensor_count(t)) return false;
    double amount = rq_load_f64(t->data, t->dtype, i);
    if (r->by_sizes ? amount != (double)shape.d[r->axes[i]] : amount != 1.0) return false;
    return s->first == RQ_NONE || (rq_ir_builder_number(b, s->first, 1.0) == 0.0 &&
                                   rq_ir_builder_number(b, s->last, 0.0) == 1.0);
}

rq_id rq_onnx_resize_computed(rq_ir_builder *b, const rq_onnx_resizing *r)
{
    const char *coordinates = option(b, "coordinate_transformation_mode", "half_pixel");
    const char *mode = option(b, "mode", "nearest");
    const char *policy = option(b, "keep_aspect_ratio_policy", "stretch");
    bool crops = !strcmp(coordinates, "tf_crop_and_resize");
    bool keeps = r->by_sizes && strcmp(policy, "stretch") != 0;
    if (crops && !rq_ir_builder_has(b, 1)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "it has no region to crop");
        return RQ_NONE;
    }
    rq_id x = r->x, common = keeps ? common_scale(b, r, policy) : RQ_NONE;
    for (size_t i = 0; i < r->n && b->status == RQ_OK; i++) {
        axis s = {.first = RQ_NONE, .last = RQ_NONE};
        if (crops) {
            s.first = as_number(b, element(b, rq_ir_builder_in(b, 1), i));
            s.last = as_number(b, element(b, rq_ir_builder_in(b, 1), i + r->n));
        }
        if (!keeps && is_idle(b, r, i, &s)) continue;
        measure(&s, b, r, i, common);
        s.place = place_of(b, &s, coordinates);
        x = !strcmp(mode, "nearest") ? pick(b, &s, x, r->axes[i])
                                     : interpolate(b, &s, x, r->axes[i], mode[0] == 'c');
        if (crops) x = extrapolate(b, &s, x, r->axes[i]);
    }
    return x;
}
