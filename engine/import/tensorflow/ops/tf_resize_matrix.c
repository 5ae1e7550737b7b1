/* TensorFlow's resizes that the IR's Interpolate lacks, as products with matrices.
 *
 * Bicubic weights are those of its kernel (resize_bicubic_op.cc, GetWeightsAndIndices): Keys' with
 * half pixels, where taps outside of the image do not count; else those of a = -0.75, where the
 * edge goes on. Fractions are rounded to 1/1024. Weights of areas (resize_area_op.cc) are the parts
 * of the elements that an output covers. */
#include "engine/import/axis_product.h"
#include "engine/import/tensorflow/ops/tf_resize_matrix.h"

#include <math.h>

#define TABLE_SIZE 1024.0f
#define MAX_WEIGHTS ((int64_t)1 << 24)

/* One axis. */
typedef struct axis {
    int64_t in, out;
    bool half_pixel, corners, area;
} axis;

static float scale_of(const axis *s)
{
    return s->corners && s->out > 1 ? (float)(s->in - 1) / (float)(s->out - 1)
                                    : (float)s->in / (float)s->out;
}

static float place_of(const axis *s, int64_t i)
{
    float scale = scale_of(s);
    return s->half_pixel ? ((float)i + 0.5f) * scale - 0.5f : (float)i * scale;
}

static double kernel(double x, double a)
{
    x = fabs(x);
    if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a : 0.0;
}

static void fill_area_row(float *row, const void *ctx, int64_t i)
{
    const axis *s = ctx;
    float scale = scale_of(s), begin = (float)i * scale, end = (float)(i + 1) * scale;
    if (scale == 0.0f) row[0] = 1.0f; /* of one element, by its corners */
    for (int64_t k = (int64_t)floorf(begin); k < (int64_t)ceilf(end); k++) {
        float part = fminf((float)(k + 1), end) - fmaxf((float)k, begin);
        row[k < s->in ? k : s->in - 1] += part / scale;
    }
}

static void fill_bicubic_row(float *row, const void *ctx, int64_t i)
{
    const axis *s = ctx;
    float place = place_of(s, i), low = floorf(place);
    double part = (double)(rintf((place - low) * TABLE_SIZE) / TABLE_SIZE), sum = 0.0;
    for (int64_t k = -1; k <= 2; k++) {
        int64_t to = (int64_t)low + k;
        double weight = kernel((double)k - part, s->half_pixel ? -0.5 : -0.75);
        bool outside = to < 0 || to >= s->in;
        if (s->half_pixel && outside) continue;
        to = to < 0 ? 0 : to >= s->in ? s->in - 1 : to;
        row[to] += (float)weight;
        sum += weight;
    }
    for (int64_t k = 0; s->half_pixel && k < s->in && sum != 0.0; k++)
        row[k] = (float)(row[k] / sum);
}

static rq_id resize_axis(rq_ir_builder *b, rq_id x, const axis *s, int64_t at)
{
    rq_axis_rows rows = {s->area ? fill_area_row : fill_bicubic_row, s, s->out, s->in};
    return s->in == s->out ? x : rq_emit_axis_product(b, x, &rows, at);
}

rq_id rq_tf_resize_by_matrix(rq_ir_builder *b, rq_id x, bool area)
{
    int64_t sizes[RQ_MAX_RANK];
    size_t n;
    rq_shape shape = rq_ir_builder_shape(b, x);
    axis s = {.area = area,
              .half_pixel = rq_framework_int(b->node, "half_pixel_centers", 0) != 0,
              .corners = rq_framework_int(b->node, "align_corners", 0) != 0};
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, 1), sizes, RQ_MAX_RANK, &n) || n != 2 ||
        shape.rank != 4)
        return RQ_NONE;
    for (int i = 0; i < 2; i++)
        if (shape.d[i + 2] < 1 || sizes[i] < 1 || sizes[i] > MAX_WEIGHTS / shape.d[i + 2])
            return RQ_NONE;
    for (int i = 0; i < 2; i++) {
        s.in = shape.d[i + 2];
        s.out = sizes[i];
        x = resize_axis(b, x, &s, i + 2);
    }
    return x;
}
