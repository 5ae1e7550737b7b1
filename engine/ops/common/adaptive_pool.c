#include "engine/ops/common/adaptive_pool.h"

rq_status rq_adaptive_find(rq_adaptive *out, rq_shape *shape, const rq_node *node,
                           const rq_tensor *in)
{
    int64_t sizes[3];
    size_t n;
    int spatial = in[0].shape.rank - 2;
    RQ_TRY(rq_tensor_ints(node, &in[1], sizes, 3, &n));
    if (spatial < 1 || spatial > 3 || n != (size_t)spatial)
        return rq_node_fail(node, RQ_EFORMAT, "%zu output sizes for an input of rank %d", n,
                            in[0].shape.rank);
    *shape = in[0].shape;
    out->planes = (size_t)(shape->d[0] * shape->d[1]);
    for (int d = 0; d < 3; d++) out->in[d] = out->out[d] = 1;
    for (int d = 0; d < spatial; d++) {
        out->in[3 - spatial + d] = shape->d[2 + d];
        out->out[3 - spatial + d] = shape->d[2 + d] = sizes[d];
        if (sizes[d] < 1)
            return rq_node_fail(node, RQ_EFORMAT, "output size %lld, expected at least 1",
                                (long long)sizes[d]);
    }
    return RQ_OK;
}
