/* Segmentation: which pixels have the right class.
 *
 * A record holds the pixels that count and the right ones, then for each class that occurs: class,
 * right pixels, pixels of the truth, pixels of the prediction. */
#include "reports/metrics/class_scores.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD = 2, PER_CLASS = 4, CLASSES = RQ_MASK_IGNORED };

typedef struct tally {
    double all, right;
    double (*of)[3]; /* [CLASSES]: right, truth, prediction */
} tally;

static void count_pixel(tally *t, uint16_t truth, uint16_t prediction)
{
    if (truth == RQ_MASK_IGNORED || prediction == RQ_MASK_IGNORED) return;
    t->all++;
    t->of[truth][1]++;
    t->of[prediction][2]++;
    if (truth != prediction) return;
    t->right++;
    t->of[truth][0]++;
}

/* At each pixel of the truth, looked up in the prediction where the middle of the pixel lies. */
static void count_pixels(tally *t, const rq_mask *truth, const rq_mask *prediction)
{
    double step_x = (truth->x1 - truth->x0) / truth->width;
    double step_y = (truth->y1 - truth->y0) / truth->height;
    const uint16_t *at = truth->classes;
    for (int y = 0; y < truth->height; y++)
        for (int x = 0; x < truth->width; x++)
            count_pixel(t, *at++,
                        rq_mask_at(prediction, truth->x0 + (x + 0.5) * step_x,
                                   truth->y0 + (y + 0.5) * step_y));
}

static rq_status push(rq_records *record, const tally *t)
{
    RQ_TRY(rq_records_push(record, t->all));
    RQ_TRY(rq_records_push(record, t->right));
    for (int c = 0; c < CLASSES; c++) {
        if (t->of[c][1] + t->of[c][2] == 0) continue;
        RQ_TRY(rq_records_push(record, c));
        for (int k = 0; k < 3; k++) RQ_TRY(rq_records_push(record, t->of[c][k]));
    }
    return RQ_OK;
}

static rq_status score(rq_records *record, const rq_metric_input *input)
{
    tally t = {0};
    RQ_TRY(rq_calloc(&t.of, CLASSES, sizeof *t.of, "classes of pixels"));
    count_pixels(&t, &input->truth->mask, &input->prediction->mask);
    rq_status status = push(record, &t);
    free(t.of);
    return status;
}

static void add_record(tally *t, const double *x, size_t size)
{
    t->all += x[0];
    t->right += x[1];
    for (size_t at = HEAD; at + PER_CLASS <= size; at += PER_CLASS)
        for (int k = 0; k < 3; k++) t->of[(size_t)x[at]][k] += x[at + 1 + (size_t)k];
}

/* Mean over classes from `first` on that the truth or the prediction has. */
static double mean_iou(const tally *t, size_t first, size_t classes)
{
    double sum = 0, n = 0;
    for (size_t c = first; c < classes; c++) {
        double either = t->of[c][1] + t->of[c][2] - t->of[c][0];
        if (either > 0) sum += t->of[c][0] / either, n++;
    }
    return n > 0 ? 100 * sum / n : (double)NAN;
}

static size_t count_classes(const rq_records *records, const size_t *picks, size_t n)
{
    size_t classes = 1;
    for (size_t i = 0; i < n; i++) {
        const double *x = rq_records_at(records, picks[i]);
        size_t size = rq_records_size(records, picks[i]);
        /* classes ascend */
        if (size > HEAD && (size_t)x[size - PER_CLASS] >= classes)
            classes = (size_t)x[size - PER_CLASS] + 1;
    }
    return classes;
}

size_t rq_mask_count_classes(const rq_records *records)
{
    size_t classes = 0;
    for (size_t i = 0; i < records->n; i++) {
        size_t of_image = count_classes(records, &i, 1);
        if (of_image > classes) classes = of_image;
    }
    return classes;
}

rq_status rq_mask_class_iou(double *iou, double *items, size_t classes, const rq_records *records)
{
    tally t = {0};
    RQ_TRY(rq_calloc(&t.of, classes, sizeof *t.of, "classes of pixels"));
    for (size_t i = 0; i < records->n; i++)
        add_record(&t, rq_records_at(records, i), rq_records_size(records, i));
    for (size_t c = 0; c < classes; c++) {
        double either = t.of[c][1] + t.of[c][2] - t.of[c][0];
        iou[c] = either > 0 ? 100 * t.of[c][0] / either : (double)NAN;
        items[c] = t.of[c][1];
    }
    free(t.of);
    return RQ_OK;
}

static void reduce(double *out, const rq_records *records, const size_t *picks, size_t n)
{
    tally t = {0};
    size_t classes = count_classes(records, picks, n);
    out[0] = out[1] = out[2] = NAN;
    if (rq_calloc(&t.of, classes, sizeof *t.of, "classes of pixels") != RQ_OK) return;
    for (size_t i = 0; i < n; i++)
        add_record(&t, rq_records_at(records, picks[i]), rq_records_size(records, picks[i]));
    out[0] = mean_iou(&t, 0, classes);
    out[1] = mean_iou(&t, 1, classes);
    if (t.all > 0) out[2] = 100 * t.right / t.all;
    free(t.of);
}

static const rq_figure figures[] = {
    {"mean IoU", "%", "Intersection over union of each class's pixels, mean over classes."},
    {"mean IoU without 0", "%", "The same without class 0, mostly the background."},
    {"pixel accuracy", "%", "Pixels of the right class."},
};

const rq_metric rq_metric_mask = {
    .name = "mean IoU",
    .needs = RQ_NEEDS_LABELS,
    .predictions = RQ_PREDICTION_MASK,
    .higher_is_better = true,
    .score = score,
    .figures = figures,
    .n_figures = 3,
    .reduce_figures = reduce,
};

static const rq_figure figures_same[] = {
    {"mask IoU", "%", "The masks after against those before: mean over classes; needs no labels."},
    {"mask IoU without 0", "%", "The same without class 0, mostly the background."},
    {"same pixels", "%", "Pixels with the class they had before."},
};

const rq_metric rq_metric_mask_same = {
    .name = "mask IoU",
    .needs = RQ_NEEDS_REFERENCE,
    .predictions = RQ_PREDICTION_MASK,
    .higher_is_better = true,
    .score = score,
    .figures = figures_same,
    .n_figures = 3,
    .reduce_figures = reduce,
};
