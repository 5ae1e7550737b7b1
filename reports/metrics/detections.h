/* What metrics of boxes share: detections matched with truths, one class of one image at a time,
 * and precision and recall of many images put together.
 *
 * A record holds, for each class that the image has or is said to have, one after the other:
 *     class, truths that count in each of RQ_AREAS ranges of area, n,
 *     then n times, surest first: score, bits found, bits that do not count
 * with bit RQ_BIT(area, threshold). */
#ifndef RQ_REPORTS_METRICS_DETECTIONS_H
#define RQ_REPORTS_METRICS_DETECTIONS_H

#include "reports/metrics/metric.h"

#define RQ_AREAS 4       /* all, small, medium, large */
#define RQ_THRESHOLDS 10 /* of IoU */
#define RQ_BIT(area, threshold) ((uint64_t)1 << ((area)*RQ_THRESHOLDS + (threshold)))

/* Boxes of one class in one image. */
typedef struct rq_class_boxes {
    int32_t class_id;
    const rq_box *found, *truths;
    size_t n_found, n_truths;
    uint64_t *hits, *ignored; /* [n_found]; to be filled, zero at first */
    double counts[RQ_AREAS];  /* truths that count; to be filled */
} rq_class_boxes;

typedef rq_status rq_match_fn(rq_class_boxes *boxes);

/* Splits prediction and truth by class, found boxes surest first and `most` of a class at most, has
 * `match` fill each and pushes the record. */
rq_status rq_detections_score(rq_records *record, const rq_metric_input *input, size_t most,
                              rq_match_fn *match);

/* One detection of one class; `rank` is its place among those of its image and class. */
typedef struct rq_detection {
    int32_t class_id;
    uint32_t rank;
    double score;
    uint64_t hits, ignored;
    size_t order; /* of the image, then of the rank: breaks ties */
} rq_detection;

typedef struct rq_class_count {
    int32_t class_id;
    double counts[RQ_AREAS];
} rq_class_count;

/* Detections of many images by class, surest first, and the truths of each class, ascending. */
typedef struct rq_detections {
    rq_detection *all;
    size_t n;
    rq_class_count *classes; /* those with truths */
    size_t n_classes;
} rq_detections;

/* False, and nothing to free, when memory is short. */
bool rq_detections_gather(rq_detections *out, const rq_records *records, const size_t *picks,
                          size_t n);
void rq_detections_free(rq_detections *detections);
/* Those of one class: a run of `all`. */
const rq_detection *rq_detections_of(const rq_detections *detections, int32_t class_id, size_t *n);

/* Area under precision over recall of one class's detections, surest first, matched by VOC's rules:
 * 0..1. */
double rq_voc_ap(const rq_detection *found, size_t n, double truths);

#endif
