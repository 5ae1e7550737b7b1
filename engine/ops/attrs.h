/* Parsing a node's attributes by its operator's table. */
#ifndef RQ_OPS_ATTRS_H
#define RQ_OPS_ATTRS_H

#include "engine/ops/op.h"

/* Fills a struct of op->attrs_size bytes in `arena`; *out is NULL for operators without one.
 * Attributes the table does not name are left alone (they survive in the node). */
rq_status rq_attrs_parse(const void **out, rq_arena *arena, const rq_node *node, const rq_op *op);

/* A parsed attribute by name, for those who do not know the operator's struct; the operator must
 * have it, of this kind (asserted). Enumerations and booleans are integers. */
int64_t rq_attrs_int(const rq_op *op, const void *attrs, const char *name);
double rq_attrs_float(const rq_op *op, const void *attrs, const char *name);
const rq_ints *rq_attrs_ints(const rq_op *op, const void *attrs, const char *name);

#endif
