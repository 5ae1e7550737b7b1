/* Operation Specifications: MatrixNms-8. Scores sink by how much better boxes of the class
 * overlap, all at once: by min over j of f(IoU(i, j)) / f(max over k of IoU(j, k)), where k is
 * better than j, j better than i, and f is 1 - IoU or exp(-sigma IoU^2). */
#include "engine/ops/common/multi_nms.h"

#include <math.h>

static const char *const decays[] = {"linear", "gaussian", NULL};
enum { GAUSSIAN = 1 };

static const rq_attr_spec attrs_table[] = {
    RQ_MULTI_NMS_SPECS,
    {"decay_function", RQ_ATTR_ENUM, RQ_MULTI_NMS_FIELD(decay), "linear", decays},
    {"gaussian_sigma", RQ_ATTR_FLOAT, RQ_MULTI_NMS_FIELD(gaussian_sigma), "2", NULL},
    {"post_threshold", RQ_ATTR_FLOAT, RQ_MULTI_NMS_FIELD(post_threshold), "0", NULL},
    RQ_ATTRS_END,
};

static float decay(const rq_multi_nms_attrs *a, float overlap, float most)
{
    if (a->decay == GAUSSIAN)
        return expf((most * most - overlap * overlap) * (float)a->gaussian_sigma);
    return (float)((1.0 - overlap) / (1.0 - most + 1e-10));
}

/* spare: of each box, its largest overlap with a better one. */
static size_t choose(const rq_multi_nms_attrs *a, const rq_corners *boxes, const float *scores,
                     const rq_sort_item *order, size_t n, rq_pick *picks, float *spare)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const rq_corners *box = &boxes[order[i].index];
        float factor = 1.0f;
        spare[i] = 0.0f;
        for (size_t j = 0; j < i; j++) {
            float overlap = rq_multi_nms_overlap(a, box, &boxes[order[j].index]);
            spare[i] = fmaxf(spare[i], overlap);
            factor = fminf(factor, decay(a, overlap, spare[j]));
        }
        float score = factor * scores[order[i].index];
        if (score > (float)a->post_threshold)
            picks[count++] = (rq_pick){.score = score, .box = (int32_t)order[i].index};
    }
    return count;
}

static rq_status run(rq_call *call)
{
    static const rq_multi_nms_rule rule = {choose, false, false};
    return rq_multi_nms_run(call, &rule);
}

const rq_op rq_op_MatrixNms = {
    .type = "MatrixNms",
    .opsets = RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS,
    .attrs_size = sizeof(rq_multi_nms_attrs),
    .attrs = attrs_table,
    .infer = rq_multi_nms_infer,
    .scratch = rq_multi_nms_scratch,
    .run = run,
};
