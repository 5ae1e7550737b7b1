/* TensorFlow's convolutions and pools. */
#include "engine/import/tensorflow/ops/tf_layout.h"
#include "engine/import/weights.h"

#include <string.h>

typedef struct window {
    int64_t stride[RQ_MAX_RANK], dilation[RQ_MAX_RANK];
    int64_t begin[RQ_MAX_RANK], end[RQ_MAX_RANK];
    const char *auto_pad;
    int n; /* spatial axes */
} window;

/* Pairs (before, after) for every axis. */
static bool read_explicit_pads(rq_ir_builder *b, window *w)
{
    size_t n;
    const int64_t *pads = rq_framework_ints(b->node, "explicit_paddings", &n);
    int first = rq_tf_is_channels_last(b) ? 1 : 2;
    w->auto_pad = "explicit";
    if (n != 2 * (size_t)(w->n + 2)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "explicit_paddings has %zu numbers", n);
        return false;
    }
    for (int i = 0; i < w->n; i++) {
        w->begin[i] = pads[2 * (first + i)];
        w->end[i] = pads[2 * (first + i) + 1];
    }
    return true;
}

static bool read_window(rq_ir_builder *b, window *w, rq_id x)
{
    int rank = rq_ir_builder_require_rank(b, x);
    const char *padding = rq_framework_string(b->node, "padding", "VALID");
    *w = (window){.n = rank - 2, .auto_pad = padding[0] == 'S' ? "same_upper" : "valid"};
    if (b->status != RQ_OK) return false;
    if (rank < 3) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "an image of %d dimensions", rank);
        return false;
    }
    if (padding[0] == 'E' && !read_explicit_pads(b, w)) return false;
    return rq_tf_spatial(b, "strides", rank, 1, w->stride) &&
           rq_tf_spatial(b, "dilations", rank, 1, w->dilation);
}

static const char *window_text(rq_ir_builder *b, const window *w, bool dilated)
{
    size_t n = (size_t)w->n;
    const char *text =
        rq_arena_printf(b->arena, "strides=%s;pads_begin=%s;pads_end=%s;auto_pad=%s%s%s",
                        rq_ir_builder_text(b, w->stride, n), rq_ir_builder_text(b, w->begin, n),
                        rq_ir_builder_text(b, w->end, n), w->auto_pad, dilated ? ";dilations=" : "",
                        dilated ? rq_ir_builder_text(b, w->dilation, n) : "");
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

/* Filters [K.., I, O] as [O, I, K..]. */
static rq_id filters_first(rq_ir_builder *b, rq_id filters)
{
    int rank = rq_ir_builder_require_rank(b, filters);
    int64_t order[RQ_MAX_RANK] = {rank - 1, rank - 2};
    for (int i = 2; i < rank; i++) order[i] = i - 2;
    return rq_emit_weights_transpose(b, filters, order, (size_t)(rank < 0 ? 0 : rank));
}

/* With fewer channels per filter than the image has, it is a convolution by groups. */
static int64_t count_groups(rq_ir_builder *b, rq_id x, rq_id filters)
{
    int64_t channels = rq_ir_builder_shape(b, x).d[1], each = rq_ir_builder_shape(b, filters).d[1];
    if (b->status != RQ_OK || channels <= 0 || each <= 0 || channels == each) return 1;
    if (channels % each || rq_ir_builder_shape(b, filters).d[0] % (channels / each)) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "filters for %lld channels, the image has %lld",
                           (long long)each, (long long)channels);
        return 1;
    }
    return channels / each;
}

static void map_convolution(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 0), filters = filters_first(b, rq_ir_builder_in(b, 1));
    int64_t groups = count_groups(b, x, filters);
    window w;
    (void)row;
    if (!read_window(b, &w, x)) return;
    if (groups > 1) filters = rq_emit_weights_group(b, filters, groups);
    rq_tf_set_image_output(b, 0,
                           rq_emit(b, groups > 1 ? "GroupConvolution-1" : "Convolution-1",
                                   RQ_IN(x, filters), "%s", window_text(b, &w, true)));
}

/* Filters [H, W, C, M] as [C, M, 1, H, W]. */
static void map_depthwise(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 0);
    rq_id filters =
        rq_emit_weights_transpose(b, rq_ir_builder_in(b, 1), (int64_t[]){2, 3, 0, 1}, 4);
    window w;
    (void)row;
    filters = rq_emit_weights_unsqueeze(b, filters, 2);
    if (!read_window(b, &w, x)) return;
    rq_tf_set_image_output(
        b, 0, rq_emit(b, "GroupConvolution-1", RQ_IN(x, filters), "%s", window_text(b, &w, true)));
}

/* Inputs: the output's size, filters [K.., O, I], data. Where pads are uneven, the larger one is
 * at the end, as forwards: the IR calls that "same_lower" here. */
static void map_backprop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 2), filters = filters_first(b, rq_ir_builder_in(b, 1));
    rq_id sizes = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_I64);
    rq_shape numbers = rq_ir_builder_shape(b, sizes);
    window w;
    (void)row;
    if (!read_window(b, &w, x)) return;
    int64_t n = numbers.rank == 1 ? numbers.d[0] : RQ_DYNAMIC;
    int64_t first = n == w.n ? 0 : rq_tf_is_channels_last(b) ? 1 : 2;
    if (n != w.n && n != w.n + 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "an output size of %d numbers", (int)n);
        return;
    }
    if (w.auto_pad[0] == 's') w.auto_pad = "same_lower";
    sizes = rq_emit_slice(b, sizes, 0, first, first + w.n, 1);
    rq_tf_set_image_output(b, 0,
                           rq_emit(b, "ConvolutionBackpropData-1", RQ_IN(x, filters, sizes), "%s",
                                   window_text(b, &w, true)));
}

/* row->ir: MaxPool or AvgPool, whose mean leaves out what is outside of the image. */
static void set_pool(rq_ir_builder *b, const char *type, rq_id x, const window *w,
                     const int64_t *kernel)
{
    rq_tf_set_image_output(b, 0,
                           rq_emit(b, type, RQ_IN(x), "kernel=%s;rounding_type=floor;%s%s",
                                   rq_ir_builder_text(b, kernel, (size_t)w->n),
                                   window_text(b, w, false),
                                   type[0] == 'A' ? ";exclude-pad=true" : ""));
}

static void map_pool(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 0);
    int64_t kernel[RQ_MAX_RANK];
    window w;
    if (!read_window(b, &w, x) || !rq_tf_spatial(b, "ksize", w.n + 2, 1, kernel)) return;
    set_pool(b, row->ir, x, &w, kernel);
}

/* Sizes and strides are inputs. */
static void map_pool_v2(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_image_input(b, 0);
    int64_t kernel[RQ_MAX_RANK], strides[RQ_MAX_RANK];
    int first = rq_tf_is_channels_last(b) ? 1 : 2;
    size_t n, n_strides;
    window w;
    if (!read_window(b, &w, x) || !rq_tf_ints(b, 1, kernel, &n, "sizes") ||
        !rq_tf_ints(b, 2, strides, &n_strides, "strides"))
        return;
    if (n != n_strides || n != (size_t)w.n + 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu sizes and %zu strides", n, n_strides);
        return;
    }
    for (int i = 0; i < w.n; i++) w.stride[i] = strides[first + i];
    set_pool(b, row->ir, x, &w, kernel + first);
}

static void map_bias_add(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), bias = rq_ir_builder_in(b, 1);
    int rank = rq_ir_builder_require_rank(b, x);
    bool first = rank > 2 && (!rq_tf_is_channels_last(b) || rq_tf_has_channels_first(b, x));
    (void)row;
    if (!first) {
        rq_ir_builder_set(b, 0, rq_emit_binary(b, "Add-1", x, bias));
        return;
    }
    rq_id y = rq_emit_binary(b, "Add-1", rq_tf_image_input(b, 0),
                             rq_tf_channels_first_operand(b, bias, rank));
    rq_tf_set_image_output(b, 0, y);
}

static const rq_op_mapping_row rows[] = {
    {"", "AvgPool", map_pool, "AvgPool-1"},
    {"", "AvgPool3D", map_pool, "AvgPool-1"},
    {"", "BiasAdd", map_bias_add, NULL},
    {"", "BiasAddV1", map_bias_add, NULL},
    {"", "Conv2D", map_convolution, NULL},
    {"", "Conv2DBackpropInput", map_backprop, NULL},
    {"", "Conv3D", map_convolution, NULL},
    {"", "Conv3DBackpropInputV2", map_backprop, NULL},
    {"", "DepthwiseConv2dNative", map_depthwise, NULL},
    {"", "MaxPool", map_pool, "MaxPool-1"},
    {"", "MaxPool3D", map_pool, "MaxPool-1"},
    {"", "MaxPoolV2", map_pool_v2, "MaxPool-1"},
};
RQ_OP_MAPPING_GROUP(tf_convolution, rows)
