/* COCO's twelve figures for boxes. Source: Lin et al. 2014, "Microsoft COCO", and the definitions
 * at cocodataset.org, "Detection Evaluation"; ties and borders as its evaluation code has them:
 * a truth whose area is outside of the range, or a crowd, does not count, found or not, nor does
 * an unmatched detection whose own area is outside. */
#include "reports/metrics/detections.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DETECTIONS = 100, RECALLS = 101 };

static const double area_low[RQ_AREAS] = {0, 0, 32 * 32, 96 * 96};
static const double area_high[RQ_AREAS] = {1e10, 32 * 32, 96 * 96, 1e10};

/* Written so as to give the very numbers of the evaluation code: borders decide. */
static double threshold_at(int t)
{
    return t == RQ_THRESHOLDS - 1 ? 0.95 : t * ((0.95 - 0.5) / (RQ_THRESHOLDS - 1)) + 0.5;
}

static double recall_at(int r)
{
    return r * 0.01;
}

static bool is_outside(double area, int range)
{
    return area < area_low[range] || area > area_high[range];
}

static bool is_crowd(const rq_box *truth)
{
    return truth->flags & RQ_BOX_CROWD;
}

static double area_of(const rq_box *truth)
{
    return truth->area >= 0 ? truth->area : rq_box_area(truth);
}

/* A crowd is found by whatever lies in it. */
static double overlap_of(const rq_box *found, const rq_box *truth)
{
    if (!is_crowd(truth)) return rq_box_iou(found, truth);
    double area = rq_box_area(found);
    return area > 0 ? rq_box_overlap(found, truth) / area : 0;
}

typedef struct matcher {
    rq_class_boxes *boxes;
    double *overlap;  /* [n_found][n_truths] */
    size_t *order;    /* truths that count first */
    uint8_t *skipped; /* [n_truths]: does not count in this range of area */
    uint8_t *taken;   /* [n_truths] */
} matcher;

/* The best truth still free; one that counts is never given up for one that does not. n: none. */
static size_t best_truth(const matcher *m, size_t found, double least)
{
    size_t n = m->boxes->n_truths, best = n;
    double reached = fmin(least, 1 - 1e-10);
    for (size_t k = 0; k < n; k++) {
        size_t g = m->order[k];
        if (m->taken[g] && !is_crowd(&m->boxes->truths[g])) continue;
        if (best < n && !m->skipped[best] && m->skipped[g]) break;
        double overlap = m->overlap[found * n + g];
        if (overlap < reached) continue;
        reached = overlap;
        best = g;
    }
    return best;
}

static void match_at(const matcher *m, int range, int t)
{
    rq_class_boxes *boxes = m->boxes;
    uint64_t bit = RQ_BIT(range, t);
    for (size_t g = 0; g < boxes->n_truths; g++) m->taken[g] = 0;
    for (size_t i = 0; i < boxes->n_found; i++) {
        size_t g = best_truth(m, i, threshold_at(t));
        bool matched = g < boxes->n_truths;
        bool outside = matched ? m->skipped[g] : is_outside(rq_box_area(&boxes->found[i]), range);
        if (matched) m->taken[g] = 1;
        if (outside)
            boxes->ignored[i] |= bit;
        else if (matched)
            boxes->hits[i] |= bit;
    }
}

static void set_order(const matcher *m, int range)
{
    size_t n = m->boxes->n_truths, at = 0;
    for (size_t g = 0; g < n; g++) {
        const rq_box *truth = &m->boxes->truths[g];
        m->skipped[g] = is_crowd(truth) || is_outside(area_of(truth), range);
        if (!m->skipped[g]) m->order[at++] = g;
    }
    m->boxes->counts[range] = (double)at;
    for (size_t g = 0; g < n; g++)
        if (m->skipped[g]) m->order[at++] = g;
}

static void match_all(const matcher *m)
{
    const rq_class_boxes *boxes = m->boxes;
    for (size_t i = 0; i < boxes->n_found; i++)
        for (size_t g = 0; g < boxes->n_truths; g++)
            m->overlap[i * boxes->n_truths + g] = overlap_of(&boxes->found[i], &boxes->truths[g]);
    for (int range = 0; range < RQ_AREAS; range++) {
        set_order(m, range);
        for (int t = 0; t < RQ_THRESHOLDS; t++) match_at(m, range, t);
    }
}

static rq_status match(rq_class_boxes *boxes)
{
    matcher m = {.boxes = boxes};
    size_t n = boxes->n_truths, pairs;
    rq_status status;
    if (!rq_mul_size(&pairs, boxes->n_found, n)) return rq_fail_memory(n, "boxes to match");
    RQ_TRY_GOTO(rq_calloc(&m.overlap, pairs, sizeof *m.overlap, "boxes to match"), out);
    RQ_TRY_GOTO(rq_calloc(&m.order, n, sizeof *m.order, "boxes to match"), out);
    RQ_TRY_GOTO(rq_calloc(&m.skipped, n, 1, "boxes to match"), out);
    RQ_TRY_GOTO(rq_calloc(&m.taken, n, 1, "boxes to match"), out);
    match_all(&m);
out:
    free(m.overlap);
    free(m.order);
    free(m.skipped);
    free(m.taken);
    return status;
}

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    return rq_detections_score(record, input, MAX_DETECTIONS, match);
}

/* -- precision and recall ------------------------------------------------------------------- */

typedef struct curve {
    const rq_detection *found;
    size_t n;
    double truths;
} curve;

static double recall_of(const curve *c, uint64_t bit, uint32_t most)
{
    double hits = 0;
    for (size_t i = 0; i < c->n; i++) hits += c->found[i].rank < most && (c->found[i].hits & bit);
    return hits / c->truths;
}

/* Precision at 101 recalls, each the best at that recall or a higher one. Points are visited from
 * the last detection back, so that the best so far is at hand. */
static double precision_of(const curve *c, uint64_t bit)
{
    double hits = 0, misses = 0, best = 0, sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (c->found[i].ignored & bit) continue;
        *(c->found[i].hits & bit ? &hits : &misses) += 1;
    }
    int r = RECALLS - 1;
    while (r >= 0 && recall_at(r) > hits / c->truths) r--;
    for (size_t i = c->n; i-- > 0 && r >= 0;) {
        if (c->found[i].ignored & bit) continue;
        bool hit = c->found[i].hits & bit;
        double precision = hits / (hits + misses);
        if (precision > best) best = precision;
        if (hit)
            hits -= 1;
        else
            misses -= 1;
        while (r >= 0 && recall_at(r) > hits / c->truths) sum += best, r--;
    }
    return (sum + best * (r + 1)) / RECALLS;
}

/* Recalls and thresholds to average over; one of precision (most 0) or of recall. */
typedef struct coco_figure {
    int range, first, last; /* thresholds, inclusive */
    uint32_t most;
} coco_figure;

static const coco_figure wanted[] = {
    {0, 0, 9, 0},
    {0, 0, 0, 0},
    {0, 5, 5, 0},
    {1, 0, 9, 0},
    {2, 0, 9, 0},
    {3, 0, 9, 0},
    {0, 0, 9, 1},
    {0, 0, 9, 10},
    {0, 0, 9, MAX_DETECTIONS},
    {1, 0, 9, MAX_DETECTIONS},
    {2, 0, 9, MAX_DETECTIONS},
    {3, 0, 9, MAX_DETECTIONS},
};
enum { FIGURES = sizeof wanted / sizeof *wanted };

static double average_of(const coco_figure *f, const rq_detections *all)
{
    double sum = 0, n = 0;
    for (size_t k = 0; k < all->n_classes; k++) {
        curve c = {.truths = all->classes[k].counts[f->range]};
        if (c.truths == 0) continue;
        c.found = rq_detections_of(all, all->classes[k].class_id, &c.n);
        for (int t = f->first; t <= f->last; t++, n++) {
            uint64_t bit = RQ_BIT(f->range, t);
            sum += f->most ? recall_of(&c, bit, f->most) : precision_of(&c, bit);
        }
    }
    return n > 0 ? 100 * sum / n : (double)NAN;
}

static void reduce(double *out, const rq_records *records, const size_t *picks, size_t n)
{
    rq_detections all;
    bool there = rq_detections_gather(&all, records, picks, n);
    for (int i = 0; i < FIGURES; i++) out[i] = there ? average_of(&wanted[i], &all) : (double)NAN;
    if (there) rq_detections_free(&all);
}

static const rq_figure figures[FIGURES] = {
    {"COCO AP", "%", "Average precision over IoU 0.50 to 0.95, classes and recalls."},
    {"COCO AP50", "%", "Average precision where boxes overlap by an IoU of 0.5."},
    {"COCO AP75", "%", "Average precision where boxes overlap by an IoU of 0.75."},
    {"COCO AP small", "%", "COCO AP of objects below 32 x 32 pixels."},
    {"COCO AP medium", "%", "COCO AP of objects of 32 x 32 to 96 x 96 pixels."},
    {"COCO AP large", "%", "COCO AP of objects above 96 x 96 pixels."},
    {"COCO AR@1", "%", "Objects found by the box of the highest score of each class and image."},
    {"COCO AR@10", "%",
     "Objects found by the 10 boxes of the highest scores of each class and image."},
    {"COCO AR@100", "%",
     "Objects found by the 100 boxes of the highest scores of each class and image."},
    {"COCO AR small", "%", "COCO AR@100 of objects below 32 x 32 pixels."},
    {"COCO AR medium", "%", "COCO AR@100 of objects of 32 x 32 to 96 x 96 pixels."},
    {"COCO AR large", "%", "COCO AR@100 of objects above 96 x 96 pixels."},
};

const rq_metric rq_metric_coco = {
    .name = "COCO AP",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_BOXES,
    .higher_is_better = true,
    .score = score,
    .figures = figures,
    .n_figures = FIGURES,
    .reduce_figures = reduce,
};
