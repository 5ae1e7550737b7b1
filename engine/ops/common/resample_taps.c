#include "engine/ops/common/resample_taps.h"

#include <math.h>

/* -- where an output element lies in the input (single precision, as OpenVINO) ---------------- */

typedef float coordinate_fn(float x, float scale, float out, float in);

static float half_pixel(float x, float scale, float out, float in)
{
    (void)out, (void)in;
    return (x + 0.5f) / scale - 0.5f;
}

static float pytorch_half_pixel(float x, float scale, float out, float in)
{
    return out > 1 ? half_pixel(x, scale, out, in) : 0.0f;
}

static float asymmetric(float x, float scale, float out, float in)
{
    (void)out, (void)in;
    return x / scale;
}

static float tf_half_pixel_for_nn(float x, float scale, float out, float in)
{
    (void)out, (void)in;
    return (x + 0.5f) / scale;
}

static float align_corners(float x, float scale, float out, float in)
{
    (void)scale;
    return out > 1 ? x * (in - 1) / (out - 1) : 0.0f;
}

static coordinate_fn *const coordinates[] = {
    [RQ_COORDINATES_HALF_PIXEL] = half_pixel,
    [RQ_COORDINATES_PYTORCH_HALF_PIXEL] = pytorch_half_pixel,
    [RQ_COORDINATES_ASYMMETRIC] = asymmetric,
    [RQ_COORDINATES_TF_HALF_PIXEL_FOR_NN] = tf_half_pixel_for_nn,
    [RQ_COORDINATES_ALIGN_CORNERS] = align_corners,
};

/* With its padding. */
static int64_t in_length(const rq_resample_axis *axis)
{
    return axis->dim + axis->before + axis->after;
}

static float input_coordinate(const rq_resample_axis *axis, int64_t x)
{
    int64_t in = in_length(axis);
    if (axis->scale == 1.0f || axis->out == in) return (float)x;
    return coordinates[axis->coordinates]((float)x, axis->scale, (float)axis->out, (float)in);
}

/* -- nearest ---------------------------------------------------------------------------------- */

/* A coordinate that is whole; far outside the image, and NaN, as some place that is. */
static int64_t whole(float x)
{
    return (int64_t)fmaxf(-1e12f, fminf(x, 1e12f));
}

static int64_t round_coordinate(const rq_resample_axis *axis, float x)
{
    switch (axis->rounding) {
    case RQ_NEAREST_PREFER_CEIL:
        return whole(roundf(x));
    case RQ_NEAREST_FLOOR:
        return whole(floorf(x));
    case RQ_NEAREST_CEIL:
        return whole(ceilf(x));
    case RQ_NEAREST_SIMPLE:
        return whole(axis->scale < 1.0f ? ceilf(x) : truncf(x));
    default:
        return whole(ceilf(x - 0.5f));
    }
}

/* -- taps ------------------------------------------------------------------------------------- */

static int64_t clamp(int64_t x, int64_t low, int64_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* Tap t of output i: element `at` of the padded input, in range. */
static void put(rq_taps *taps, const rq_resample_axis *axis, int64_t i, int t, int64_t at,
                double weight)
{
    int64_t inside = at - axis->before;
    bool padding = inside < 0 || inside >= axis->dim;
    taps->index[i * taps->width + t] = padding ? 0 : (int32_t)inside;
    taps->weight[i * taps->width + t] = padding ? 0.0f : (float)weight;
}

static void put_clamped(rq_taps *taps, const rq_resample_axis *axis, int64_t i, int t, int64_t at,
                        double weight)
{
    put(taps, axis, i, t, clamp(at, 0, in_length(axis) - 1), weight);
}

static void fill_nearest(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    put_clamped(taps, axis, i, 0, round_coordinate(axis, input_coordinate(axis, i)), 1.0);
}

static void fill_linear_onnx(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    float last = (float)(in_length(axis) - 1);
    float x = fmaxf(0.0f, fminf(input_coordinate(axis, i), last));
    int64_t left = (int64_t)x;
    float share = x - (float)left;
    put_clamped(taps, axis, i, 0, left, 1.0f - share);
    put_clamped(taps, axis, i, 1, left + 1, share);
}

/* Source: R. Keys, "Cubic convolution interpolation for digital image processing", 1981, eq. 4. */
static double cubic_filter(double x, double a)
{
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static double triangle_filter(double x)
{
    return fmax(0.0, 1.0 - fabs(x));
}

static void fill_cubic(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    float x = input_coordinate(axis, i);
    float floor_x = floorf(x);
    for (int t = 0; t < 4; t++) {
        double distance = (double)(x - floor_x) - (t - 1);
        put_clamped(taps, axis, i, t, whole(floor_x) + t - 1,
                    cubic_filter(distance, axis->cube_coeff));
    }
}

/* Makes the weights from `first` on add up to 1. */
static void normalize(float *weight, int n, double sum)
{
    for (int t = 0; t < n; t++) weight[t] = sum != 0.0 ? (float)(weight[t] / sum) : 0.0f;
}

/* How far the triangle of mode linear reaches, and how much narrower it is (below 1: wider). */
static int linear_radius(const rq_resample_axis *axis, double *narrow)
{
    *narrow = axis->antialias ? (double)axis->scale : 1.0;
    if (axis->scale > 1.0f) return 2;
    double radius = ceil(2.0 / *narrow), limit = 2.0 * (double)in_length(axis) + 2.0;
    return (int)(radius < limit ? radius : limit);
}

static void fill_linear(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    double narrow, sum = 0.0;
    int radius = linear_radius(axis, &narrow);
    float x = input_coordinate(axis, i);
    int64_t middle = whole(roundf(x)), n = in_length(axis);
    for (int t = 0; t <= 2 * radius; t++) {
        int64_t at = middle + t - radius;
        bool outside = at < 0 || at >= n;
        double w = outside ? 0.0 : triangle_filter(narrow * ((double)x - (double)at));
        sum += w;
        put_clamped(taps, axis, i, t, at, w);
    }
    normalize(taps->weight + i * taps->width, taps->width, sum);
}

/* -- pillow ----------------------------------------------------------------------------------- */

typedef double filter_fn(double x);

/* Input elements per output element, at least 1: the filter's width grows with it. */
static double pillow_stretch(const rq_resample_axis *axis)
{
    return fmax(1.0, (double)in_length(axis) / (double)axis->out);
}

static void fill_pillow(rq_taps *taps, const rq_resample_axis *axis, int64_t i, filter_fn *filter,
                        double support)
{
    double stretch = pillow_stretch(axis), sum = 0.0;
    double centre = ((double)i + 0.5) * ((double)in_length(axis) / (double)axis->out);
    int64_t n = in_length(axis);
    int64_t first = clamp((int64_t)(centre - support * stretch + 0.5), 0, n);
    int64_t last = clamp((int64_t)(centre + support * stretch + 0.5), 0, n);
    for (int t = 0; t < taps->width; t++) {
        bool inside = first + t < last;
        double distance = ((double)(first + t) - centre + 0.5) / stretch;
        double w = inside ? filter(distance) : 0.0;
        sum += w;
        put_clamped(taps, axis, i, t, first + t, w);
    }
    normalize(taps->weight + i * taps->width, taps->width, sum);
}

static void fill_bilinear_pillow(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    fill_pillow(taps, axis, i, triangle_filter, 1.0);
}

/* OpenVINO's CPU plugin takes Pillow's coefficient, whatever cube_coeff says. */
static double pillow_cubic_filter(double x)
{
    return cubic_filter(x, -0.5);
}

static void fill_bicubic_pillow(rq_taps *taps, const rq_resample_axis *axis, int64_t i)
{
    fill_pillow(taps, axis, i, pillow_cubic_filter, 2.0);
}

/* -- the table of modes ----------------------------------------------------------------------- */

static int pillow_width(const rq_resample_axis *axis)
{
    double support = axis->mode == RQ_RESAMPLE_BICUBIC_PILLOW ? 2.0 : 1.0;
    return (int)ceil(support * pillow_stretch(axis)) * 2 + 1;
}

static int linear_width(const rq_resample_axis *axis)
{
    double narrow;
    return 2 * linear_radius(axis, &narrow) + 1;
}

typedef struct mode_row {
    int width;
    int (*find_width)(const rq_resample_axis *axis); /* where the width is not fixed */
    void (*fill)(rq_taps *taps, const rq_resample_axis *axis, int64_t i);
} mode_row;

static const mode_row modes[] = {
    [RQ_RESAMPLE_NEAREST] = {1, NULL, fill_nearest},
    [RQ_RESAMPLE_LINEAR] = {0, linear_width, fill_linear},
    [RQ_RESAMPLE_LINEAR_ONNX] = {2, NULL, fill_linear_onnx},
    [RQ_RESAMPLE_CUBIC] = {4, NULL, fill_cubic},
    [RQ_RESAMPLE_BILINEAR_PILLOW] = {0, pillow_width, fill_bilinear_pillow},
    [RQ_RESAMPLE_BICUBIC_PILLOW] = {0, pillow_width, fill_bicubic_pillow},
};

int rq_taps_width(const rq_resample_axis *axis)
{
    const mode_row *mode = &modes[axis->mode];
    return mode->find_width ? mode->find_width(axis) : mode->width;
}

void rq_taps_fill(rq_taps *taps, const rq_resample_axis *axis)
{
    taps->n = axis->out;
    taps->width = rq_taps_width(axis);
    for (int64_t i = 0; i < taps->n; i++) modes[axis->mode].fill(taps, axis, i);
}
