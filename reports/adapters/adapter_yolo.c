#include "reports/adapters/adapter_yolo.h"

#include <math.h>

const rq_adapter_setting rq_yolo_anchor_settings[] = {
    {"anchors", NAN,
     "sizes of the anchors in input pixels, finest head first (default: the published ones)"},
    {"score", 0.01, "minimum score of a box"},
    {"iou", 0.65, "of two boxes of a class with a higher IoU the less sure one is suppressed"},
    {"keep", 300, "maximum number of boxes per image"},
    {NULL, 0, NULL},
};

rq_status rq_yolo_add(rq_prediction *out, const rq_adapter_input *in, const rq_yolo_box *box)
{
    double least = in->settings->score, best = -INFINITY;
    size_t best_class = 0;
    if (!(box->objectness >= least)) return RQ_OK;
    for (size_t c = 0; c < box->classes; c++) {
        double score = box->scores[c * box->stride];
        if (score > best) best = score, best_class = c;
    }
    double score = box->objectness * (box->logits ? rq_sigmoid(best) : best);
    if (!(score >= least)) return RQ_OK;
    rq_box found = {.class_id = (int32_t)best_class,
                    .score = score,
                    .x0 = box->x - box->width / 2,
                    .y0 = box->y - box->height / 2,
                    .x1 = box->x + box->width / 2,
                    .y1 = box->y + box->height / 2};
    return rq_adapter_add_box(out, in->view, &found);
}

void rq_yolo_finish(rq_prediction *out, const rq_adapter_input *in)
{
    rq_boxes_suppress(out, in->settings->iou, (size_t)in->settings->keep);
}
