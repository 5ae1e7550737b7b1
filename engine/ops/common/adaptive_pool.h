/* Adaptive pools: output position i of n covers input positions [i * size / n, ceil((i + 1) * size
 * / n)). */
#ifndef RQ_OPS_COMMON_ADAPTIVE_POOL_H
#define RQ_OPS_COMMON_ADAPTIVE_POOL_H

#include "engine/ops/op.h"

typedef struct rq_adaptive {
    int64_t in[3], out[3]; /* d, h, w; missing ones 1 */
    size_t planes;
} rq_adaptive;

/* Reads the data's shape and input 1 (the output's spatial sizes) into `out` and `shape`. */
rq_status rq_adaptive_find(rq_adaptive *out, rq_shape *shape, const rq_node *node,
                           const rq_tensor *in);

static inline int64_t rq_adaptive_from(int64_t i, int64_t size, int64_t n)
{
    return i * size / n;
}
static inline int64_t rq_adaptive_to(int64_t i, int64_t size, int64_t n)
{
    return ((i + 1) * size + n - 1) / n;
}

#endif
