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

/* -- STFT ------------------------------------------------------------------------------------ */

#define MAX_FRAMES ((int64_t)1 << 24)

typedef struct frames {
    int64_t n, length, step;
} frames;

/* The frame's length is an input, or the window's. */
static bool read_frames(frames *f, rq_ir_builder *b, int64_t samples)
{
    size_t n;
    rq_id window = rq_ir_builder_in(b, 2);
    if (!rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 1), &f->step, 1, &n, "frame_step"))
        return false;
    f->length = rq_ir_builder_shape(b, window).rank == 1 ? rq_ir_builder_shape(b, window).d[0] : -1;
    if (rq_ir_builder_has(b, 3) &&
        !rq_ir_builder_require_ints(b, rq_ir_builder_in(b, 3), &f->length, 1, &n, "frame_length"))
        return false;
    if (samples < 1 || f->length < 1 || f->step < 1 || f->length > samples) {
        rq_ir_builder_unmapped(b, "a signal or frames of unknown length");
        return false;
    }
    f->n = (samples - f->length) / f->step + 1;
    if (f->n <= MAX_FRAMES / f->length) return true;
    rq_ir_builder_unmapped(b, "frames of more samples than memory should hold");
    return false;
}

/* [B, T, ...] as [B, frames, length, ...]. */
static rq_id cut_frames(rq_ir_builder *b, rq_id x, const frames *f)
{
    int64_t *index = rq_arena_alloc(b->arena, (size_t)(f->n * f->length), sizeof *index);
    if (!rq_ir_builder_ok(b, index ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < f->n * f->length; i++)
        index[i] = i / f->length * f->step + i % f->length;
    const rq_tensor t = {RQ_DT_I64, {2, {f->n, f->length}}, index};
    return rq_emit_gather(b, x, rq_emit_const(b, &t), 1);
}

static void map_stft(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0), axes = RQ_EMIT_INTS(b, 2);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t last = -1, row_dims[] = {-1, 1};
    frames f;
    (void)row;
    bool pairs = shape.rank == 3 && shape.d[2] == 2;
    if (!read_frames(&f, b, shape.rank >= 2 ? shape.d[1] : RQ_DYNAMIC)) return;
    if (shape.rank == 3 && !pairs) x = rq_emit_squeeze(b, x, &last, 1);
    x = cut_frames(b, x, &f);
    if (rq_ir_builder_has(b, 2)) {
        rq_id window = rq_ir_builder_in(b, 2);
        if (pairs) window = rq_emit_reshape(b, window, row_dims, 2);
        x = rq_emit_binary(b, "Multiply-1", x, window);
    }
    if (!pairs && rq_framework_int(b->node, "onesided", 1)) {
        rq_ir_builder_set(b, 0, rq_emit(b, "RDFT-9", RQ_IN(x, axes), "%s", ""));
        return;
    }
    const transform t = {.x = pairs ? x : rq_emit_unsqueeze(b, x, &last, 1), .real = !pairs};
    rq_ir_builder_set(b, 0, rq_emit(b, "DFT-7", RQ_IN(complex_of(b, &t), axes), "%s", ""));
}

static const rq_op_mapping_row rows[] = {
    {"", "DFT", map_dft, NULL},
    {"", "STFT", map_stft, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_signal, rows)
