/* Operation Specifications: MulticlassNms-8, MulticlassNms-9. A class keeps a box that overlaps no
 * kept one by the IoU threshold or more. With nms_eta below 1 the threshold sinks with each kept
 * box while it is above 0.5. */
#include "engine/ops/common/multi_nms.h"

static const rq_attr_spec attrs_table[] = {
    RQ_MULTI_NMS_SPECS,
    {"iou_threshold", RQ_ATTR_FLOAT, RQ_MULTI_NMS_FIELD(iou_threshold), "0", NULL},
    {"nms_eta", RQ_ATTR_FLOAT, RQ_MULTI_NMS_FIELD(nms_eta), "1", NULL},
    RQ_ATTRS_END,
};

static size_t choose(const rq_multi_nms_attrs *a, const rq_corners *boxes, const float *scores,
                     const rq_sort_item *order, size_t n, rq_pick *picks, float *spare)
{
    float threshold = (float)a->iou_threshold;
    size_t count = 0;
    (void)spare;
    for (size_t i = 0; i < n; i++) {
        int32_t box = (int32_t)order[i].index;
        bool alone = true;
        for (size_t k = 0; k < count && alone; k++)
            alone = rq_multi_nms_overlap(a, &boxes[box], &boxes[picks[k].box]) < threshold;
        if (!alone) continue;
        picks[count++] = (rq_pick){.score = scores[box], .box = box};
        if (a->nms_eta < 1 && threshold > 0.5f) threshold *= (float)a->nms_eta;
    }
    return count;
}

static rq_status run(rq_call *call)
{
    static const rq_multi_nms_rule rule = {choose, true, true};
    return rq_multi_nms_run(call, &rule);
}

const rq_op rq_op_MulticlassNms = {
    .type = "MulticlassNms",
    .opsets = RQ_OPSET(8) | RQ_OPSET(9),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS,
    .attrs_size = sizeof(rq_multi_nms_attrs),
    .attrs = attrs_table,
    .infer = rq_multi_nms_infer,
    .scratch = rq_multi_nms_scratch,
    .run = run,
};
