/* TensorFlow's operators that change an image's size, or move pixels into batch or channels. */
#include "engine/import/tensorflow/ops/tf_resize_matrix.h"

#include <string.h>

static const char *coordinates(const rq_ir_builder *b, bool nearest)
{
    if (rq_framework_int(b->node, "align_corners", 0)) return "align_corners";
    if (!rq_framework_int(b->node, "half_pixel_centers", 0)) return "asymmetric";
    return nearest ? "tf_half_pixel_for_nn" : "half_pixel";
}

/* row->ir: the mode. The sizes are [H, W]. */
static void map_resize(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool nearest = row->ir[0] == 'n', corners = rq_framework_int(b->node, "align_corners", 0);
    float scales[2] = {1, 1}; /* not looked at: the sizes count */
    rq_id x = rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0));
    rq_id sizes = rq_emit_convert(b, rq_ir_builder_in(b, 1), RQ_DT_I64);
    if (!nearest) x = rq_emit_convert(b, x, RQ_DT_F32);
    rq_id known = row->ir[0] == 'c' ? rq_tf_resize_by_matrix(b, x, false) : RQ_NONE;
    if (known != RQ_NONE) {
        rq_tf_set_channels_first(b, 0, known);
        return;
    }
    rq_id y = rq_emit(
        b, "Interpolate-4",
        RQ_IN(x, sizes, rq_emit_floats(b, scales, &(rq_shape){1, {2}}), RQ_EMIT_INTS(b, 2, 3)),
        "mode=%s;shape_calculation_mode=sizes;coordinate_transformation_mode=%s;"
        "nearest_mode=%s;antialias=false;pads_begin=0;pads_end=0;cube_coeff=%s",
        row->ir, coordinates(b, nearest), nearest && corners ? "round_prefer_ceil" : "floor",
        rq_framework_int(b->node, "half_pixel_centers", 0) ? "-0.5" : "-0.75");
    rq_tf_set_channels_first(b, 0, y);
}

/* Depth goes over pixels in blocks: the block's place counts above the channel's. */
static void map_depth(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_tf_set_image_output(b, 0,
                           rq_emit(b, row->ir, RQ_IN(rq_tf_image_input(b, 0)),
                                   "mode=blocks_first;block_size=%lld",
                                   (long long)rq_framework_int(b->node, "block_size", 2)));
}

typedef struct blocks {
    int64_t size[RQ_MAX_RANK], begin[RQ_MAX_RANK], end[RQ_MAX_RANK];
} blocks;

/* One size and pair of pads for each of the axes after the batch; the rest stay. */
static bool read_blocks(rq_ir_builder *b, blocks *out, int rank, bool first)
{
    int64_t sizes[RQ_MAX_RANK];
    size_t n;
    const rq_tensor *pads = rq_ir_builder_const(b, rq_ir_builder_in(b, 2));
    if (!rq_tf_ints(b, 1, sizes, &n, "block sizes")) return false;
    if (!pads || n + 1 > (size_t)rank || rq_tensor_count(pads) != 2 * n) {
        rq_ir_builder_unmapped(b, "its pads are not constant");
        return false;
    }
    for (int i = 0; i < rank; i++) {
        out->size[i] = 1;
        out->begin[i] = out->end[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        int place = first ? rq_tf_channels_first_axis((int)i + 1, rank) : (int)i + 1;
        out->size[place] = sizes[i];
        out->begin[place] = rq_load_i64(pads->data, pads->dtype, 2 * i);
        out->end[place] = rq_load_i64(pads->data, pads->dtype, 2 * i + 1);
    }
    return true;
}

/* row->ir: SpaceToBatch or BatchToSpace, whose pads are crops. */
static void map_batch(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    bool first = rq_tf_has_channels_first(b, x);
    blocks l;
    if (b->status != RQ_OK || !read_blocks(b, &l, rank, first)) return;
    size_t n = (size_t)rank;
    rq_id y = rq_emit(b, row->ir,
                      RQ_IN(first ? rq_tf_to_channels_first(b, x) : x, rq_emit_ints(b, l.size, n),
                            rq_emit_ints(b, l.begin, n), rq_emit_ints(b, l.end, n)),
                      "%s", "");
    if (first)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

static void map_resize_area(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0));
    rq_id y = rq_tf_resize_by_matrix(b, rq_emit_convert(b, x, RQ_DT_F32), true);
    (void)row;
    if (y == RQ_NONE)
        rq_ir_builder_unmapped(b, "its sizes are not constant (--input_shape may help)");
    else
        rq_tf_set_channels_first(b, 0, y);
}

static const rq_op_mapping_row rows[] = {
    {"", "BatchToSpaceND", map_batch, "BatchToSpace-2"},
    {"", "DepthToSpace", map_depth, "DepthToSpace-1"},
    {"", "ResizeArea", map_resize_area, NULL},
    {"", "ResizeBicubic", map_resize, "cubic"},
    {"", "ResizeBilinear", map_resize, "linear_onnx"},
    {"", "ResizeNearestNeighbor", map_resize, "nearest"},
    {"", "SpaceToBatchND", map_batch, "SpaceToBatch-2"},
    {"", "SpaceToDepth", map_depth, "SpaceToDepth-1"},
};
RQ_OP_MAPPING_GROUP(tf_resize, rows)
