/* Layers of Caffe's forks that move data: turned, padded, gathered, cut into patches. */
#include "engine/import/caffe/caffe_map.h"

#include <string.h>

/* The first of `names` that the layer has; `fallback` where it has none. */
static int64_t first_int(const rq_ir_builder *b, const char *const *names, int64_t fallback)
{
    for (; *names; names++)
        if (rq_framework_find_attr(b->node, *names))
            return rq_framework_int(b->node, *names, fallback);
    return fallback;
}

/* Reverse (ReverseAxis): an axis back to front. */
static void map_reverse(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int axis = rq_caffe_axis(b, "axis", 0, rq_ir_builder_require_rank(b, x));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_slice(b, x, axis, -1, INT64_MIN, -1));
}

static void map_transpose(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    static const char *const names[] = {"dim", "order", "axis", "perm"};
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    size_t n = 0;
    const int64_t *order = NULL;
    bool used[RQ_MAX_RANK] = {false};
    (void)row;
    for (size_t i = 0; i < sizeof names / sizeof *names && !n; i++)
        order = rq_caffe_ints(b, names[i], &n);
    if (b->status != RQ_OK) return;
    bool fits = n == (size_t)rank;
    for (size_t i = 0; fits && i < n; i++) {
        fits = order[i] >= 0 && order[i] < rank && !used[order[i]];
        if (fits) used[order[i]] = true;
    }
    if (!fits) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "no order of %d axes", rank);
        return;
    }
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, x, order, n));
}

/* -- padding ---------------------------------------------------------------------------------- */

/* What the forks call them, the special before the general. */
static const char *const top_names[] = {"pad_t",   "pad_top", "top",     "pad_h",
                                        "pad_beg", "pad",     "padding", NULL};
static const char *const left_names[] = {"pad_l",   "pad_left", "left",    "pad_w",
                                         "pad_beg", "pad",      "padding", NULL};
static const char *const bottom_names[] = {"pad_b",   "pad_bottom", "bottom",  "pad_h",
                                           "pad_end", "pad",        "padding", NULL};
static const char *const right_names[] = {"pad_r",   "pad_right", "right",   "pad_w",
                                          "pad_end", "pad",       "padding", NULL};

static const char *pad_mode(const rq_ir_builder *b)
{
    static const char *const names[] = {"padtype", "pad_type", "mode", "pad_op", "type"};
    const char *word = "CONSTANT";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        word = rq_framework_string(b->node, names[i], word);
    if (strstr(word, "REFLECT") || strstr(word, "reflect")) return "reflect";
    if (strstr(word, "SYMM") || strstr(word, "symm")) return "symmetric";
    if (strstr(word, "REPL") || strstr(word, "EDGE") || strstr(word, "repl") ||
        strstr(word, "edge"))
        return "edge";
    return "constant";
}

static void map_pad(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    double value = 0;
    static const char *const names[] = {"padval", "pad_value", "value"};
    (void)row;
    if (rq_ir_builder_require_rank(b, x) != 4) {
        rq_ir_builder_unmapped(b, "padding of what is not NCHW");
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        value = rq_framework_float(b->node, names[i], value);
    rq_id begin = RQ_EMIT_INTS(b, 0, 0, first_int(b, top_names, 0), first_int(b, left_names, 0));
    rq_id end = RQ_EMIT_INTS(b, 0, 0, first_int(b, bottom_names, 0), first_int(b, right_names, 0));
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Pad-1", RQ_IN(x, begin, end, rq_emit_like(b, x, value)),
                              "pad_mode=%s", pad_mode(b)));
}

/* -- gathering -------------------------------------------------------------------------------- */

/* Items of a batch by number. */
static void map_batch_reindex(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id index = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_gather(b, rq_ir_builder_in(b, 0), index, 0));
}

/* The items whose selector, the last bottom, is not 0. */
static void map_filter(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = rq_caffe_bottoms(b);
    (void)row;
    if (n < 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu bottoms, expected data and a selector", n);
        return;
    }
    rq_id selector = rq_emit_reshape(b, rq_ir_builder_in(b, n - 1), (int64_t[]){-1}, 1);
    rq_id places = rq_emit(b, "NonZero-3", RQ_IN(selector), "output_type=i64");
    places = rq_emit_squeeze(b, places, (int64_t[]){0}, 1);
    for (size_t i = 0; i + 1 < n && i < b->node->n_out; i++)
        rq_ir_builder_set(b, i, rq_emit_gather(b, rq_ir_builder_in(b, i), places, 0));
}

/* What has been learnt, and depends on no input. */
static void map_parameter(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_caffe_blob(b, 0));
}

/* -- patches ---------------------------------------------------------------------------------- */

/* Every fourth pixel: rows 0 and 1, then columns 0 and 1, of YOLOv5. */
static void map_focus(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), parts[4];
    (void)row;
    for (int i = 0; i < 4; i++)
        parts[i] =
            rq_emit_slice(b, rq_emit_slice(b, x, 2, i % 2, INT64_MAX, 2), 3, i / 2, INT64_MAX, 2);
    rq_ir_builder_set(b, 0, rq_emit(b, "Concat-1", parts, 4, "axis=1"));
}

/* Channel c*kh*kw + k of the output is pixel k of each window in channel c. */
static rq_id patch_weights(rq_ir_builder *b, int64_t channels, const int64_t kernel[2])
{
    int64_t taps = kernel[0] * kernel[1];
    rq_shape shape = {5, {channels, taps, 1, kernel[0], kernel[1]}};
    if (!rq_ir_builder_ok(b, rq_shape_check(&shape, false, "patches"))) return RQ_NONE;
    float *ones = rq_arena_alloc(b->arena, rq_shape_count(&shape), sizeof *ones);
    if (!rq_ir_builder_ok(b, ones ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t c = 0; c < channels; c++)
        for (int64_t k = 0; k < taps; k++) ones[(c * taps + k) * taps + k] = 1;
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, ones});
}

static void map_im2col(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t kernel[2], stride[2], pad[2], dilation[2];
    (void)row;
    rq_caffe_spatial(b, "kernel", "kernel_size", 2, 0, kernel);
    rq_caffe_spatial(b, "stride", "stride", 2, 1, stride);
    rq_caffe_spatial(b, "pad", "pad", 2, 0, pad);
    rq_caffe_spatial(b, "", "dilation", 2, 1, dilation);
    if (b->status != RQ_OK) return;
    if (shape.rank != 4 || shape.d[1] < 1 || kernel[0] < 1 || kernel[1] < 1 || kernel[0] > 64 ||
        kernel[1] > 64) {
        rq_ir_builder_unmapped(b, "patches of what is not NCHW, or without a kernel size");
        return;
    }
    const char *pads = rq_ir_builder_text(b, pad, 2);
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "GroupConvolution-1", RQ_IN(x, patch_weights(b, shape.d[1], kernel)),
                "strides=%s;pads_begin=%s;pads_end=%s;dilations=%s;auto_pad=explicit",
                rq_ir_builder_text(b, stride, 2), pads, pads, rq_ir_builder_text(b, dilation, 2)));
}

static const rq_op_mapping_row rows[] = {
    {"", "BatchReindex", map_batch_reindex, NULL},
    {"", "Filter", map_filter, NULL},
    {"", "Focus", map_focus, NULL},
    {"", "Im2col", map_im2col, NULL},
    {"", "Pad", map_pad, NULL},
    {"", "Padding", map_pad, NULL},
    {"", "Parameter", map_parameter, NULL},
    {"", "Reverse", map_reverse, NULL},
    {"", "ReverseAxis", map_reverse, NULL},
    {"", "Transpose", map_transpose, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_movement, rows)
