/* ONNX's pooling. */
#include "engine/import/onnx/onnx_pool.h"

#include <string.h>

bool rq_onnx_pooling_begins_late(const rq_onnx_pooling *p, const rq_shape *x, size_t i)
{
    const rq_onnx_window *w = &p->window;
    int64_t dim = x->rank > (int)i + 2 ? x->d[i + 2] : RQ_DYNAMIC, stride = w->strides[i];
    int64_t reach = w->dilations[i] * (p->kernel[i] - 1) + 1;
    if (stride < 1) return false;
    if (dim == RQ_DYNAMIC) return w->end[i] + stride > reach; /* for some size it does */
    int64_t span = dim + w->begin[i] + w->end[i] - reach;
    return span >= 0 && (span + stride - 1) / stride * stride >= dim + w->begin[i];
}

bool rq_onnx_read_pooling(rq_onnx_pooling *p, rq_ir_builder *b, rq_id x)
{
    size_t n;
    const int64_t *kernel = rq_framework_ints(b->node, "kernel_shape", &n);
    if (b->status != RQ_OK) return false;
    if (n == 0 || n > RQ_MAX_RANK - 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "kernel_shape has %zu elements", n);
        return false;
    }
    if (!rq_onnx_check_window(b, "kernel_shape", kernel, n)) return false;
    memcpy(p->kernel, kernel, n * sizeof *kernel);
    p->x = x;
    if (!rq_onnx_read_window(&p->window, b, n)) return false;
    p->ceil = rq_framework_int(b->node, "ceil_mode", 0) != 0 &&
              strncmp(p->window.auto_pad, "same", 4) != 0; /* they name the output's size */
    p->dilated = false;
    rq_shape shape = rq_ir_builder_shape(b, x);
    p->late = false;
    for (size_t i = 0; i < n; i++) {
        p->dilated |= p->window.dilations[i] != 1;
        p->late |= p->ceil && rq_onnx_pooling_begins_late(p, &shape, i);
    }
    return true;
}

const char *rq_onnx_pooling_attrs(rq_ir_builder *b, const rq_onnx_pooling *p)
{
    const rq_onnx_window *w = &p->window;
    const char *text = rq_arena_printf(
        b->arena, "strides=%s;pads_begin=%s;pads_end=%s;kernel=%s;rounding_type=%s;auto_pad=%s",
        rq_ir_builder_text(b, w->strides, w->n), rq_ir_builder_text(b, w->begin, w->n),
        rq_ir_builder_text(b, w->end, w->n), rq_ir_builder_text(b, p->kernel, w->n),
        p->late   ? "ceil_torch"
        : p->ceil ? "ceil"
                  : "floor",
        w->auto_pad);
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

/* Indices count pixels row by row; ONNX's storage_order 1 wants them column by column, the image's
 * first axis fastest. */
static rq_id column_major(rq_ir_builder *b, rq_id x, rq_id index)
{
    int rank = rq_ir_builder_require_rank(b, x);
    rq_id pixels = rq_emit_int(b, 1), stride = rq_emit_int(b, 1), place = rq_emit_int(b, 0);
    for (int i = 2; i < rank; i++)
        pixels = rq_emit_binary(b, "Multiply-1", pixels, rq_onnx_dim(b, x, i));
    rq_id rest = rq_emit_binary(b, "FloorMod-1", index, pixels);
    rq_id image = rq_emit_binary(b, "Subtract-1", index, rest);
    for (int i = 2; i < rank; i++) {
        rq_id dim = rq_onnx_dim(b, x, i);
        pixels = rq_emit_binary(b, "Divide-1", pixels, dim);
        rq_id at = rq_emit_binary(b, "Divide-1", rest, pixels);
        rest = rq_emit_binary(b, "FloorMod-1", rest, pixels);
        place = rq_emit_binary(b, "Add-1", place, rq_emit_binary(b, "Multiply-1", at, stride));
        stride = rq_emit_binary(b, "Multiply-1", stride, dim);
    }
    return rq_emit_binary(b, "Add-1", image, place);
}

static void map_max_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_pooling p;
    (void)row;
    if (!rq_onnx_read_pooling(&p, b, rq_ir_builder_in(b, 0))) return;
    if (!p.dilated && !p.late && !rq_ir_builder_wants(b, 1)) {
        rq_ir_builder_set(b, 0,
                          rq_emit(b, "MaxPool-1", RQ_IN(p.x), "%s", rq_onnx_pooling_attrs(b, &p)));
        return;
    }
    rq_node *node =
        rq_emit_node(b, p.late ? "MaxPool-14" : "MaxPool-8", RQ_IN(p.x), 2,
                     "%s;dilations=%s;index_element_type=i64;axis=0", rq_onnx_pooling_attrs(b, &p),
                     rq_ir_builder_text(b, p.window.dilations, p.window.n));
    if (!node) return;
    bool by_columns = rq_framework_int(b->node, "storage_order", 0) != 0;
    rq_ir_builder_set(b, 0, node->out[0]);
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, by_columns ? column_major(b, p.x, node->out[1]) : node->out[1]);
}

rq_id rq_onnx_spatial_axes(rq_ir_builder *b, rq_id x)
{
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axes[RQ_MAX_RANK];
    size_t n = 0;
    for (int i = 2; i < rank; i++) axes[n++] = i;
    return rq_emit_ints(b, axes, n);
}

/* -- over all of the image ------------------------------------------------------------------- */

static void map_global_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, row->ir, RQ_IN(x, rq_onnx_spatial_axes(b, x)), "keep_dims=true"));
}

static void map_global_lp_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    double power = (double)rq_framework_int(b->node, "p", 2);
    rq_id absolute = rq_emit(b, "Abs-1", RQ_IN(x), "%s", "");
    rq_id raised = rq_emit_binary(b, "Power-1", absolute, rq_onnx_like(b, x, power));
    rq_id sum =
        rq_emit(b, "ReduceSum-1", RQ_IN(raised, rq_onnx_spatial_axes(b, x)), "keep_dims=true");
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Power-1", sum, rq_onnx_like(b, x, 1.0 / power)));
}

/* -- undone ---------------------------------------------------------------------------------- */

/* Dimensions of MaxUnpool's output: given, or by the pooling that it undoes. */
static bool unpooled_shape(rq_shape *out, rq_ir_builder *b, const rq_onnx_pooling *p)
{
    int64_t dims[RQ_MAX_RANK];
    size_t n = 0;
    *out = rq_ir_builder_shape(b, p->x);
    if (rq_ir_builder_has(b, 2)) {
        if (!rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 2), dims, RQ_MAX_RANK, &n,
                                        "output's size"))
            return false;
        *out = rq_shape_make((int)n, dims);
        return true;
    }
    for (size_t i = 0; i < p->window.n && out->rank == (int)p->window.n + 2; i++)
        out->d[i + 2] = (out->d[i + 2] - 1) * p->window.strides[i] + p->kernel[i] -
                        p->window.begin[i] - p->window.end[i];
    return true;
}

/* A tensor of zeros, the values put to their places in it. ONNX counts the places in the tensor
 * that was pooled, so without an output_shape input both are one. */
static void map_max_unpool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_onnx_pooling p;
    rq_shape shape;
    int64_t total = 1;
    rq_id index = rq_ir_builder_in(b, 1);
    (void)row;
    if (!rq_onnx_read_pooling(&p, b, rq_ir_builder_in(b, 0)) || !unpooled_shape(&shape, b, &p))
        return;
    if (!rq_shape_is_static(&shape) || !rq_shape_is_static(&(rq_shape){1, {shape.d[0]}}) ||
        rq_ir_builder_has(b, 2)) {
        rq_ir_builder_unmapped(b, "an output of given or unknown size");
        return;
    }
    for (int i = 0; i < shape.rank; i++) total *= shape.d[i];
    rq_id zeros = rq_emit(b, "Broadcast-3",
                          RQ_IN(rq_onnx_like(b, p.x, 0.0), RQ_EMIT_INTS(b, total)), "mode=numpy");
    rq_id flat = rq_emit_reshape(b, p.x, (const int64_t[]){-1}, 1);
    index = rq_emit_reshape(b, index, (const int64_t[]){-1}, 1);
    rq_id y = rq_emit(b, "ScatterElementsUpdate-3", RQ_IN(zeros, index, flat, rq_emit_int(b, 0)),
                      "%s", "");
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, y, shape.d, (size_t)shape.rank));
}

static const rq_op_mapping_row rows[] = {
    {"", "GlobalAveragePool", map_global_pool, "ReduceMean-1"},
    {"", "GlobalLpPool", map_global_lp_pool, NULL},
    {"", "GlobalMaxPool", map_global_pool, "ReduceMax-1"},
    {"", "MaxPool", map_max_pool, NULL},
    {"", "MaxUnpool", map_max_unpool, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_pool, rows)
