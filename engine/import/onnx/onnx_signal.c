/* ONNX's Fourier transforms. Complex numbers are pairs along a last axis in ONNX as in the IR;
 * real ones have a last axis of 1 there and none here. */
#include "engine/import/onnx/onnx_ops.h"

typedef struct transform {
    rq_id x, axes, size; /* size: RQ_NONE for all there is */
    bool real, inverse, onesided;
} transform;

static rq_id emit(rq_ir_builder *b, const char *type, const transform *t, rq_id x)
{
    if (t->size == RQ_NONE) return rq_emit(b, type, RQ_IN(x, t->axes), "%s", "");
    return rq_emit(b, type, RQ_IN(x, t->axes, t->size), "%s", "");
}

/* 0 as the imaginary part. */
static rq_id complex_of(rq_ir_builder *b, const transform *t)
{
    if (!t->real) return t->x;
    rq_id zero = rq_emit_binary(b, "Multiply-1", t->x, rq_onnx_like(b, t->x, 0.0));
    return rq_emit(b, "Concat-1", RQ_IN(t->x, zero), "axis=-1");
}

static bool read_transform(transform *t, rq_ir_builder *b)
{
    bool old = b->source->opset < 20;
    int64_t axis = rq_framework_int(b->node, "axis", old ? 1 : -2), one = 1;
    size_t n = 1;
    t->x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, t->x);
    if (!old && rq_ir_builder_has(b, 2) &&
        !rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 2), &axis, 1, &n, "axis"))
        return false;
    axis = rq_onnx_axis(axis, rank);
    if (b->status != RQ_OK || n != 1 || axis < 0 || axis >= rank - 1) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "an axis that is none of its input's");
        return false;
    }
    t->axes = rq_emit_ints(b, &axis, 1);
    t->size =
        rq_ir_builder_has(b, 1) ? rq_emit_reshape(b, rq_ir_builder_in(b, 1), &one, 1) : RQ_NONE;
    t->real = rq_ir_builder_shape(b, t->x).d[rank - 1] == 1;
    t->inverse = rq_framework_int(b->node, "inverse", 0) != 0;
    t->onesided = rq_framework_int(b->node, "onesided", 0) != 0;
    return true;
}

static void map_dft(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    transform t = {0};
    int64_t last = -1;
    (void)row;
    if (!read_transform(&t, b)) return;
    if (!t.onesided) {
        rq_ir_builder_set(b, 0, emit(b, t.inverse ? "IDFT-7" : "DFT-7", &t, complex_of(b, &t)));
    } else if (t.inverse) {
        rq_id y = emit(b, "IRDFT-9", &t, complex_of(b, &t));
        rq_ir_builder_set(b, 0, rq_emit_unsqueeze(b, y, &last, 1));
    } else if (t.real) {
        rq_ir_builder_set(b, 0, emit(b, "RDFT-9", &t, rq_emit_squeeze(b, t.x, &last, 1)));
    } else {
        rq_ir_builder_unmapped(b, "one side of a complex signal");
    }
}

static const rq_op_mapping_row rows[] = {
    {"", "DFT", map_dft, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_signal, rows)
