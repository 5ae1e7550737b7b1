#include "engine/import/tensorflow/loops/tf_list.h"

#include <string.h>

static const rq_tf_list_op ops[] = {
    {"TensorArrayReadV3", RQ_TF_LIST_GET, 2, 1, RQ_NONE},
    {"TensorArrayWriteV3", RQ_TF_LIST_SET, 3, 1, 2},
    {"TensorListGetItem", RQ_TF_LIST_GET, 0, 1, RQ_NONE},
    {"TensorListPushBack", RQ_TF_LIST_PUSH, 0, RQ_NONE, 1},
    {"TensorListSetItem", RQ_TF_LIST_SET, 0, 1, 2},
};

const rq_tf_list_op *rq_tf_list_op_find(const char *type)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (!strcmp(ops[i].type, type)) return &ops[i];
    return NULL;
}

/* -- lengths and zeros ----------------------------------------------------------------------- */

bool rq_tf_list_is_blank(const rq_ir_builder *b, rq_id list)
{
    rq_shape shape = rq_ir_builder_shape(b, list);
    return shape.rank == 2 && shape.d[1] == 0;
}

rq_id rq_tf_list_length(rq_ir_builder *b, rq_id list)
{
    return rq_emit_gather(b, rq_emit_shape_of(b, list), rq_emit_int(b, 0), 0);
}

rq_id rq_tf_list_row(rq_ir_builder *b, rq_id number)
{
    const int64_t one = 1;
    return rq_emit_reshape(b, rq_emit_convert(b, number, RQ_DT_I64), &one, 1);
}

rq_id rq_tf_list_fill(rq_ir_builder *b, rq_dtype dtype, rq_id length, rq_id element)
{
    rq_id shape = rq_emit(b, "Concat-1", RQ_IN(rq_tf_list_row(b, length), element), "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_scalar(b, dtype, 0.0), shape), "mode=numpy");
}

rq_id rq_tf_list_zeros(rq_ir_builder *b, rq_id length, rq_id item)
{
    return rq_tf_list_fill(b, rq_ir_builder_dtype(b, item), length, rq_emit_shape_of(b, item));
}

rq_id rq_tf_list_like(rq_ir_builder *b, rq_id list, rq_id other)
{
    if (b->status != RQ_OK || !rq_tf_list_is_blank(b, list)) return list;
    rq_id element = rq_emit_gather(b, other, rq_emit_int(b, 0), 0);
    return rq_tf_list_zeros(b, rq_tf_list_length(b, list), element);
}

rq_id rq_tf_list_part(rq_ir_builder *b, rq_id list, rq_id begin, rq_id end)
{
    rq_id stop = end == RQ_NONE ? RQ_EMIT_INTS(b, INT32_MAX) : rq_tf_list_row(b, end);
    return rq_emit(
        b, "Slice-8",
        RQ_IN(list, rq_tf_list_row(b, begin), stop, RQ_EMIT_INTS(b, 1), RQ_EMIT_INTS(b, 0)), "%s",
        "");
}

/* -- what is known of numbers ---------------------------------------------------------------- */

bool rq_tf_same_number(const rq_ir_builder *b, rq_id x, rq_id y)
{
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        const rq_tensor *p = rq_ir_builder_sample(b, x, s), *q = rq_ir_builder_sample(b, y, s);
        if (!p->data || !q->data || rq_tensor_count(p) != 1 || rq_tensor_count(q) != 1 ||
            rq_load_i64(p->data, p->dtype, 0) != rq_load_i64(q->data, q->dtype, 0))
            return false;
    }
    return true;
}

bool rq_tf_is_zero(const rq_ir_builder *b, rq_id x)
{
    const rq_tensor *t = rq_ir_builder_const(b, x);
    return t && rq_tensor_count(t) == 1 && rq_load_i64(t->data, t->dtype, 0) == 0;
}
