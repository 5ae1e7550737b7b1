/* TensorFlow's lists of tensors (TensorArray, TensorList): in the IR a dense tensor, [n, ...]. A
 * TensorArray's list is its `flow`. Private to tf_*.c.
 *
 * A list whose elements' shape is not known before the first is written is [n, 0]: it has no data
 * yet. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_LIST_H
#define RQ_IMPORT_TENSORFLOW_TF_LIST_H

#include "engine/import/op_mapping.h"

typedef enum rq_tf_list_use {
    RQ_TF_LIST_GET,  /* an element of an index */
    RQ_TF_LIST_SET,  /* another element at an index */
    RQ_TF_LIST_PUSH, /* one more element at the end */
} rq_tf_list_use;

/* Places of an operator's inputs; index and item RQ_NONE where it has none. */
typedef struct rq_tf_list_op {
    const char *type;
    rq_tf_list_use use;
    uint32_t list, index, item;
} rq_tf_list_op;

/* NULL: it gets, sets or pushes no element. */
const rq_tf_list_op *rq_tf_list_op_find(const char *type);

/* Elements have no known shape. */
bool rq_tf_list_is_blank(const rq_ir_builder *b, rq_id list);
/* Its length, an i64 scalar. */
rq_id rq_tf_list_length(rq_ir_builder *b, rq_id list);
/* Zeros, [length, ...element]: an integer scalar, an i64 row of the sizes of an element. */
rq_id rq_tf_list_fill(rq_ir_builder *b, rq_dtype dtype, rq_id length, rq_id element);
/* A blank list of that length with zeros like `item`, a single element. */
rq_id rq_tf_list_zeros(rq_ir_builder *b, rq_id length, rq_id item);
/* Itself, or, when it is blank, zeros like the elements of another list. */
rq_id rq_tf_list_like(rq_ir_builder *b, rq_id list, rq_id other);
/* Elements from begin to before end, integer scalars; end RQ_NONE: all behind. */
rq_id rq_tf_list_part(rq_ir_builder *b, rq_id list, rq_id begin, rq_id end);

/* An integer scalar as i64[1]. */
rq_id rq_tf_list_row(rq_ir_builder *b, rq_id number);
/* Integers that are the same whatever sizes the model's inputs have; one that is 0. */
bool rq_tf_same_number(const rq_ir_builder *b, rq_id x, rq_id y);
bool rq_tf_is_zero(const rq_ir_builder *b, rq_id x);

#endif
