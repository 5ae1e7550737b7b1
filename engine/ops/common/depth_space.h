/* What DepthToSpace and SpaceToDepth share: the same elements, moved either way. */
#ifndef RQ_OPS_COMMON_DEPTH_SPACE_H
#define RQ_OPS_COMMON_DEPTH_SPACE_H

#include "engine/ops/op.h"

typedef struct rq_depth_space {
    int mode; /* index into blocks_first, depth_first */
    int64_t block_size;
} rq_depth_space;

extern const rq_attr_spec rq_depth_space_attrs[];

/* Between the deep shape [N, C*b^k, D1.., Dk] and the wide one [N, C, D1*b.., Dk*b]. The operator's
 * `kind` is a bool: to the wide one? */
rq_status rq_depth_space_infer(rq_infer *ctx);
rq_status rq_depth_space_run(rq_call *call);

#endif
