/* ONNX's pooling of sums and means. */
#include "engine/import/onnx/onnx_pool.h"

#include <string.h>

/* What has to be added behind axis i for the last window, which reaches beyond the image and its
 * pads; 0 where that is no window. */
static int64_t overhang(const rq_onnx_pooling *p, const rq_shape *x, size_t i)
{
    const rq_onnx_window *w = &p->window;
    int64_t dim = x->d[i + 2], stride = w->strides[i];
    if (!p->ceil || stride < 1) return 0;
    if (dim == RQ_DYNAMIC) return stride - 1;
    if (rq_onnx_pooling_begins_late(p, x, i)) return 0;
    int64_t span = dim + w->begin[i] + w->end[i] - w->dilations[i] * (p->kernel[i] - 1) - 1;
    return span > 0 ? (stride - span % stride) % stride : 0;
}

/* The sum of each window of x [N, C, ...], image by image: a convolution with ones. `padded`: the
 * pads are part of x already. */
static rq_id window_sums(rq_ir_builder *b, const rq_onnx_pooling *p, rq_id x, bool padded)
{
    const rq_onnx_window *w = &p->window;
    rq_shape shape = rq_ir_builder_shape(b, p->x);
    int64_t begin[RQ_MAX_RANK] = {0}, end[RQ_MAX_RANK], size[RQ_MAX_RANK] = {1, 1};
    for (size_t i = 0; i < w->n; i++) {
        end[i] = overhang(p, &shape, i) + (padded ? 0 : w->end[i]);
        if (!padded) begin[i] = w->begin[i];
        size[i + 2] = p->kernel[i];
    }
    rq_id ones =
        rq_emit(b, "Broadcast-3", RQ_IN(rq_onnx_like(b, p->x, 1), rq_emit_ints(b, size, w->n + 2)),
                "mode=numpy");
    return rq_emit(b, "Convolution-1", RQ_IN(x, ones),
                   "strides=%s;pads_begin=%s;pads_end=%s;dilations=%s;auto_pad=%s",
                   rq_ir_builder_text(b, w->strides, w->n), rq_ir_builder_text(b, begin, w->n),
                   rq_ir_builder_text(b, end, w->n), rq_ir_builder_text(b, w->dilations, w->n),
                   strcmp(w->auto_pad, "valid") ? w->auto_pad : "explicit");
}

/* Sums of dilated windows, [N, C, ...]. */
static rq_id dilated_sums(rq_ir_builder *b, const rq_onnx_pooling *p)
{
    rq_shape shape = rq_ir_builder_shape(b, p->x);
    int64_t dims[RQ_MAX_RANK] = {-1, 1};
    if (shape.rank != (int)p->window.n + 2 || shape.d[1] == RQ_DYNAMIC) {
        rq_ir_builder_unmapped(b, "dilated windows of an unknown number of channels");
        return RQ_NONE;
    }
    rq_id images = rq_emit_reshape(b, p->x, dims, p->window.n + 2);
    dims[1] = shape.d[1];
    return rq_emit_reshape(b, window_sums(b, p, images, false), dims, p->window.n + 2);
}

/* x with ones for the pads. */
static rq_id pad(rq_ir_builder *b, const rq_onnx_pooling *p, rq_id x)
{
    const rq_onnx_window *w = &p->window;
    int64_t before[RQ_MAX_RANK] = {0}, behind[RQ_MAX_RANK] = {0};
    memcpy(before + 2, w->begin, w->n * sizeof *before);
    memcpy(behind + 2, w->end, w->n * sizeof *behind);
    return rq_onnx_pad(b, x, before, behind, w->n + 2, 1);
}

/* [1, 1, ...] of the image's size. */
static rq_id ones_of_image(rq_ir_builder *b, const rq_onnx_pooling *p)
{
    rq_id image = rq_emit_slice(b, rq_emit_shape_of(b, p->x), 0, 2, INT32_MAX, 1);
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, 1, 1), image), "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_onnx_like(b, p->x, 1), shape), "mode=numpy");
}

/* How many elements each window has, [1, 1, ...]. */
static rq_id window_counts(rq_ir_builder *b, const rq_onnx_pooling *p, bool include_pad)
{
    rq_id ones = ones_of_image(b, p);
    bool padded = include_pad && !strcmp(p->window.auto_pad, "explicit");
    if (padded) ones = pad(b, p, ones);
    return window_sums(b, p, ones, padded);
}

static rq_id average(rq_ir_builder *b, const rq_onnx_pooling *p, bool exclude_pad)
{
    return rq_emit(b, p->late ? "AvgPool-14" : "AvgPool-1", RQ_IN(p->x), "%s;exclude-pad=%s",
                   rq_onnx_pooling_attrs(b, p), rq_bool_text(exclude_pad));
}

/* Does a window reach beyond the image and its pads? */
static bool overhangs(rq_ir_builder *b, const rq_onnx_pooling *p)
{
    rq_shape shape = rq_ir_builder_shape(b, p->x);
    for (size_t i = 0; i < p->window.n; i++)
        if (overhang(p, &shape, i)) return true;
    return false;
}

static double window_size(const rq_onnx_pooling *p)
{
    double size = 1.0;
    for (size_t i = 0; i < p->window.n; i++) size *= (double)p->kernel[i];
    return size;
}

/* The counts of the windows that y has: of all those that `counts` has, the first ones. */
static rq_id counts_of(rq_ir_builder *b, const rq_onnx_pooling *p, rq_id counts, rq_id y)
{
    int64_t axes[RQ_MAX_RANK], begin[RQ_MAX_RANK] = {0}, step[RQ_MAX_RANK];
    size_t n = p->window.n;
    for (size_t i = 0; i < n; i++) {
        axes[i] = (int64_t)i + 2;
        step[i] = 1;
    }
    rq_id end = rq_emit_slice(b, rq_emit_shape_of(b, y), 0, 2, INT32_MAX, 1);
    return rq_emit(b, "Slice-8",
                   RQ_IN(counts, rq_emit_ints(b, begin, n), end, rq_emit_ints(b, step, n),
                         rq_emit_ints(b, axes, n)),
                   "%s", "");
}

/* The mean over image and pads. The IR's divisor is the kernel's size, also for what reaches beyond
 * both. */
static rq_id average_with_pads(rq_ir_builder *b, const rq_onnx_pooling *p)
{
    rq_shape shape = rq_ir_builder_shape(b, p->x);
    rq_id y = average(b, p, false);
    if (!overhangs(b, p)) return y;
    rq_id size = rq_onnx_like(b, p->x, window_size(p)), counts = window_counts(b, p, true);
    if (p->late && !rq_shape_is_static(&shape)) counts = counts_of(b, p, counts, y);
    return rq_emit_binary(b, "Multiply-1", y, rq_emit_binary(b, "Divide-1", size, counts));
}

/* Without any, the IR's divisor is what is inside of the image, whether it counts pads or not. */
static bool has_pads(const rq_onnx_window *w)
{
    bool any = strcmp(w->auto_pad, "explicit") && strcmp(w->auto_pad, "valid");
    for (size_t i = 0; i < w->n; i++) any |= w->begin[i] != 0 || w->end[i] != 0;
    return any;
}

rq_id rq_onnx_average_pool(rq_ir_builder *b, rq_id x, bool global)
{
    rq_onnx_pooling p;
    if (global)
        return rq_emit(b, "ReduceMean-1", RQ_IN(x, rq_onnx_spatial_axes(b, x)), "keep_dims=true");
    if (!rq_onnx_read_pooling(&p, b, x)) return RQ_NONE;
    bool include_pad = rq_framework_int(b->node, "count_include_pad", 0) && has_pads(&p.window);
    if (p.dilated)
        return rq_emit_binary(b, "Divide-1", dilated_sums(b, &p),
                              window_counts(b, &p, include_pad));
    return include_pad ? average_with_pads(b, &p) : average(b, &p, true);
}

static void map_average_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_onnx_average_pool(b, rq_ir_builder_in(b, 0), false));
}

/* What the IR divides by where it is told to count pads. */
static rq_id divisor(rq_ir_builder *b, const rq_onnx_pooling *p, rq_id means)
{
    rq_shape shape = rq_ir_builder_shape(b, p->x);
    if (has_pads(&p->window) || !overhangs(b, p)) return rq_onnx_like(b, p->x, window_size(p));
    rq_id counts = window_counts(b, p, false);
    return p->late && !rq_shape_is_static(&shape) ? counts_of(b, p, counts, means) : counts;
}

/* (sum |x|^p)^(1/p): the mean times what it is of. */
static void map_lp_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_pooling p;
    double power = (double)rq_framework_int(b->node, "p", 2);
    (void)row;
    if (!rq_onnx_read_pooling(&p, b, rq_ir_builder_in(b, 0))) return;
    rq_id exponent = rq_onnx_like(b, p.x, power), root = rq_onnx_like(b, p.x, 1.0 / power);
    rq_id absolute = rq_emit(b, "Abs-1", RQ_IN(p.x), "%s", "");
    p.x = rq_emit_binary(b, "Power-1", absolute, exponent);
    rq_id sum = p.dilated ? dilated_sums(b, &p) : average(b, &p, false);
    if (!p.dilated) sum = rq_emit_binary(b, "Multiply-1", sum, divisor(b, &p, sum));
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Power-1", sum, root));
}

static const rq_op_mapping_row rows[] = {
    {"", "AveragePool", map_average_pool, NULL},
    {"", "LpPool", map_lp_pool, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_average_pool, rows)
