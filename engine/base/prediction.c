#include "engine/base/prediction.h"

#include "engine/base/mem.h"
#include "engine/base/utf8.h"

#include <math.h>
#include <stdlib.h>

void rq_prediction_clear(rq_prediction *prediction)
{
    prediction->has = 0;
    prediction->width = prediction->height = 0;
    prediction->class_id = RQ_NO_CLASS;
    prediction->n_boxes = prediction->n_values = prediction->n_symbols = 0;
    prediction->mask.width = prediction->mask.height = 0;
    prediction->rows = prediction->columns = prediction->channels = 0;
}

void rq_prediction_free(rq_prediction *prediction)
{
    free(prediction->boxes);
    free(prediction->mask.classes);
    free(prediction->values);
    free(prediction->symbols);
    *prediction = (rq_prediction){0};
}

void rq_prediction_set_class(rq_prediction *prediction, int64_t class_id)
{
    prediction->has |= RQ_PREDICTION_CLASS;
    prediction->class_id = class_id;
}

void rq_prediction_set_empty(rq_prediction *prediction, unsigned kind)
{
    prediction->has |= kind;
}

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

static double greater(double a, double b)
{
    return a > b ? a : b;
}

rq_status rq_prediction_add_box(rq_prediction *prediction, const rq_box *box)
{
    prediction->has |= RQ_PREDICTION_BOXES;
    if (!isfinite(box->x0) || !isfinite(box->y0) || !isfinite(box->x1) || !isfinite(box->y1) ||
        !isfinite(box->score))
        return RQ_OK;
    if (prediction->n_boxes >= RQ_MAX_BOXES)
        return rq_fail(RQ_EFORMAT, "more than %zu boxes for one image", RQ_MAX_BOXES);
    RQ_TRY(rq_grow(&prediction->boxes, &prediction->boxes_capacity, prediction->n_boxes,
                   sizeof *prediction->boxes, "boxes"));
    rq_box *to = &prediction->boxes[prediction->n_boxes++];
    *to = *box;
    to->x0 = lesser(box->x0, box->x1), to->x1 = greater(box->x0, box->x1);
    to->y0 = lesser(box->y0, box->y1), to->y1 = greater(box->y0, box->y1);
    return RQ_OK;
}

rq_status rq_prediction_add_symbol(rq_prediction *prediction, int32_t symbol)
{
    prediction->has |= RQ_PREDICTION_TEXT;
    RQ_TRY(rq_grow(&prediction->symbols, &prediction->symbols_capacity, prediction->n_symbols,
                   sizeof *prediction->symbols, "a text"));
    prediction->symbols[prediction->n_symbols++] = symbol;
    return RQ_OK;
}

rq_status rq_prediction_add_text(rq_prediction *prediction, const char *text)
{
    prediction->has |= RQ_PREDICTION_TEXT;
    while (*text) {
        int32_t symbol = 0xFFFD;
        size_t n = rq_utf8_length(text, &symbol);
        text += n ? n : 1;
        RQ_TRY(rq_prediction_add_symbol(prediction, symbol));
    }
    return RQ_OK;
}

rq_status rq_prediction_make_mask(rq_prediction *prediction, int width, int height)
{
    rq_mask *mask = &prediction->mask;
    size_t n = width > 0 && height > 0 ? (size_t)width * (size_t)height : 0;
    if (n == 0 || n > RQ_MAX_PREDICTION_VALUES)
        return rq_fail(RQ_EFORMAT, "a mask of %dx%d cells", width, height);
    if (n > mask->capacity) {
        RQ_TRY(rq_realloc(&mask->classes, n, sizeof *mask->classes, "a mask"));
        mask->capacity = n;
    }
    prediction->has |= RQ_PREDICTION_MASK;
    mask->width = width;
    mask->height = height;
    mask->x0 = mask->y0 = 0;
    mask->x1 = width;
    mask->y1 = height;
    return RQ_OK;
}

rq_status rq_prediction_make_values(rq_prediction *prediction, size_t n)
{
    if (n > RQ_MAX_PREDICTION_VALUES) return rq_fail(RQ_EFORMAT, "%zu values for one image", n);
    if (n > prediction->values_capacity) {
        RQ_TRY(rq_realloc(&prediction->values, n, sizeof *prediction->values, "values"));
        prediction->values_capacity = n;
    }
    prediction->has |= RQ_PREDICTION_VALUES;
    prediction->n_values = n;
    return RQ_OK;
}

rq_status rq_prediction_make_image(rq_prediction *prediction, int rows, int columns, int channels)
{
    size_t n;
    if (rows < 1 || columns < 1 || channels < 1 ||
        !rq_mul_size(&n, (size_t)rows, (size_t)columns) || !rq_mul_size(&n, n, (size_t)channels) ||
        n > RQ_MAX_PREDICTION_VALUES)
        return rq_fail(RQ_EFORMAT, "an image of %dx%d with %d channels", columns, rows, channels);
    RQ_TRY(rq_prediction_make_values(prediction, n));
    prediction->has |= RQ_PREDICTION_IMAGE;
    prediction->rows = rows;
    prediction->columns = columns;
    prediction->channels = channels;
    return RQ_OK;
}

double rq_box_area(const rq_box *box)
{
    return greater(box->x1 - box->x0, 0) * greater(box->y1 - box->y0, 0);
}

double rq_box_overlap(const rq_box *a, const rq_box *b)
{
    double width = lesser(a->x1, b->x1) - greater(a->x0, b->x0);
    double height = lesser(a->y1, b->y1) - greater(a->y0, b->y0);
    return greater(width, 0) * greater(height, 0);
}

double rq_box_iou(const rq_box *a, const rq_box *b)
{
    double both = rq_box_overlap(a, b), either = rq_box_area(a) + rq_box_area(b) - both;
    return either > 0 ? both / either : 0;
}

static int by_number(double a, double b)
{
    return (a > b) - (a < b);
}

static int highest_score_first(const void *a, const void *b)
{
    const rq_box *x = a, *y = b;
    int order = by_number(y->score, x->score);
    if (!order) order = (x->class_id > y->class_id) - (x->class_id < y->class_id);
    if (!order) order = by_number(x->x0, y->x0);
    if (!order) order = by_number(x->y0, y->y0);
    if (!order) order = by_number(x->x1, y->x1);
    return order ? order : by_number(x->y1, y->y1);
}

void rq_boxes_sort(rq_box *boxes, size_t n)
{
    if (n) qsort(boxes, n, sizeof *boxes, highest_score_first);
}

uint16_t rq_mask_at(const rq_mask *mask, double x, double y)
{
    double u = (x - mask->x0) / (mask->x1 - mask->x0) * mask->width;
    double v = (y - mask->y0) / (mask->y1 - mask->y0) * mask->height;
    if (!(u >= 0 && u < mask->width && v >= 0 && v < mask->height)) return RQ_MASK_IGNORED;
    return mask->classes[(size_t)v * (size_t)mask->width + (size_t)u];
}
