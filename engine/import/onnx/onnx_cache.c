/* ONNX's operators on what decoders keep from step to step. */
#include "engine/import/onnx/onnx_ops.h"

#include <inttypes.h>
#include <string.h>

/* -- CausalConvWithState --------------------------------------------------------------------- */

/* x [B, C, L] with what came before it, k - 1 elements: input 3, or zeros. */
static rq_id with_past(rq_ir_builder *b, rq_id x, int64_t kernel)
{
    const int64_t before[] = {0, 0, kernel - 1}, behind[] = {0, 0, 0};
    if (kernel == 1) return x;
    if (rq_ir_builder_has(b, 3))
        return rq_emit(b, "Concat-1", RQ_IN(rq_ir_builder_in(b, 3), x), "axis=2");
    return rq_onnx_pad(b, x, before, behind, 3, 0);
}

static rq_id activated(rq_ir_builder *b, rq_id y)
{
    const char *name = rq_framework_string(b->node, "activation", "none");
    if (!strcmp(name, "none")) return y;
    if (!strcmp(name, "silu") || !strcmp(name, "swish"))
        return rq_emit(b, "Swish-4", RQ_IN(y), "%s", "");
    rq_ir_builder_unmapped(b, "the activation %s", name);
    return RQ_NONE;
}

/* Each channel by its own kernel, [C, 1, k]; the last k - 1 elements are kept for the next step. */
static void map_causal_conv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id w = rq_ir_builder_in(b, 1);
    rq_shape kernel = rq_ir_builder_shape(b, w);
    (void)row;
    if (kernel.rank != 3 || kernel.d[0] < 1 || kernel.d[2] < 1) {
        rq_ir_builder_unmapped(b, "a kernel of unknown shape");
        return;
    }
    rq_id all = with_past(b, rq_ir_builder_in(b, 0), kernel.d[2]);
    w = rq_emit_reshape(b, w, (int64_t[]){kernel.d[0], 1, 1, kernel.d[2]}, 4);
    rq_id y = rq_emit(b, "GroupConvolution-1", RQ_IN(all, w),
                      "strides=1;dilations=1;pads_begin=0;pads_end=0;auto_pad=explicit");
    rq_ir_builder_set(b, 0, activated(b, rq_onnx_add_bias(b, y, 2, 3)));
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(
            b, 1,
            rq_emit_slice(b, all, 2, kernel.d[2] > 1 ? 1 - kernel.d[2] : INT64_MAX, INT64_MAX, 1));
}

/* -- TensorScatter --------------------------------------------------------------------------- */

/* Where each element of the update goes along the axis, as a shape that broadcasts to it. */
static rq_id places(rq_ir_builder *b, rq_id cache, rq_id update, int64_t axis, int rank)
{
    int64_t along[RQ_MAX_RANK], each[RQ_MAX_RANK];
    for (int i = 0; i < rank; i++) along[i] = each[i] = 1;
    along[axis] = each[0] = -1;
    rq_id place = rq_emit_count_up(b, rq_onnx_dim(b, update, axis));
    place = rq_emit_reshape(b, place, along, (size_t)rank);
    if (rq_ir_builder_has(b, 2)) {
        rq_id first = rq_emit_convert(b, rq_ir_builder_in(b, 2), RQ_DT_I64);
        place = rq_emit_binary(b, "Add-1", place, rq_emit_reshape(b, first, each, (size_t)rank));
    }
    if (strcmp(rq_framework_string(b->node, "mode", "linear"), "circular")) return place;
    return rq_emit_binary(b, "FloorMod-1", place, rq_onnx_dim(b, cache, axis));
}

static void map_tensor_scatter(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id cache = rq_ir_builder_in(b, 0), update = rq_ir_builder_in(b, 1);
    int rank = rq_ir_builder_require_rank(b, cache);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", -2), rank);
    (void)row;
    if (rank < 0) return;
    if (axis < 1 || axis >= rank) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "axis %" PRId64 " of %d", axis, rank);
        return;
    }
    rq_id place = rq_emit(b, "Broadcast-3",
                          RQ_IN(places(b, cache, update, axis, rank), rq_emit_shape_of(b, update)),
                          "mode=numpy");
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ScatterElementsUpdate-3",
                              RQ_IN(cache, place, update, rq_emit_int(b, axis)), "%s", ""));
}

static const rq_op_mapping_row rows[] = {
    {"", "CausalConvWithState", map_causal_conv, NULL},
    {"", "TensorScatter", map_tensor_scatter, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_cache, rows)
