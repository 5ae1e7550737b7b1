/* Caffe's layers that move data. */
#include "engine/import/caffe/caffe_map.h"

#include <string.h>

static void map_split(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    for (size_t i = 0; i < b->node->n_out; i++) rq_ir_builder_set(b, i, rq_ir_builder_in(b, 0));
}

static int64_t axis_or_old_name(const rq_ir_builder *b, const char *old)
{
    return rq_framework_int(b->node, old, rq_framework_int(b->node, "axis", 1));
}

static void map_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n = b->node->n_in;
    rq_id *in = rq_arena_alloc(b->arena, n, sizeof *in);
    (void)row;
    if (!rq_ir_builder_ok(b, in ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    if (n == 1) {
        rq_ir_builder_set(b, 0, in[0]);
        return;
    }
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "Concat-1", in, n, "axis=%lld", (long long)axis_or_old_name(b, "concat_dim")));
}

/* Lengths between the cuts; equal parts where there are no cuts. */
static bool slice_lengths(rq_ir_builder *b, int64_t *lengths, size_t n, int64_t total)
{
    size_t n_points;
    const int64_t *points = rq_framework_ints(b->node, "slice_point", &n_points);
    if (total < 0) {
        rq_ir_builder_unmapped(b, "the size of its input is not known; give --input_shape");
        return false;
    }
    bool fits = n_points ? n_points == n - 1 : total % (int64_t)n == 0;
    for (size_t i = 0; fits && i < n; i++) {
        int64_t begin = n_points && i ? points[i - 1] : 0;
        int64_t end = n_points && i < n_points ? points[i] : total;
        lengths[i] = n_points ? end - begin : total / (int64_t)n;
        fits &= lengths[i] > 0;
    }
    if (!fits)
        rq_ir_builder_fail(b, RQ_EFORMAT, "%zu cuts of %lld channels do not give %zu parts",
                           n_points, (long long)total, n);
    return fits;
}

static void map_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    size_t n = b->node->n_out;
    int rank = rq_ir_builder_require_rank(b, x), axis = 0;
    int64_t *lengths = rq_arena_alloc(b->arena, n, sizeof *lengths);
    (void)row;
    if (!rq_ir_builder_ok(b, lengths ? RQ_OK : RQ_ENOMEM) || n == 0) return;
    axis = rq_caffe_axis(b, rq_framework_find_attr(b->node, "slice_dim") ? "slice_dim" : "axis", 1,
                         rank);
    if (b->status != RQ_OK || !slice_lengths(b, lengths, n, rq_ir_builder_shape(b, x).d[axis]))
        return;
    rq_id parts = rq_emit_ints(b, lengths, n);
    rq_node *node = rq_emit_node(b, "VariadicSplit-1", RQ_IN(x, rq_emit_int(b, axis), parts),
                                 (uint32_t)n, "%s", "");
    rq_ir_builder_set_all(b, node);
}

/* Axes axis..end_axis as one. */
static void map_flatten(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int rank = rq_ir_builder_require_rank(b, x);
    int first = rq_caffe_axis(b, "axis", 1, rank), last = rq_caffe_axis(b, "end_axis", -1, rank);
    int64_t dims[RQ_MAX_RANK] = {0}; /* 0: as it was */
    size_t n = (size_t)first;
    (void)row;
    if (b->status != RQ_OK) return;
    dims[n++] = -1;
    for (int i = last + 1; i < rank; i++) dims[n++] = shape.d[i];
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, x, dims, n));
}

/* The axes axis..axis+num_axes are replaced by "shape", in which 0 keeps one. */
static void map_reshape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int rank = rq_ir_builder_require_rank(b, x);
    size_t n_new, n = 0;
    const int64_t *wanted = rq_framework_ints(b->node, "shape", &n_new);
    int64_t axis = rq_framework_int(b->node, "axis", 0), dims[RQ_MAX_RANK];
    int64_t count = rq_framework_int(b->node, "num_axes", -1);
    (void)row;
    if (b->status != RQ_OK) return;
    if (axis < 0) axis += rank + 1;
    int64_t end = count < 0 ? rank : axis + count;
    if (axis < 0 || axis > rank || end > rank ||
        (size_t)(axis + rank - end) + n_new > RQ_MAX_RANK) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "axes %lld to %lld of %d", (long long)axis,
                           (long long)end, rank);
        return;
    }
    for (int i = 0; i < axis; i++) dims[n++] = 0;
    for (size_t i = 0; i < n_new; i++) dims[n++] = wanted[i];
    for (int i = (int)end; i < rank; i++, n++) dims[n] = (size_t)i == n ? 0 : shape.d[i];
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, x, dims, n));
}

/* Axes that the order leaves out follow as they are. */
static void map_permute(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    size_t n;
    const int64_t *order = rq_framework_ints(b->node, "order", &n);
    int64_t full[RQ_MAX_RANK];
    bool used[RQ_MAX_RANK] = {false};
    (void)row;
    if (b->status != RQ_OK) return;
    for (size_t i = 0; i < n; i++) {
        if (n > (size_t)rank || order[i] < 0 || order[i] >= rank || used[order[i]]) {
            rq_ir_builder_fail(b, RQ_EFORMAT, "no order of %d axes", rank);
            return;
        }
        full[i] = order[i];
        used[order[i]] = true;
    }
    for (int i = 0; i < rank; i++)
        if (!used[i]) full[n++] = i;
    rq_ir_builder_set(b, 0, rq_emit_transpose(b, x, full, n));
}

static void map_tile(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x), axis = rq_caffe_axis(b, "axis", 1, rank);
    int64_t repeats[RQ_MAX_RANK];
    (void)row;
    for (int i = 0; i < rank; i++)
        repeats[i] = i == axis ? rq_framework_int(b->node, "tiles", 1) : 1;
    if (b->status != RQ_OK) return;
    rq_ir_builder_set(
        b, 0, rq_emit(b, "Tile-1", RQ_IN(x, rq_emit_ints(b, repeats, (size_t)rank)), "%s", ""));
}

/* x from the offsets on, as large as the second bottom. */
static void map_crop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape like = rq_ir_builder_shape(b, rq_ir_builder_in(b, 1));
    int rank = rq_ir_builder_require_rank(b, x), axis = rq_caffe_axis(b, "axis", 2, rank);
    size_t n_offsets, n = 0;
    const int64_t *offsets = rq_framework_ints(b->node, "offset", &n_offsets);
    int64_t starts[RQ_MAX_RANK], ends[RQ_MAX_RANK], axes[RQ_MAX_RANK];
    (void)row;
    if (b->status != RQ_OK) return;
    for (int i = axis; i < rank; i++, n++) {
        if (like.rank != rank || like.d[i] < 0) {
            rq_ir_builder_unmapped(b, "the size of its second input is not known");
            return;
        }
        starts[n] = n_offsets ? offsets[n < n_offsets ? n : n_offsets - 1] : 0;
        ends[n] = starts[n] + like.d[i];
        axes[n] = i;
    }
    int64_t steps[RQ_MAX_RANK];
    for (size_t i = 0; i < n; i++) steps[i] = 1;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "Slice-8",
                              RQ_IN(x, rq_emit_ints(b, starts, n), rq_emit_ints(b, ends, n),
                                    rq_emit_ints(b, steps, n), rq_emit_ints(b, axes, n)),
                              "%s", ""));
}

static void map_shuffle(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ShuffleChannels-1", RQ_IN(rq_ir_builder_in(b, 0)),
                              "axis=1;group=%lld",
                              (long long)rq_framework_int(b->node, "group", 1)));
}

static rq_id reduced(rq_ir_builder *b, const char *ir, rq_id x, rq_id axes)
{
    return rq_emit(b, ir, RQ_IN(x, axes), "keep_dims=false");
}

/* All axes from `axis` on. */
static void map_reduction(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const char *operation = rq_framework_string(b->node, "operation", "SUM");
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x), first = rq_caffe_axis(b, "axis", 0, rank);
    double coeff = rq_framework_float(b->node, "coeff", 1);
    int64_t list[RQ_MAX_RANK];
    (void)row;
    for (int i = first; i < rank; i++) list[i - first] = i;
    rq_id axes = rq_emit_ints(b, list, (size_t)(rank > first ? rank - first : 0));
    if (!strcmp(operation, "SUMSQ")) x = rq_emit_binary(b, "Multiply-1", x, x);
    const char *ir = !strcmp(operation, "MEAN")   ? "ReduceMean-1"
                     : !strcmp(operation, "ASUM") ? "ReduceL1-4"
                                                  : "ReduceSum-1";
    rq_id y = reduced(b, ir, x, axes);
    if (coeff != 1) y = rq_emit_binary(b, "Multiply-1", y, rq_emit_scalar(b, RQ_DT_F32, coeff));
    rq_ir_builder_set(b, 0, y);
}

/* Without an axis: over all but the first, the answer [N, 1, k] (2 with values). */
static void map_argmax(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    bool values = rq_framework_int(b->node, "out_max_val", 0);
    bool flat = !rq_framework_find_attr(b->node, "axis");
    int rank = rq_ir_builder_require_rank(b, x), axis = rq_caffe_axis(b, "axis", 1, rank);
    rq_id k = rq_emit_int(b, rq_framework_int(b->node, "top_k", 1));
    (void)row;
    if (flat) x = rq_emit_reshape(b, x, (int64_t[]){0, 1, -1}, 3);
    rq_node *node = rq_emit_node(b, "TopK-11", RQ_IN(x, k), 2,
                                 "axis=%d;mode=max;sort=value;stable=true;index_element_type=i32",
                                 flat ? 2 : axis);
    if (!node) return;
    rq_id indices = rq_emit_convert(b, node->out[1], RQ_DT_F32);
    if (flat && values) indices = rq_emit(b, "Concat-1", RQ_IN(indices, node->out[0]), "axis=1");
    rq_ir_builder_set(b, 0, !flat && values ? node->out[0] : indices);
}

static const rq_op_mapping_row rows[] = {
    {"", "ArgMax", map_argmax, NULL},
    {"", "ChannelShuffle", map_shuffle, NULL},
    {"", "Concat", map_concat, NULL},
    {"", "Crop", map_crop, NULL},
    {"", "Flatten", map_flatten, NULL},
    {"", "Permute", map_permute, NULL},
    {"", "Reduction", map_reduction, NULL},
    {"", "Reshape", map_reshape, NULL},
    {"", "ShuffleChannel", map_shuffle, NULL},
    {"", "Slice", map_slice, NULL},
    {"", "Split", map_split, NULL},
    {"", "Tile", map_tile, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_shape, rows)
