/* Pixels that were computed window by window, or phase by phase, become an image. */
#include "engine/exec/onednn/lower.h"

rq_status rq_lower_place_windows(rq_lower *l, const rq_node *node, const rq_windows *w,
                                 const rq_shape *shape, const int *order, size_t from, size_t to)
{
    static const int of_image[] = {0, 2, 4, 5, 1, 3};
    rq_onednn_plan *plan = l->plan;
    rq_dtype dtype = rq_dnn_layout_dtype(plan->buffers[to].layout);
    rq_shape image = {6, {w->batch, w->n[0], w->size[0], w->n[1], w->size[1], w->channels}};
    const rq_dnn_layout *src = rq_dnn_layout_dense(plan->dnn, dtype, shape);
    const rq_dnn_layout *dst = rq_dnn_layout_dense(plan->dnn, dtype, &image);
    rq_dnn_primitive *primitive;
    if (src) src = rq_dnn_layout_permuted(plan->dnn, src, order);
    if (dst) dst = rq_dnn_layout_permuted(plan->dnn, dst, of_image);
    if (!src || !dst) return RQ_ENOMEM;
    RQ_TRY(rq_dnn_reorder(&primitive, plan->dnn, src, dst));
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, to, NULL}};
    return rq_step_add(plan, RQ_STEP_REORDER, node->id, primitive, args, 2);
}
