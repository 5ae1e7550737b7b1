/* What the YOLO adapters share. */
#ifndef RQ_REPORTS_ADAPTERS_ADAPTER_YOLO_H
#define RQ_REPORTS_ADAPTERS_ADAPTER_YOLO_H

#include "reports/adapters/adapter.h"

/* A prediction in input pixels: centre and size, and a score for each class. */
typedef struct rq_yolo_box {
    double x, y, width, height;
    double objectness; /* multiplies each class's score */
    const float *scores;
    size_t stride; /* between scores of neighbouring classes */
    size_t classes;
    bool logits; /* scores need a sigmoid */
} rq_yolo_box;

/* Adds the most likely class of the prediction, if it is sure enough. */
rq_status rq_yolo_add(rq_prediction *out, const rq_adapter_input *in, const rq_yolo_box *box);

/* Non-maximum suppression by the settings. */
void rq_yolo_finish(rq_prediction *out, const rq_adapter_input *in);

/* What they know: with the anchors of heads that are not decoded, and without. */
extern const rq_adapter_setting rq_yolo_anchor_settings[];
#define RQ_YOLO_SETTINGS (rq_yolo_anchor_settings + 1)

#endif
