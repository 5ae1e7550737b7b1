/* What stands in the descriptors of extensions' operators. Private to extension*.c. */
#ifndef RQ_OPS_EXTENSION_CALL_H
#define RQ_OPS_EXTENSION_CALL_H

#include "engine/ops/op.h"
#include "engine/ops/requant_extension.h"

/* rq_op.kind of such an operator. */
typedef struct rq_extension_op {
    const rq_x_library *library;
    const rq_x_op *row;
    const char *path;
} rq_extension_op;

/* rq_op.infer and rq_op.run: the library's, what it answers being checked. */
rq_status rq_extension_infer(rq_infer *ctx);
rq_status rq_extension_run(rq_call *call);

static inline const rq_extension_op *rq_extension_of(const rq_op *op)
{
    return op && op->run == rq_extension_run ? op->kind : NULL;
}

#endif
