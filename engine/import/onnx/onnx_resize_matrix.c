/* ONNX's Resize as products with matrices. The weights are those of ONNX's operator specification,
 * Resize-19: linear and cubic kernels, made wider by the scale when an antialiased image shrinks.
 */
#include "engine/base/callbacks.h"
#include "engine/import/axis_product.h"
#include "engine/import/onnx/onnx_resize.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MAX_WEIGHTS ((int64_t)1 << 24)

/* One axis. */
typedef struct axis {
    int64_t in, out;
    double scale; /* out / in, before out was rounded */
    const char *coordinates;
    bool cubic, antialias, exclude;
    double a; /* of the cubic kernel */
} axis;

/* -- weights --------------------------------------------------------------------------------- */

/* Where on the axis output i lies. */
static double source_of(const axis *s, int64_t i)
{
    double width = s->scale * (double)s->in, centre = ((double)i + 0.5) / s->scale - 0.5;
    if (!strcmp(s->coordinates, "asymmetric")) return (double)i / s->scale;
    if (!strcmp(s->coordinates, "align_corners"))
        return width == 1.0 ? 0.0 : (double)i * (double)(s->in - 1) / (width - 1.0);
    if (!strcmp(s->coordinates, "half_pixel_symmetric"))
        return (double)s->in / 2.0 * (1.0 - (double)s->out / width) + centre;
    if (!strcmp(s->coordinates, "pytorch_half_pixel") && s->out == 1) return 0.0;
    return centre;
}

static double kernel(const axis *s, double x)
{
    double a = s->a;
    x = fabs(x);
    if (!s->cubic) return x < 1.0 ? 1.0 - x : 0.0;
    if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    return x < 2.0 ? ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a : 0.0;
}

#define FAR_OFF 1e12 /* outside any image, and a whole number */

/* The weights of output i: outside the image its edge counts, or nothing does. */
static void fill_row(float *row, const void *ctx, int64_t i)
{
    const axis *s = ctx;
    double at = source_of(s, i), base = fmax(-FAR_OFF, fmin(floor(at), FAR_OFF)), sum = 0.0;
    double shrink = s->antialias && s->scale < 1.0 ? s->scale : 1.0;
    int64_t reach = -(int64_t)floor(-(s->cubic ? 2.0 : 1.0) / shrink) - 1;
    for (int64_t k = -reach; k <= reach + 1; k++) {
        int64_t to = (int64_t)base + k;
        double weight = kernel(s, (base + (double)k - at) * shrink);
        if (s->exclude && (to < 0 || to >= s->in)) continue;
        to = to < 0 ? 0 : to >= s->in ? s->in - 1 : to;
        row[to] += (float)weight;
        sum += weight;
    }
    for (int64_t k = 0; k < s->in && sum != 0.0; k++) row[k] = (float)(row[k] / sum);
}

static rq_id resize_axis(rq_ir_builder *b, rq_id x, const axis *s, int64_t at)
{
    return rq_emit_axis_product(b, x, &(rq_axis_rows){fill_row, s, s->out, s->in}, at);
}

/* -- the graph ------------------------------------------------------------------------------- */

static bool whole(double x)
{
    return fabs(x - round(x)) < 1e-4;
}

bool rq_onnx_resize_is_special(rq_ir_builder *b, const rq_onnx_resizing *r)
{
    const char *coordinates = rq_framework_string(b->node, "coordinate_transformation_mode", "");
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    if (!strcmp(rq_framework_string(b->node, "mode", "nearest"), "nearest")) return false;
    if (r->scale > 0.0f || rq_framework_int(b->node, "exclude_outside", 0) ||
        rq_framework_int(b->node, "antialias", 0))
        return true;
    if (r->by_sizes) return false;
    if (!strcmp(coordinates, "half_pixel_symmetric")) return true;
    if (strcmp(coordinates, "align_corners") != 0 || !t) return false;
    for (size_t i = 0; i < r->n && i < rq_tensor_count(t); i++) {
        int64_t dim = r->axes[i] < shape.rank ? shape.d[r->axes[i]] : RQ_DYNAMIC;
        double scale = rq_load_f64(t->data, t->dtype, i);
        if (dim != RQ_DYNAMIC && !whole((double)dim * scale)) return true;
    }
    return false;
}

static bool read_axis(axis *s, rq_ir_builder *b, const rq_onnx_resizing *r, size_t i)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    int64_t dim = r->axes[i] < shape.rank ? shape.d[r->axes[i]] : RQ_DYNAMIC;
    double amount = t && i < rq_tensor_count(t) ? rq_load_f64(t->data, t->dtype, i) : 0.0;
    if (dim < 1 || !(amount > 0.0)) {
        rq_ir_builder_unmapped(b, "its sizes are not constant (--input_shape may help)");
        return false;
    }
    s->in = dim;
    s->scale = r->by_sizes ? amount / (double)dim : amount;
    if (r->scale > 0.0f) s->scale = (double)r->scale;
    double out = r->by_sizes ? amount : floor(amount * (double)dim + 1e-5);
    if (out < 1.0 || out * (double)dim > (double)MAX_WEIGHTS) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "an axis of %" PRId64 " resized to %.9g", dim, out);
        return false;
    }
    s->out = (int64_t)out;
    return true;
}

/* ONNX's test data take the scaled size before it is rounded down, ONNX Runtime the rounded one, as
 * it and ONNX both do of `sizes`. */
static void tell_of_two_ways(const rq_ir_builder *b, const rq_onnx_resizing *r, const axis *s)
{
    if (r->by_sizes || strcmp(s->coordinates, "align_corners") != 0) return;
    if (whole((double)s->in * s->scale)) return;
    rq_log("Resize '%s': align_corners, where %" PRId64
           " times %.4g is no whole size, is computed as ONNX's test data have it; ONNX Runtime "
           "gives other values (of `sizes` instead of `scales` both give the same)",
           b->node->name, s->in, s->scale);
}

rq_id rq_onnx_resize_by_matrix(rq_ir_builder *b, const rq_onnx_resizing *r)
{
    rq_id x = r->x;
    axis s = {.coordinates =
                  rq_framework_string(b->node, "coordinate_transformation_mode", "half_pixel"),
              .cubic = !strcmp(rq_framework_string(b->node, "mode", "nearest"), "cubic"),
              .antialias = rq_framework_int(b->node, "antialias", 0) != 0,
              .exclude = rq_framework_int(b->node, "exclude_outside", 0) != 0,
              .a = rq_framework_float(b->node, "cubic_coeff_a", -0.75)};
    for (size_t i = 0; i < r->n; i++) {
        if (!read_axis(&s, b, r, i)) return RQ_NONE;
        tell_of_two_ways(b, r, &s);
        if (s.in != s.out || s.scale != 1.0) x = resize_axis(b, x, &s, r->axes[i]);
    }
    return x;
}
