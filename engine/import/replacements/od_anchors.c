#include "engine/import/replacements/od_anchors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Places of a box's coordinates, and how far apart numbers are that are meant to be one. */
enum { Y1, X1, Y2, X2 };
#define TOLERANCE 1e-4

static bool is_near(double a, double b)
{
    return fabs(a - b) <= TOLERANCE * fmax(fabs(a), fabs(b)) + 1e-9;
}

static double coordinate(const rq_tensor *boxes, size_t box, int i)
{
    return rq_load_f64(boxes->data, boxes->dtype, box * 4 + (size_t)i);
}

static double center(const rq_tensor *boxes, size_t box, int i)
{
    return 0.5 * (coordinate(boxes, box, i) + coordinate(boxes, box, i + 2));
}

static double side(const rq_tensor *boxes, size_t box, int i)
{
    return coordinate(boxes, box, i + 2) - coordinate(boxes, box, i);
}

/* What was written in decimals comes out of floats with an error: the short number near it. */
static double round_off(double x)
{
    char text[32];
    snprintf(text, sizeof text, "%.5g", x);
    double rounded = strtod(text, NULL);
    return fabs(rounded - x) <= 2e-6 * fabs(x) ? rounded : x;
}

static double ratio_of(const rq_tensor *boxes, size_t box)
{
    return side(boxes, box, X1) / side(boxes, box, Y1);
}

static double scale_of(const rq_tensor *boxes, size_t box)
{
    return sqrt(side(boxes, box, X1) * side(boxes, box, Y1)) / RQ_OD_BASE_SIZE;
}

static bool is_product(const rq_od_anchors *a, const rq_tensor *boxes)
{
    for (size_t i = 0; i < a->n_ratios * a->n_scales; i++)
        if (!is_near(ratio_of(boxes, i), a->ratios[i / a->n_scales]) ||
            !is_near(scale_of(boxes, i), a->scales[i % a->n_scales]))
            return false;
    return true;
}

static const char *read_stride(rq_od_anchors *out, const rq_tensor *boxes, size_t per_cell,
                               int64_t columns)
{
    size_t cells = rq_tensor_count(boxes) / 4 / per_cell, row = (size_t)columns * per_cell;
    double across = columns > 1 ? center(boxes, per_cell, X1) - center(boxes, 0, X1) : 0;
    double down = cells > (size_t)columns ? center(boxes, row, Y1) - center(boxes, 0, Y1) : across;
    if (columns <= 1) across = down;
    if (fabs(center(boxes, 0, X1)) > 1e-3 || fabs(center(boxes, 0, Y1)) > 1e-3)
        return "the first anchors are not around the image's corner";
    if (!is_near(across, down) || down != floor(down) || down > 1e6)
        return "anchors are not as far apart down as across";
    out->stride = down >= 1 ? (int64_t)down : 16; /* of one cell: any */
    return NULL;
}

const char *rq_od_anchors_read(rq_od_anchors *out, const rq_tensor *boxes, size_t per_cell,
                               int64_t columns)
{
    *out = (rq_od_anchors){0};
    if (!per_cell || per_cell > RQ_OD_MAX_ANCHORS || columns < 1 ||
        rq_tensor_count(boxes) / 4 < per_cell * (size_t)columns)
        return "there are too few anchors";
    for (size_t i = 0; i < per_cell; i++)
        if (!(side(boxes, i, X1) > 0) || !(side(boxes, i, Y1) > 0)) return "an anchor is empty";
    while (out->n_scales < per_cell && is_near(ratio_of(boxes, out->n_scales), ratio_of(boxes, 0)))
        out->n_scales++;
    if (per_cell % out->n_scales) return "anchors are no product of ratios and scales";
    out->n_ratios = per_cell / out->n_scales;
    for (size_t i = 0; i < out->n_scales; i++) out->scales[i] = round_off(scale_of(boxes, i));
    for (size_t i = 0; i < out->n_ratios; i++)
        out->ratios[i] = round_off(ratio_of(boxes, i * out->n_scales));
    if (!is_product(out, boxes)) return "anchors are no product of ratios and scales";
    return read_stride(out, boxes, per_cell, columns);
}
