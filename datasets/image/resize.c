#include "datasets/image/resize.h"

#include "datasets/image/resize_kernels.h"
#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* Keys 1981, "Cubic convolution interpolation", eq. 4 with a = -0.5. */
static double cubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

/* X(name, half width, weight, what it is) */
#define FILTERS(X)                                                                                 \
    X("bilinear", 1.0, triangle, "triangle of width 2, antialiased (the usual one)")               \
    X("bicubic", 2.0, cubic, "cubic of width 4 (a = -0.5), antialiased: sharper")                  \
    X("box", 0.5, box, "mean of the pixels covered")                                               \
    X("nearest", 0.0, NULL, "the nearest pixel, not antialiased")

#define FILTER(name, support, weight, help) {name, support, weight},
#define CHOICE(name, support, weight, help) {name, help, NULL},
static const rq_filter filters[] = {FILTERS(FILTER)};
const rq_keyword rq_filter_keywords[] = {FILTERS(CHOICE){NULL, NULL, NULL}};
#undef FILTER
#undef CHOICE

const rq_filter *rq_filter_at(size_t i)
{
    return i < sizeof filters / sizeof *filters ? &filters[i] : NULL;
}

const rq_filter *rq_filter_find(const char *name)
{
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (strcmp(filters[i].name, name) == 0) return &filters[i];
    return NULL;
}

static void axis_free(rq_resize_axis *axis)
{
    free(axis->first);
    free(axis->count);
    free(axis->high);
    free(axis->low);
    *axis = (rq_resize_axis){0};
}

void rq_resize_scratch_free(rq_resize_scratch *scratch)
{
    if (!scratch) return;
    axis_free(&scratch->across);
    axis_free(&scratch->down);
    rq_image_free(&scratch->middle);
}

static rq_status axis_reserve(rq_resize_axis *axis, size_t n, size_t taps)
{
    axis->n = n;
    axis->taps = taps;
    if (n > axis->capacity_n) {
        RQ_TRY(rq_realloc(&axis->first, n, sizeof *axis->first, "resizing"));
        RQ_TRY(rq_realloc(&axis->count, n, sizeof *axis->count, "resizing"));
        axis->capacity_n = n;
    }
    if (n * taps > axis->capacity_weights) {
        RQ_TRY(rq_realloc(&axis->high, n * taps, sizeof *axis->high, "resizing"));
        RQ_TRY(rq_realloc(&axis->low, n * taps, sizeof *axis->low, "resizing"));
        axis->capacity_weights = n * taps;
    }
    memset(axis->high, 0, n * taps * sizeof *axis->high);
    memset(axis->low, 0, n * taps * sizeof *axis->low);
    return RQ_OK;
}

static void store_weight(rq_resize_axis *axis, size_t at, double weight)
{
    double scaled = weight * (1 << RQ_RESIZE_BITS);
    int32_t fixed = (int32_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    axis->low[at] = (int16_t)(fixed & ((1 << RQ_RESIZE_LOW_BITS) - 1));
    axis->high[at] = (int16_t)((fixed - axis->low[at]) / (1 << RQ_RESIZE_LOW_BITS));
}

static int clamp(int x, int low, int high)
{
    return x < low ? low : x > high ? high : x;
}

/* Weights of output `i` of the whole axis into slot `slot`. */
static void fill_output(rq_resize_axis *axis, size_t slot, int i, int n_in, double scale,
                        const rq_filter *filter)
{
    double wide = scale > 1.0 ? scale : 1.0, support = filter->support * wide;
    double centre = (i + 0.5) * scale, total = 0.0, narrow = 1.0 / wide;
    int first = clamp((int)(centre - support + 0.5), 0, n_in);
    int count = clamp((int)(centre + support + 0.5), 0, n_in) - first;
    axis->first[slot] = first;
    axis->count[slot] = count;
    for (int k = 0; k < count; k++) total += filter->weight((k + first - centre + 0.5) * narrow);
    for (int k = 0; k < count; k++) {
        double weight = filter->weight((k + first - centre + 0.5) * narrow);
        store_weight(axis, slot * axis->taps + (size_t)k, total != 0.0 ? weight / total : weight);
    }
}

/* Nearest is a filter of one tap of weight 1. The positions are summed up, not multiplied, as
 * Pillow does, for both to round alike. */
static void fill_nearest(rq_resize_axis *axis, int begin, int n_in, double scale)
{
    double centre = scale * 0.5;
    for (int i = 0; i < begin + (int)axis->n; i++, centre += scale) {
        if (i < begin) continue;
        size_t slot = (size_t)(i - begin);
        axis->first[slot] = clamp((int)centre, 0, n_in - 1);
        axis->count[slot] = 1;
        store_weight(axis, slot * axis->taps, 1.0);
    }
}

/* Outputs [begin, begin + n) of n_out. */
static rq_status axis_fill(rq_resize_axis *axis, int n_in, int n_out, int begin, int n,
                           const rq_filter *filter)
{
    double scale = (double)n_in / n_out, wide = scale > 1.0 ? scale : 1.0;
    size_t taps = (size_t)ceil(filter->support * wide) * 2 + 1;
    RQ_TRY(axis_reserve(axis, (size_t)n, rq_round_up(taps, 4)));
    if (!filter->weight) {
        fill_nearest(axis, begin, n_in, scale);
        return RQ_OK;
    }
    for (int i = 0; i < n; i++) fill_output(axis, (size_t)i, begin + i, n_in, scale, filter);
    return RQ_OK;
}

static rq_status check_window(const rq_resize_job *job)
{
    RQ_TRY(rq_image_check_size(job->width, job->height));
    if (job->left < 0 || job->top < 0 || job->window_width < 1 || job->window_height < 1 ||
        job->window_width > job->width - job->left || job->window_height > job->height - job->top)
        return rq_fail(RQ_EARG, "a crop of %dx%d does not fit into an image of %dx%d",
                       job->window_width, job->window_height, job->width, job->height);
    return RQ_OK;
}

static void pass_across(uint8_t *dst, const uint8_t *src, size_t src_stride, int rows, int channels,
                        const rq_resize_axis *axis, const rq_resize_kernels *kernels)
{
    size_t dst_stride = axis->n * (size_t)channels;
    for (int y = 0; y < rows; y++, dst += dst_stride, src += src_stride)
        kernels->across(dst, src, axis, channels);
}

/* A pass that changes nothing weighs one input by 1: its bytes come through as they are, so no
 * size needs a special case. */
rq_status rq_resize_with(const rq_resize_kernels *kernels, rq_image *out, const rq_image *in,
                         const rq_resize_job *job, rq_resize_scratch *scratch)
{
    RQ_TRY(check_window(job));
    rq_resize_axis *across = &scratch->across, *down = &scratch->down;
    rq_image *middle = &scratch->middle;
    RQ_TRY(axis_fill(across, in->width, job->width, job->left, job->window_width, job->filter));
    RQ_TRY(axis_fill(down, in->height, job->height, job->top, job->window_height, job->filter));
    int last = job->window_height - 1, top = down->first[0];
    int rows = down->first[last] + down->count[last] - top;
    RQ_TRY(rq_image_reserve(middle, job->window_width, rows, in->channels));
    RQ_TRY(rq_image_reserve(out, job->window_width, job->window_height, in->channels));
    pass_across(middle->pixels, in->pixels + (size_t)top * rq_image_stride(in), rq_image_stride(in),
                rows, in->channels, across, kernels);
    size_t stride = rq_image_stride(middle);
    for (size_t y = 0; y < down->n; y++)
        kernels->down(out->pixels + y * stride,
                      middle->pixels + (size_t)(down->first[y] - top) * stride, stride, down, y,
                      stride);
    return RQ_OK;
}

rq_status rq_resize(rq_image *out, const rq_image *in, const rq_resize_job *job,
                    rq_resize_scratch *scratch)
{
    return rq_resize_with(rq_resize_kernels_get(), out, in, job, scratch);
}
