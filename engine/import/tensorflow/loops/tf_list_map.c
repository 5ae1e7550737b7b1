/* TensorArray and TensorList as dense tensors. */
#include "engine/import/tensorflow/loops/tf_list.h"

#include <string.h>

/* -- new lists ------------------------------------------------------------------------------- */

static rq_dtype element_type(rq_ir_builder *b, const char *name)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    rq_dtype dtype = attr && attr->kind == RQ_FRAMEWORK_DTYPE ? (rq_dtype)attr->i : RQ_DT_UNDEFINED;
    if (rq_dtype_bits(dtype) < 8)
        rq_ir_builder_unmapped(b, "a list of what the IR has no type for");
    return dtype;
}

/* Zeros of that shape, as far as it is known: else of none. */
static rq_id new_list(rq_ir_builder *b, rq_dtype dtype, rq_id length, const rq_shape *element)
{
    bool known = element->rank >= 0;
    for (int i = 0; i < element->rank; i++) known &= element->d[i] >= 0;
    if (!known) return rq_tf_list_fill(b, dtype, length, RQ_EMIT_INTS(b, 0));
    return rq_tf_list_fill(b, dtype, length, rq_emit_ints(b, element->d, (size_t)element->rank));
}

/* A shape that an input gives: -1 or a scalar where it is not known. */
static rq_shape shape_input(const rq_ir_builder *b, rq_id value)
{
    rq_shape shape = {-1, {0}};
    size_t n;
    if (rq_ir_builder_rank(b, value) != 1) return shape;
    if (rq_ir_builder_ints(b, value, shape.d, RQ_MAX_RANK, &n)) shape.rank = (int)n;
    return shape;
}

static void map_reserve(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_dtype dtype = element_type(b, "element_dtype");
    rq_shape element = shape_input(b, rq_ir_builder_in(b, 0));
    bool empty = !strcmp(row->type, "EmptyTensorList");
    rq_id length = empty ? rq_emit_int(b, 0) : rq_ir_builder_in(b, 1);
    if (rq_dtype_bits(dtype) >= 8) rq_ir_builder_set(b, 0, new_list(b, dtype, length, &element));
}

/* The handle is the list, too: what reads it reads its flow. */
static void map_array(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, "element_shape");
    rq_dtype dtype = element_type(b, "dtype");
    rq_shape element = {-1, {0}};
    (void)row;
    if (rq_dtype_bits(dtype) < 8) return;
    if (attr && attr->kind == RQ_FRAMEWORK_SHAPE) element = attr->shape;
    rq_id list = new_list(b, dtype, rq_ir_builder_in(b, 0), &element);
    for (size_t i = 0; i < 2; i++) rq_ir_builder_set(b, i, list);
}

/* -- elements -------------------------------------------------------------------------------- */

static void map_get(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_tf_list_op *op = rq_tf_list_op_find(row->type);
    rq_id list = rq_ir_builder_in(b, op->list), index = rq_ir_builder_in(b, op->index);
    if (b->status == RQ_OK && rq_tf_list_is_blank(b, list))
        rq_ir_builder_unmapped(b, "an element is read before one is written");
    else
        rq_ir_builder_set(b, 0, rq_emit_gather(b, list, index, 0));
}

/* The list with room for elements like the item: what it has none of yet. */
static rq_id fit_list(rq_ir_builder *b, rq_id list, rq_id item)
{
    rq_shape have = rq_ir_builder_shape(b, list), want = rq_ir_builder_shape(b, item);
    bool fits = have.rank == want.rank + 1;
    if (rq_tf_list_is_blank(b, list)) return rq_tf_list_zeros(b, rq_tf_list_length(b, list), item);
    for (int i = 0; fits && i < want.rank; i++) fits = have.d[i + 1] == want.d[i] && want.d[i] >= 0;
    if (fits) return list;
    rq_id shape = rq_emit(
        b, "Concat-1",
        RQ_IN(rq_tf_list_row(b, rq_tf_list_length(b, list)), rq_emit_shape_of(b, item)), "axis=0");
    return rq_emit(b, "Broadcast-3", RQ_IN(list, shape), "mode=numpy");
}

static rq_id as_element(rq_ir_builder *b, rq_id item)
{
    const int64_t front = 0;
    return rq_emit_unsqueeze(b, item, &front, 1);
}

static void map_set(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const rq_tf_list_op *op = rq_tf_list_op_find(row->type);
    rq_id list = rq_ir_builder_in(b, op->list), index = rq_ir_builder_in(b, op->index);
    rq_id item = rq_ir_builder_in(b, op->item);
    rq_ir_builder_require_rank(b, item);
    list = fit_list(b, list, item);
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ScatterUpdate-3",
                RQ_IN(list, rq_tf_list_row(b, index), as_element(b, item), rq_emit_int(b, 0)), "%s",
                ""));
}

static void map_push(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id list = rq_ir_builder_in(b, 0), item = as_element(b, rq_ir_builder_in(b, 1));
    rq_shape shape = rq_ir_builder_shape(b, list);
    (void)row;
    if (shape.rank > 0 && shape.d[0] == 0)
        rq_ir_builder_set(b, 0, item);
    else
        rq_ir_builder_set(b, 0, rq_emit(b, "Concat-1", RQ_IN(list, item), "axis=0"));
}

static void map_pop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id list = rq_ir_builder_in(b, 0);
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_slice(b, list, 0, 0, -1, 1));
    rq_ir_builder_set(b, 1, rq_emit_gather(b, list, rq_emit_int(b, -1), 0));
}

/* -- whole lists ----------------------------------------------------------------------------- */

static void map_length(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id list = rq_ir_builder_in(b, b->node->n_in - 1); /* of an array: its flow */
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_convert(b, rq_tf_list_length(b, list), RQ_DT_I32));
}

static bool counts_up(const rq_ir_builder *b, rq_id indices, rq_id list)
{
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        const rq_tensor *t = rq_ir_builder_sample(b, indices, s);
        const rq_shape *parts = &rq_ir_builder_sample(b, list, s)->shape;
        if (!t->data || t->shape.rank != 1 || parts->rank < 1 || parts->d[0] != t->shape.d[0])
            return false;
        for (int64_t i = 0; i < t->shape.d[0]; i++)
            if (rq_load_i64(t->data, t->dtype, (size_t)i) != i) return false;
    }
    return true;
}

/* Elements of those indices: mostly all of them, in order. */
static void map_gather(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool array = !strcmp(row->type, "TensorArrayGatherV3");
    rq_id list = rq_ir_builder_in(b, array ? 2 : 0), indices = rq_ir_builder_in(b, 1);
    if (b->status != RQ_OK) return;
    rq_ir_builder_set(b, 0,
                      counts_up(b, indices, list) ? list : rq_emit_gather(b, list, indices, 0));
}

/* A list of a tensor's parts. In order they are the tensor. */
static void map_scatter(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool array = !strcmp(row->type, "TensorArrayScatterV3");
    rq_id parts = rq_ir_builder_in(b, array ? 2 : 0), indices = rq_ir_builder_in(b, 1);
    if (b->status != RQ_OK) return;
    if (counts_up(b, indices, parts)) {
        rq_ir_builder_set(b, 0, parts);
        return;
    }
    if (!array) {
        rq_ir_builder_unmapped(b, "a list of a tensor's parts in another order");
        return;
    }
    rq_id list = rq_ir_builder_in(b, 3), first = rq_emit_gather(b, parts, rq_emit_int(b, 0), 0);
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ScatterUpdate-3",
                              RQ_IN(fit_list(b, list, first), indices, parts, rq_emit_int(b, 0)),
                              "%s", ""));
}

/* Elements one behind the other along their first axis, and how long each is. */
static void map_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id list = rq_ir_builder_in(b, !strcmp(row->type, "TensorArrayConcatV3") ? 1 : 0);
    int rank = rq_ir_builder_require_rank(b, list);
    int64_t dims[RQ_MAX_RANK] = {-1};
    if (b->status != RQ_OK) return;
    if (rank < 2) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "elements without axes cannot be joined");
        return;
    }
    rq_id shape = rq_emit_shape_of(b, list);
    rq_id rest = rq_emit_slice(b, shape, 0, 2, rank, 1);
    rq_id all = rank == 2 ? rq_emit_ints(b, dims, 1)
                          : rq_emit(b, "Concat-1", RQ_IN(RQ_EMIT_INTS(b, -1), rest), "axis=0");
    rq_ir_builder_set(b, 0, rq_emit(b, "Reshape-1", RQ_IN(list, all), "special_zero=false"));
    rq_id length = rq_emit_slice(b, shape, 0, 1, 2, 1), n = rq_emit_slice(b, shape, 0, 0, 1, 1);
    if (rq_ir_builder_wants(b, 1))
        rq_ir_builder_set(b, 1, rq_emit(b, "Broadcast-3", RQ_IN(length, n), "mode=numpy"));
}

/* Parts of equal length. */
static void map_split(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    bool array = !strcmp(row->type, "TensorArraySplitV3");
    rq_id value = rq_ir_builder_in(b, array ? 1 : 0), lengths = rq_ir_builder_in(b, 2);
    int rank = rq_ir_builder_require_rank(b, value);
    const rq_tensor *known = rq_ir_builder_const(b, lengths);
    size_t n = known ? rq_tensor_count(known) : 0;
    int64_t each = n ? rq_load_i64(known->data, known->dtype, 0) : -1;
    for (size_t i = 0; i < n; i++)
        if (rq_load_i64(known->data, known->dtype, i) != each) each = -1;
    if (b->status != RQ_OK) return;
    if (each < 0 || rank < 1) {
        rq_ir_builder_unmapped(b, "parts of lengths that differ or are not constant");
        return;
    }
    rq_id head = RQ_EMIT_INTS(b, (int64_t)n, each);
    rq_id rest = rq_emit_slice(b, rq_emit_shape_of(b, value), 0, 1, rank, 1);
    rq_id shape = rank == 1 ? head : rq_emit(b, "Concat-1", RQ_IN(head, rest), "axis=0");
    rq_ir_builder_set(b, 0, rq_emit(b, "Reshape-1", RQ_IN(value, shape), "special_zero=false"));
}

/* The list itself: of a tensor, and back to one. */
static void map_whole(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_ir_builder_in(b, 0));
}

static void map_element_shape(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id list = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, list);
    rq_dtype dtype = element_type(b, "shape_type");
    (void)row;
    if (b->status != RQ_OK || rq_dtype_bits(dtype) < 8) return;
    rq_id shape = rq_emit_slice(b, rq_emit_shape_of(b, list), 0, 1, rank, 1);
    rq_ir_builder_set(b, 0, rq_emit_convert(b, shape, dtype));
}

static const rq_op_mapping_row rows[] = {
    {"", "EmptyTensorList", map_reserve, NULL},
    {"", "TensorArrayConcatV3", map_concat, NULL},
    {"", "TensorArrayGatherV3", map_gather, NULL},
    {"", "TensorArrayReadV3", map_get, NULL},
    {"", "TensorArrayScatterV3", map_scatter, NULL},
    {"", "TensorArraySizeV3", map_length, NULL},
    {"", "TensorArraySplitV3", map_split, NULL},
    {"", "TensorArrayV3", map_array, NULL},
    {"", "TensorArrayWriteV3", map_set, NULL},
    {"", "TensorListConcat", map_concat, NULL},
    {"", "TensorListConcatV2", map_concat, NULL},
    {"", "TensorListElementShape", map_element_shape, NULL},
    {"", "TensorListFromTensor", map_whole, NULL},
    {"", "TensorListGather", map_gather, NULL},
    {"", "TensorListGetItem", map_get, NULL},
    {"", "TensorListLength", map_length, NULL},
    {"", "TensorListPopBack", map_pop, NULL},
    {"", "TensorListPushBack", map_push, NULL},
    {"", "TensorListReserve", map_reserve, NULL},
    {"", "TensorListScatter", map_scatter, NULL},
    {"", "TensorListScatterV2", map_scatter, NULL},
    {"", "TensorListSetItem", map_set, NULL},
    {"", "TensorListSplit", map_split, NULL},
    {"", "TensorListStack", map_whole, NULL},
};
RQ_OP_MAPPING_GROUP(tf_list, rows)
