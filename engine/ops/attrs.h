/* Parsing a node's attributes by its operator's table: the one place that reads their text.
 *
 * Integers and numbers are those of rq_parse_i64 and rq_parse_f64 (blanks around them are allowed);
 * lists of them are separated by commas, "" being the empty list, at most 4096 entries; booleans
 * are true, false (in any case), 1 and 0; enumerations and element types (f32, i64, ...)
 * are words in any case. */
#ifndef RQ_OPS_ATTRS_H
#define RQ_OPS_ATTRS_H

#include "engine/ops/op.h"

/* Fills a struct of op->attrs_size bytes; it and what it points to live in `arena`, independent of
 * the node. *out is NULL for operators without attributes. Attributes that the table does not name
 * are left alone (they survive in the node). RQ_EFORMAT, with layer and attribute in the message:
 * one is missing that has no default, or is not written as above. RQ_ENOMEM. */
rq_status rq_attrs_parse(const void **out, rq_arena *arena, const rq_node *node, const rq_op *op);

/* A parsed attribute by name, for those who do not know the operator's struct; the operator must
 * have it, of this kind (asserted). Enumerations and booleans are integers. */
int64_t rq_attrs_int(const rq_op *op, const void *attrs, const char *name);
double rq_attrs_float(const rq_op *op, const void *attrs, const char *name);
const rq_ints *rq_attrs_ints(const rq_op *op, const void *attrs, const char *name);

#endif
