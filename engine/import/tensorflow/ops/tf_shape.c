/* TensorFlow's operators on shapes and axes. */
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <string.h>

static rq_dtype type_attr(const rq_ir_builder *b, const char *name, rq_dtype fallback)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    return attr && attr->kind == RQ_FRAMEWORK_DTYPE ? (rq_dtype)attr->i : fallback;
}

static void map_reshape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    (void)row;
    if (rq_tf_has_channels_first(b, x) && rq_tf_layouts_agree(&shape))
        x = rq_tf_to_channels_first(b, x);
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Reshape-1", RQ_IN(x, rq_ir_builder_in(b, 1)), "special_zero=false"));
}

/* What is squeezed away channels last, is so channels first. */
static void map_squeeze(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    size_t n, spatial = 0;
    const int64_t *axes = rq_framework_ints(b->node, "squeeze_dims", &n);
    int64_t normal[RQ_MAX_RANK], first[RQ_MAX_RANK];
    (void)row;
    if (n == 0) axes = rq_framework_ints(b->node, "axis", &n);
    if (n > RQ_MAX_RANK) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu axes", n);
        return;
    }
    int rank = shape.rank;
    bool from_end = false;
    for (size_t i = 0; i < n; i++) from_end |= axes[i] < 0;
    if (from_end) rank = rq_ir_builder_require_rank(b, x);
    if (rank < 0 && n && !from_end) {
        rq_ir_builder_set(b, 0, rq_emit_squeeze(b, x, axes, n));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        normal[i] = rq_tf_axis(b, axes[i], rank);
        first[i] = rq_tf_channels_first_axis((int)normal[i], rank);
        spatial += normal[i] > 0 && normal[i] < rank - 1;
    }
    if (n && (int)spatial == rank - 2 && rq_tf_has_channels_first(b, x)) {
        rq_ir_builder_set(b, 0, rq_emit_squeeze(b, rq_tf_to_channels_first(b, x), first, n));
        return;
    }
    if (rq_tf_has_channels_first(b, x) && rq_tf_layouts_agree(&shape) && !n)
        x = rq_tf_to_channels_first(b, x);
    rq_ir_builder_set(b, 0, rq_emit_squeeze(b, x, normal, n));
}

static void map_expand_dims(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Unsqueeze-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)), "%s", ""));
}

/* A Transpose behind one that the layout put in is one of both. */
static void map_transpose(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int64_t order[RQ_MAX_RANK], composed[RQ_MAX_RANK];
    size_t n = 0;
    int rank = rq_ir_builder_rank(b, x);
    (void)row;
    bool known =
        rq_ir_builder_ints(b, rq_ir_builder_in(b, 1), order, RQ_MAX_RANK, &n) && (int)n == rank;
    if (!known || !rq_tf_has_channels_first(b, x)) {
        rq_ir_builder_set(b, 0,
                          rq_emit(b, "Transpose-1", RQ_IN(x, rq_ir_builder_in(b, 1)), "%s", ""));
        return;
    }
    for (size_t i = 0; i < n; i++)
        composed[i] = rq_tf_channels_first_axis(rq_tf_axis(b, order[i], rank), rank);
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, rq_tf_to_channels_first(b, x), composed, n));
}

/* Concat's axis is its first input, ConcatV2's the last. */
static void map_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool old = !strcmp(b->node->type, "Concat");
    size_t n = b->node->n_in - (b->node->n_in > 0), begin = old ? 1 : 0, n_axis;
    rq_id *in = rq_arena_alloc(b->arena, n + 1, sizeof *in);
    int64_t axis[RQ_MAX_RANK];
    bool first = false;
    (void)row;
    if (!rq_ir_builder_ok(b, in && n ? RQ_OK : RQ_ENOMEM)) return;
    if (!rq_tf_ints(b, old ? 0 : n, axis, &n_axis, "axes")) return;
    for (size_t i = 0; i < n; i++) {
        in[i] = rq_ir_builder_in(b, begin + i);
        first |= rq_tf_has_channels_first(b, in[i]);
    }
    if (n == 1) {
        rq_ir_builder_set(b, 0, in[0]);
        return;
    }
    int rank = rq_ir_builder_require_rank(b, in[0]), place = rq_tf_axis(b, axis[0], rank);
    for (size_t i = 0; first && i < n; i++) in[i] = rq_tf_to_channels_first(b, in[i]);
    rq_id y = rq_emit(b, "Concat-1", in, n, "axis=%d",
                      first ? rq_tf_channels_first_axis(place, rank) : place);
    if (first)
        rq_tf_set_channels_first(b, 0, y);
    else
        rq_ir_builder_set(b, 0, y);
}

static void map_pack(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in;
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    rq_id *in = rq_arena_alloc(b->arena, n + 1, sizeof *in);
    (void)row;
    if (!rq_ir_builder_ok(b, in ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_emit_unsqueeze(b, rq_ir_builder_in(b, i), &axis, 1);
    rq_ir_builder_set(b, 0, rq_emit(b, "Concat-1", in, n, "axis=%lld", (long long)axis));
}

static void set_parts(rq_ir_builder *b, const rq_node *node, bool first)
{
    for (uint32_t i = 0; node && i < node->n_out; i++) {
        if (first)
            rq_tf_set_channels_first(b, i, node->out[i]);
        else
            rq_ir_builder_set(b, i, node->out[i]);
    }
}

/* Split: the axis comes first; parts are equal. */
static void map_split(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 1);
    bool first = rq_tf_has_channels_first(b, x);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axis[RQ_MAX_RANK], parts = rq_framework_int(b->node, "num_split", 1);
    size_t n;
    (void)row;
    if (!rq_tf_ints(b, 0, axis, &n, "axes")) return;
    if (parts < 1 || parts > 65536) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%lld parts", (long long)parts);
        return;
    }
    int place = rq_tf_axis(b, axis[0], rank);
    if (first) place = rq_tf_channels_first_axis(place, rank);
    set_parts(b,
              rq_emit_node(b, "Split-1",
                           RQ_IN(first ? rq_tf_to_channels_first(b, x) : x, rq_emit_int(b, place)),
                           (uint32_t)parts, "num_splits=%lld", (long long)parts),
              first);
}

/* SplitV: x, lengths, axis. */
static void map_split_v(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool first = rq_tf_has_channels_first(b, x);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t axis[RQ_MAX_RANK];
    size_t n;
    (void)row;
    if (!rq_tf_ints(b, 2, axis, &n, "axes")) return;
    int64_t parts =
        rq_framework_int(b->node, "num_split", rq_ir_builder_shape(b, rq_ir_builder_in(b, 1)).d[0]);
    if (parts < 1 || parts > 65536) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%lld parts", (long long)parts);
        return;
    }
    int place = rq_tf_axis(b, axis[0], rank);
    if (first) place = rq_tf_channels_first_axis(place, rank);
    set_parts(b,
              rq_emit_node(b, "VariadicSplit-1",
                           RQ_IN(first ? rq_tf_to_channels_first(b, x) : x, rq_emit_int(b, place),
                                 rq_ir_builder_in(b, 1)),
                           (uint32_t)parts, "%s", ""),
              first);
}

static void map_unpack(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    int64_t parts = rq_framework_int(b->node, "num", 1);
    int place = rq_tf_axis(b, rq_framework_int(b->node, "axis", 0), rank);
    (void)row;
    if (parts < 1 || parts > 65536) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%lld parts", (long long)parts);
        return;
    }
    rq_node *node = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, place)), (uint32_t)parts,
                                 "num_splits=%lld", (long long)parts);
    for (uint32_t i = 0; node && i < node->n_out; i++)
        if (rq_ir_builder_wants(b, i))
            rq_ir_builder_set(b, i, rq_emit_squeeze(b, node->out[i], (int64_t[]){place}, 1));
}

/* The shape channels last, of what is there channels first. */
static rq_id shape_of(rq_ir_builder *b, rq_id x)
{
    int rank = rq_ir_builder_rank(b, x);
    int64_t order[RQ_MAX_RANK];
    if (!rq_tf_has_channels_first(b, x)) return rq_emit_shape_of(b, x);
    rq_id shape = rq_emit_shape_of(b, rq_tf_to_channels_first(b, x));
    for (int i = 0; i < rank; i++) order[i] = rq_tf_channels_first_axis(i, rank);
    return rq_emit_gather(b, shape, rq_emit_ints(b, order, (size_t)rank), 0);
}

static void map_shape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit_convert(b, shape_of(b, rq_ir_builder_in(b, 0)),
                                      type_attr(b, "out_type", RQ_DT_I32)));
}

static void map_shapes(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++)
        if (rq_ir_builder_wants(b, i))
            rq_ir_builder_set(b, i,
                              rq_emit_convert(b, shape_of(b, rq_ir_builder_in(b, i)),
                                              type_attr(b, "out_type", RQ_DT_I32)));
}

/* The row with as many ones in front as it lacks. */
static rq_id with_rank(rq_ir_builder *b, rq_id shape, int64_t lacking)
{
    if (lacking <= 0) return shape;
    rq_id one = rq_emit_like(b, shape, 1);
    rq_id ones = rq_emit(b, "Broadcast-3", RQ_IN(one, RQ_EMIT_INTS(b, lacking)), "mode=numpy");
    return rq_emit(b, "Concat-1", RQ_IN(ones, shape), "axis=0");
}

/* The shape that two shapes broadcast to. */
static void map_broadcast_args(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), y = rq_ir_builder_in(b, 1);
    rq_shape s = rq_ir_builder_shape(b, x), t = rq_ir_builder_shape(b, y);
    (void)row;
    if (s.rank != 1 || t.rank != 1 || s.d[0] < 0 || t.d[0] < 0) {
        rq_ir_builder_unmapped(b, "shapes of unknown rank");
        return;
    }
    x = with_rank(b, x, t.d[0] - s.d[0]);
    y = with_rank(b, y, s.d[0] - t.d[0]);
    rq_id one = rq_emit_binary(b, "Equal-1", x, rq_emit_like(b, x, 1));
    rq_ir_builder_set(b, 0, rq_emit(b, "Select-1", RQ_IN(one, y, x), "auto_broadcast=numpy"));
}

static void map_size(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id size =
        rq_emit(b, "ReduceProd-1", RQ_IN(shape_of(b, rq_ir_builder_in(b, 0)), RQ_EMIT_INTS(b, 0)),
                "keep_dims=false");
    rq_ir_builder_set(b, 0, rq_emit_convert(b, size, type_attr(b, "out_type", RQ_DT_I32)));
}

static void map_rank(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    int rank = rq_ir_builder_require_rank(b, rq_ir_builder_in(b, 0));
    rq_ir_builder_set(b, 0, rq_emit_scalar(b, RQ_DT_I32, rank));
}

/* Shape, value. */
static void map_fill(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Broadcast-3",
                              RQ_IN(rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 0)), "mode=numpy"));
}

static void map_broadcast_to(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Broadcast-3",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)), "mode=numpy"));
}

static void map_range(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Range-4",
                RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)),
                "output_type=%s", rq_dtype_name(type_attr(b, "Tidx", RQ_DT_I32))));
}

static void map_tile(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Tile-1", RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)), "%s", ""));
}

static void map_one_hot(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "OneHot-1",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1),
                                    rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3)),
                              "axis=%lld", (long long)rq_framework_int(b->node, "axis", -1)));
}

static const rq_op_mapping_row rows[] = {
    {"", "BroadcastArgs", map_broadcast_args, NULL},
    {"", "BroadcastTo", map_broadcast_to, NULL},
    {"", "Concat", map_concat, NULL},
    {"", "ConcatV2", map_concat, NULL},
    {"", "ExpandDims", map_expand_dims, NULL},
    {"", "Fill", map_fill, NULL},
    {"", "OneHot", map_one_hot, NULL},
    {"", "Pack", map_pack, NULL},
    {"", "Range", map_range, NULL},
    {"", "Rank", map_rank, NULL},
    {"", "Reshape", map_reshape, NULL},
    {"", "Shape", map_shape, NULL},
    {"", "ShapeN", map_shapes, NULL},
    {"", "Size", map_size, NULL},
    {"", "Split", map_split, NULL},
    {"", "SplitV", map_split_v, NULL},
    {"", "Squeeze", map_squeeze, NULL},
    {"", "Tile", map_tile, NULL},
    {"", "Transpose", map_transpose, NULL},
    {"", "Unpack", map_unpack, NULL},
};
RQ_OP_MAPPING_GROUP(tf_shape, rows)
