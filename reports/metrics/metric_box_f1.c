/* Whether two models show the same boxes. */
#include "reports/metrics/detections.h"

#include <stdlib.h>

#define MIN_IOU 0.5

/* The index of the best box of the same class still free; n: none. */
static size_t find_partner(const rq_box *box, const rq_prediction *among, const uint8_t *taken)
{
    size_t best = among->n_boxes;
    double best_iou = MIN_IOU;
    for (size_t i = 0; i < among->n_boxes; i++) {
        const rq_box *other = &among->boxes[i];
        if (taken[i] || other->score < RQ_SHOWN_SCORE || other->class_id != box->class_id) continue;
        double iou = rq_box_iou(box, other);
        if (iou < best_iou || (iou == best_iou && best < among->n_boxes)) continue;
        best_iou = iou;
        best = i;
    }
    return best;
}

static double count_shown(const rq_prediction *prediction)
{
    size_t n = 0;
    for (size_t i = 0; i < prediction->n_boxes; i++)
        n += prediction->boxes[i].score >= RQ_SHOWN_SCORE;
    return (double)n;
}

/* Boxes come surest first, as adapters give them. */
static rq_status score(rq_records *record, const rq_metric_input *input)
{
    const rq_prediction *after = input->prediction, *before = input->truth;
    uint8_t *taken;
    size_t pairs = 0;
    RQ_TRY(rq_calloc(&taken, before->n_boxes, 1, "boxes to match"));
    for (size_t i = 0; i < after->n_boxes; i++) {
        if (after->boxes[i].score < RQ_SHOWN_SCORE) continue;
        size_t partner = find_partner(&after->boxes[i], before, taken);
        if (partner == before->n_boxes) continue;
        taken[partner] = 1;
        pairs++;
    }
    free(taken);
    RQ_TRY(rq_records_push(record, 2 * (double)pairs));
    return rq_records_push(record, count_shown(after) + count_shown(before));
}

/* Images where neither shows any box agree, but weigh nothing beside others. */
static double reduce(const rq_records *records, const size_t *picks, size_t n)
{
    double paired = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        paired += rq_records_at(records, picks[i])[0];
        all += rq_records_at(records, picks[i])[1];
    }
    return all > 0 ? 100 * paired / all : 100;
}

const rq_metric rq_metric_box_f1 = {
    .name = "box F1",
    .unit = "%",
    .help = "Boxes (of score 0.3 and more) that both models show, of the same class with an IoU of "
            "0.5: twice the pairs over all boxes; needs no labels.",
    .needs = RQ_NEEDS_REFERENCE,
    .predictions = RQ_PREDICTION_BOXES,
    .higher_is_better = true,
    .score = score,
    .reduce = reduce,
};
