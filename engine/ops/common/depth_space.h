/* What DepthToSpace and SpaceToDepth share: the same elements, moved either way. */
#ifndef RQ_OPS_COMMON_DEPTH_SPACE_H
#define RQ_OPS_COMMON_DEPTH_SPACE_H

#include "engine/ops/op.h"

typedef struct rq_depth_space {
    int mode; /* index into blocks_first, depth_first */
    int64_t block_size;
} rq_depth_space;

extern const rq_attr_spec rq_depth_space_attrs[];

/* block_size to the power of the number of spatial dimensions; rank 3 or more is required. */
rq_status rq_depth_space_blocks(const rq_infer *ctx, int64_t *blocks);
/* Moves between the deep shape [N, C*b^k, D1.., Dk] and the wide one [N, C, D1*b.., Dk*b]. */
void rq_depth_space_copy(const rq_call *call, bool to_space);

#endif
