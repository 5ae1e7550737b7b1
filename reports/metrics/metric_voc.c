/* Pascal VOC's mean average precision at an IoU of 0.5, with both ways of averaging.
 * Source: Everingham et al. 2010, "The PASCAL Visual Object Classes (VOC) Challenge", section
 * 4.2 (11 points, until 2009), and its development kit of 2010 (area under the curve). */
#include "reports/metrics/detections.h"

#include <math.h>
#include <stdlib.h>

#define MIN_IOU 0.5

static bool counts(const rq_box *truth)
{
    return !(truth->flags & (RQ_BOX_DIFFICULT | RQ_BOX_CROWD));
}

/* The truth that overlaps most, taken or not; n_truths when none does. */
static size_t nearest(const rq_class_boxes *boxes, size_t found, double *iou)
{
    size_t best = boxes->n_truths;
    *iou = 0;
    for (size_t g = 0; g < boxes->n_truths; g++) {
        double x = rq_box_iou(&boxes->found[found], &boxes->truths[g]);
        if (x > *iou) *iou = x, best = g;
    }
    return best;
}

/* A second detection of an object is wrong; what finds a difficult one does not count. */
static rq_status match(rq_class_boxes *boxes)
{
    uint8_t *taken;
    RQ_TRY(rq_calloc(&taken, boxes->n_truths, 1, "boxes to match"));
    for (size_t g = 0; g < boxes->n_truths; g++) boxes->counts[0] += counts(&boxes->truths[g]);
    for (size_t i = 0; i < boxes->n_found; i++) {
        double iou;
        size_t g = nearest(boxes, i, &iou);
        if (g == boxes->n_truths || iou < MIN_IOU) continue;
        if (!counts(&boxes->truths[g]))
            boxes->ignored[i] = 1;
        else if (!taken[g])
            boxes->hits[i] = taken[g] = 1;
    }
    free(taken);
    return RQ_OK;
}

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    return rq_detections_score(record, input, SIZE_MAX, match);
}

typedef struct averages {
    double area, points;
} averages;

/* From the last detection back: `best` is the best precision at this recall or a higher one. */
static averages average_class(const rq_detection *found, size_t n, double truths)
{
    averages out = {0, 0};
    double hits = 0, misses = 0, best = 0;
    int point = 10;
    for (size_t i = 0; i < n; i++)
        if (!found[i].ignored) *(found[i].hits ? &hits : &misses) += 1;
    while (point >= 0 && point * truths > 10 * hits) point--;
    for (size_t i = n; i-- > 0;) {
        if (found[i].ignored) continue;
        best = fmax(best, hits / (hits + misses));
        *(found[i].hits ? &hits : &misses) -= 1;
        if (found[i].hits) out.area += best / truths;
        for (; point >= 0 && point * truths > 10 * hits; point--) out.points += best / 11;
    }
    out.points += best * (point + 1) / 11;
    return out;
}

double rq_voc_ap(const rq_detection *found, size_t n, double truths)
{
    return average_class(found, n, truths).area;
}

static void reduce(double *out, const rq_records *records, const size_t *picks, size_t n)
{
    rq_detections all;
    averages sum = {0, 0};
    out[0] = out[1] = NAN;
    if (!rq_detections_gather(&all, records, picks, n)) return;
    for (size_t k = 0; k < all.n_classes; k++) {
        size_t count;
        const rq_detection *found = rq_detections_of(&all, all.classes[k].class_id, &count);
        averages one = average_class(found, count, all.classes[k].counts[0]);
        sum.area += one.area;
        sum.points += one.points;
    }
    if (all.n_classes) {
        out[0] = 100 * sum.area / (double)all.n_classes;
        out[1] = 100 * sum.points / (double)all.n_classes;
    }
    rq_detections_free(&all);
}

static const rq_figure figures[] = {
    {"VOC mAP", "%", "Area under precision over recall at an IoU of 0.5, mean over classes."},
    {"VOC mAP 11-point", "%",
     "Precision at recalls 0, 0.1, ... 1 at an IoU of 0.5, mean over classes."},
};

const rq_metric rq_metric_voc = {
    .name = "VOC mAP",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_BOXES,
    .higher_is_better = true,
    .score = score,
    .figures = figures,
    .n_figures = 2,
    .reduce_figures = reduce,
};
