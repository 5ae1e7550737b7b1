/* TensorFlow's StridedSlice, whose masks add and take away axes. */
#include "engine/import/tensorflow/ops/tf_layout.h"

typedef struct masks {
    int64_t begin, end, new_axis, shrink, ellipsis; /* bit i: of entry i */
} masks;

static masks read_masks(const rq_ir_builder *b)
{
    masks m = {rq_framework_int(b->node, "begin_mask", 0), rq_framework_int(b->node, "end_mask", 0),
               rq_framework_int(b->node, "new_axis_mask", 0),
               rq_framework_int(b->node, "shrink_axis_mask", 0),
               rq_framework_int(b->node, "ellipsis_mask", 0)};
    m.new_axis &= ~m.ellipsis;
    m.shrink &= ~(m.ellipsis | m.new_axis);
    m.begin &= ~m.shrink; /* of which one element is taken, that has a begin */
    return m;
}

static const char *mask_text(rq_ir_builder *b, int64_t mask, size_t n)
{
    int64_t list[RQ_MAX_RANK] = {0};
    for (size_t i = 0; i < n; i++) list[i] = mask >> i & 1;
    return rq_ir_builder_text(b, list, n);
}

static rq_id emit_strided(rq_ir_builder *b, rq_id x, const rq_id rows[3], size_t n, const masks *m)
{
    return rq_emit(
        b, "StridedSlice-1", RQ_IN(x, rows[0], rows[1], rows[2]),
        "begin_mask=%s;end_mask=%s;new_axis_mask=%s;shrink_axis_mask=%s;ellipsis_mask=%s",
        mask_text(b, m->begin, n), mask_text(b, m->end, n), mask_text(b, m->new_axis, n),
        mask_text(b, m->shrink, n), mask_text(b, m->ellipsis, n));
}

static int64_t first_mask(int64_t mask, int rank)
{
    int64_t first = 0;
    for (int i = 0; i < rank; i++) first |= (mask >> i & 1) << rq_tf_channels_first_axis(i, rank);
    return first;
}

/* Every axis is cut and none comes or goes: the same channels first. */
static bool cut_first(rq_ir_builder *b, rq_id x, const masks *m)
{
    int rank = rq_ir_builder_rank(b, x);
    int64_t row[RQ_MAX_RANK];
    rq_id rows[3];
    if (!rq_tf_has_channels_first(b, x) || m->new_axis || m->shrink || m->ellipsis) return false;
    for (size_t i = 0; i < 3; i++) {
        if (!rq_tf_channels_first_row(b, i + 1, rank, row)) return false;
        rows[i] = rq_emit_ints(b, row, (size_t)rank);
    }
    masks first = {first_mask(m->begin, rank), first_mask(m->end, rank), 0, 0, 0};
    rq_tf_set_channels_first(
        b, 0, emit_strided(b, rq_tf_to_channels_first(b, x), rows, (size_t)rank, &first));
    return true;
}

/* The new axes, before anything is cut: OpenVINO's CPU puts them, and takes single elements, of
 * the wrong axes where one slice does both. */
static rq_id emit_new_axes(rq_ir_builder *b, rq_id x, size_t n, masks *m)
{
    int64_t axes[RQ_MAX_RANK], from_end = 0;
    size_t n_axes = 0;
    for (size_t i = 0; i < n; i++) {
        if (m->ellipsis >> i & 1) from_end = (int64_t)n;
        if (m->new_axis >> i & 1) axes[n_axes++] = (int64_t)i - from_end;
    }
    m->begin |= m->new_axis;
    m->end |= m->new_axis;
    m->new_axis = 0;
    return rq_emit_unsqueeze(b, x, axes, n_axes);
}

static void map_strided_slice(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id rows[] = {rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2), rq_ir_builder_in(b, 3)};
    rq_shape shape = rq_ir_builder_shape(b, rows[0]);
    masks m = read_masks(b);
    (void)row;
    if (b->status != RQ_OK || cut_first(b, x, &m)) return;
    bool known = shape.rank == 1 && shape.d[0] >= 0 && shape.d[0] <= RQ_MAX_RANK;
    size_t n = known ? (size_t)shape.d[0] : RQ_MAX_RANK;
    if (known && m.new_axis && m.shrink) x = emit_new_axes(b, x, n, &m);
    rq_ir_builder_set(b, 0, emit_strided(b, x, rows, n, &m));
}

static const rq_op_mapping_row mapping[] = {
    {"", "StridedSlice", map_strided_slice, NULL},
};
RQ_OP_MAPPING_GROUP(tf_strided_slice, mapping)
