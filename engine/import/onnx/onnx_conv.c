/* ONNX's convolutions. */
#include "engine/import/onnx/onnx_ops.h"

#include <string.h>

/* Rank of the convolution: of the input, else of the weights. */
static int conv_rank(rq_ir_builder *b, rq_id x, rq_id w)
{
    int rank = rq_ir_builder_rank(b, x);
    return rank >= 0 ? rank : rq_ir_builder_require_rank(b, w);
}

/* [O,I,...] as [G,O/G,I,...]; for transposed ones [I,O,...] as [G,I/G,O,...]. */
static rq_id split_groups(rq_ir_builder *b, rq_id w, int64_t groups)
{
    rq_shape shape = rq_ir_builder_shape(b, w);
    int64_t dims[RQ_MAX_RANK] = {groups, -1};
    if (rq_ir_builder_require_rank(b, w) < 0) return RQ_NONE;
    if (shape.rank < 2 || shape.rank >= RQ_MAX_RANK || groups < 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "weights of rank %d in %d groups", shape.rank,
                           (int)groups);
        return RQ_NONE;
    }
    if (shape.d[0] != RQ_DYNAMIC) dims[1] = shape.d[0] / groups;
    for (int i = 1; i < shape.rank; i++) {
        dims[i + 1] = shape.d[i];
        if (shape.d[i] == RQ_DYNAMIC) {
            rq_ir_builder_unmapped(b, "grouped weights of unknown shape");
            return RQ_NONE;
        }
    }
    return rq_emit_reshape(b, w, dims, (size_t)shape.rank + 1);
}

static const char *window_attrs(rq_ir_builder *b, const rq_onnx_window *w)
{
    const char *text = rq_arena_printf(
        b->arena, "strides=%s;dilations=%s;pads_begin=%s;pads_end=%s;auto_pad=%s",
        rq_ir_builder_text(b, w->strides, w->n), rq_ir_builder_text(b, w->dilations, w->n),
        rq_ir_builder_text(b, w->begin, w->n), rq_ir_builder_text(b, w->end, w->n), w->auto_pad);
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

rq_id rq_onnx_add_bias(rq_ir_builder *b, rq_id y, size_t input, int rank)
{
    if (!rq_ir_builder_has(b, input)) return y;
    rq_id bias = rq_ir_builder_in(b, input);
    int64_t dims[RQ_MAX_RANK] = {1, -1};
    for (int i = 2; i < rank; i++) dims[i] = 1;
    return rq_emit_binary(b, "Add-1", y, rq_emit_reshape(b, bias, dims, (size_t)rank));
}

rq_id rq_onnx_convolve(rq_ir_builder *b, rq_id x, rq_id w)
{
    int64_t groups = rq_framework_int(b->node, "group", 1);
    int rank = conv_rank(b, x, w);
    rq_onnx_window window;
    if (rank < 3 || !rq_onnx_read_window(&window, b, (size_t)rank - 2)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "its input has rank %d", rank);
        return RQ_NONE;
    }
    if (groups != 1) w = split_groups(b, w, groups);
    return rq_emit(b, groups == 1 ? "Convolution-1" : "GroupConvolution-1", RQ_IN(x, w), "%s",
                   window_attrs(b, &window));
}

static void map_conv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), w = rq_ir_builder_in(b, 1);
    (void)row;
    rq_ir_builder_set(b, 0, rq_onnx_add_bias(b, rq_onnx_convolve(b, x, w), 2, conv_rank(b, x, w)));
}

/* -- transposed ------------------------------------------------------------------------------ */

/* Pads from the output's size: what the kernel makes too much is cut off, more of it at the end
 * for SAME_UPPER, at the beginning otherwise (as the operator's specification says). `beyond`: how
 * much longer than input * stride the output is; `given`: the node names it. */
static void pads_for_size(rq_onnx_window *w, int64_t *extra, size_t i, int64_t kernel,
                          int64_t beyond, bool given)
{
    int64_t total = extra[i] + (kernel - 1) * w->dilations[i] + 1 - w->strides[i] - beyond;
    if (total < 0) {
        if (given) extra[i] -= total; /* else it ends where the kernel does */
        total = 0;
    }
    bool upper = !strcmp(w->auto_pad, "same_upper");
    w->begin[i] = upper ? total / 2 : total - total / 2;
    w->end[i] = total - w->begin[i];
}

/* The output's size when the node names it or wants input * stride; makes the pads explicit. */
static bool settle_size(rq_ir_builder *b, rq_onnx_window *w, int64_t *extra, rq_id x, rq_id weights)
{
    size_t n;
    const int64_t *sizes = rq_framework_ints(b->node, "output_shape", &n);
    if (!rq_onnx_check_window(b, "output_shape", sizes, n)) return false;
    bool same = !strncmp(w->auto_pad, "same", 4);
    rq_shape in = rq_ir_builder_shape(b, x), kernel = rq_ir_builder_shape(b, weights);
    if (n && n != w->n) {
        if (n < w->n) n = 0;
        sizes += n ? n - w->n : 0; /* some name batch and channels too */
    }
    if (!n && !same) return true;
    for (size_t i = 0; i < w->n; i++) {
        int64_t dim = in.rank < 0 ? RQ_DYNAMIC : in.d[i + 2];
        int64_t k = kernel.rank < 0 ? RQ_DYNAMIC : kernel.d[i + 2];
        if ((n && dim == RQ_DYNAMIC) || k == RQ_DYNAMIC) {
            rq_ir_builder_unmapped(b, "the output's size of an input of unknown size");
            return false;
        }
        pads_for_size(w, extra, i, k, n ? sizes[i] - dim * w->strides[i] : 0, n > 0);
    }
    w->auto_pad = "explicit";
    return true;
}

static void map_conv_transpose(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), w = rq_ir_builder_in(b, 1);
    int64_t groups = rq_framework_int(b->node, "group", 1), extra[RQ_MAX_RANK] = {0};
    int rank = conv_rank(b, x, w);
    rq_onnx_window window;
    size_t n;
    (void)row;
    if (rank < 3 || !rq_onnx_read_window(&window, b, (size_t)rank - 2)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "its input has rank %d", rank);
        return;
    }
    const int64_t *given = rq_framework_ints(b->node, "output_padding", &n);
    if (!rq_onnx_check_window(b, "output_padding", given, n)) return;
    if (n == window.n) memcpy(extra, given, n * sizeof *extra);
    if (!settle_size(b, &window, extra, x, w)) return;
    if (groups != 1) w = split_groups(b, w, groups);
    rq_id y =
        rq_emit(b, groups == 1 ? "ConvolutionBackpropData-1" : "GroupConvolutionBackpropData-1",
                RQ_IN(x, w), "%s;output_padding=%s", window_attrs(b, &window),
                rq_ir_builder_text(b, extra, window.n));
    rq_ir_builder_set(b, 0, rq_onnx_add_bias(b, y, 2, rank));
}

static const rq_op_mapping_row rows[] = {
    {"", "Conv", map_conv, NULL},
    {"", "ConvTranspose", map_conv_transpose, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_conv, rows)
