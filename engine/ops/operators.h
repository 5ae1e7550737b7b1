/* All descriptors by name: rq_op_MatMul. For the rooms that have to know a certain operator: a name
 * that is none does not compile. What several operators have in common is a field of rq_op. */
#ifndef RQ_OPS_OPERATORS_H
#define RQ_OPS_OPERATORS_H

#include "engine/ops/op.h"

#include <string.h>

#define RQ_OP(type) extern const rq_op rq_op_##type;
#include "engine/ops/ops.def"
#undef RQ_OP

/* Is the node, of whatever opset, of this operator's type? False for NULL. */
static inline bool rq_node_is(const rq_node *node, const rq_op *op)
{
    return node && !strcmp(node->type, op->type);
}

/* The same for any of a NULL-terminated list. */
static inline bool rq_node_is_any(const rq_node *node, const rq_op *const *ops)
{
    while (*ops && !rq_node_is(node, *ops)) ops++;
    return *ops != NULL;
}

#endif
