/* Where values live in one session's workspace, so that buffers are reused once their last consumer
 * has run. */
#ifndef RQ_EXEC_MEMORY_PLAN_H
#define RQ_EXEC_MEMORY_PLAN_H

#include "engine/ops/bind.h"

#define RQ_NO_OFFSET SIZE_MAX

typedef struct rq_memory_plan {
    rq_id *root;    /* by value id: the value whose memory it shares (itself if none) */
    size_t *offset; /* by value id, of roots: bytes into the workspace; RQ_NO_OFFSET if not planned
                       (constants, Parameters, values sized at run time) */
    size_t bytes;   /* of the workspace, scratch included */
    size_t scratch; /* offset of the scratch area */
} rq_memory_plan;

/* `steps` are the nodes that run, in order. Best fit over a free list in order of execution: linear
 * in practice; within a few percent of the lower bound on image networks. */
rq_status rq_memory_plan_create(rq_memory_plan *out, const rq_bound *bound, const rq_id *steps,
                                size_t n_steps);
void rq_memory_plan_free(rq_memory_plan *plan);

#endif
