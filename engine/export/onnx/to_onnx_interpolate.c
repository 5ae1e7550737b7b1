/* Interpolate as Resize. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/ops/common/interpolate_plan.h"

/* Versions differ in where sizes, scales and axes are, as interpolate_plan.c reads them. */
typedef struct resize {
    const char *x;
    int rank, mode, coordinates, rounding;
    bool by_size;
    uint32_t port; /* of sizes or scales */
    size_t n;
    int64_t axes[RQ_MAX_RANK];
} resize;

static void read_axes(rq_to_onnx *w, resize *r, uint32_t port)
{
    const rq_interpolate_attrs *a = w->attrs;
    if (w->version < 4) {
        r->n = a->axes.n;
        for (size_t i = 0; i < r->n && i < RQ_MAX_RANK; i++) r->axes[i] = a->axes.v[i];
    } else if (rq_to_onnx_has(w, port)) {
        rq_to_onnx_require_ints(w, port, r->axes, RQ_MAX_RANK, &r->n, "its axes");
    } else {
        r->n = (size_t)r->rank;
        for (size_t i = 0; i < r->n; i++) r->axes[i] = (int64_t)i;
    }
    for (size_t i = 0; i < r->n; i++)
        if (r->axes[i] < 0) r->axes[i] += r->rank;
}

/* Interpolate-1, as OpenVINO turns it into Interpolate-4. */
static void set_version_1(resize *r, const rq_interpolate_attrs *a, bool pads)
{
    bool spatial = r->rank == 4 && r->n == 2 && r->axes[0] == 2 && r->axes[1] == 3;
    r->by_size = true;
    r->rounding = RQ_NEAREST_SIMPLE;
    r->coordinates = a->align_corners ? RQ_COORDINATES_ALIGN_CORNERS
                     : r->mode == RQ_RESAMPLE_LINEAR && !pads && !spatial
                         ? RQ_COORDINATES_HALF_PIXEL
                         : RQ_COORDINATES_ASYMMETRIC;
}

static const char *pad(rq_to_onnx *w, const char *x, int rank, bool *padded)
{
    const rq_interpolate_attrs *a = w->attrs;
    int64_t pads[2 * RQ_MAX_RANK] = {0};
    *padded = false;
    for (int d = 0; d < rank; d++) {
        if ((size_t)d < a->pads_begin.n) pads[d] = a->pads_begin.v[d];
        if ((size_t)d < a->pads_end.n) pads[rank + d] = a->pads_end.v[d];
        *padded = *padded || pads[d] || pads[rank + d];
    }
    if (!*padded) return x;
    return rq_to_onnx_emit(w, "Pad", RQ_NAMES(x, rq_to_onnx_ints(w, pads, 2 * (size_t)rank)));
}

static void read_resize(rq_to_onnx *w, resize *r)
{
    const rq_interpolate_attrs *a = w->attrs;
    bool padded;
    *r = (resize){.rank = rq_to_onnx_rank(w, 0),
                  .mode = a->mode,
                  .coordinates = a->coordinates,
                  .rounding = a->rounding,
                  .by_size = !a->shape_calculation_mode,
                  .port = 1};
    read_axes(w, r, w->version < 11 ? 3 : 2);
    r->x = pad(w, rq_to_onnx_in(w, 0), r->rank, &padded);
    if (w->version < 4)
        set_version_1(r, a, padded);
    else if (w->version < 11 && !r->by_size)
        r->port = 2;
    if (r->mode == RQ_RESAMPLE_BILINEAR_PILLOW || r->mode == RQ_RESAMPLE_BICUBIC_PILLOW)
        rq_to_onnx_fail(w, "its mode is the Python Imaging Library's");
    /* Below five dimensions OpenVINO has none, and above it another than ONNX. */
    if (a->antialias && r->mode == RQ_RESAMPLE_LINEAR && r->rank >= 5)
        rq_to_onnx_fail(w, "it is of %d dimensions and antialiased", r->rank);
}

/* "simple": up where it shrinks, down where it grows; ONNX has one rounding for all dimensions. */
static int simple_rounding(rq_to_onnx *w, const resize *r)
{
    const rq_shape *in = &rq_to_onnx_value_in(w, 0)->shape;
    const rq_shape *out = &rq_to_onnx_value_out(w, 0)->shape;
    bool shrinks = false, grows = false;
    for (int d = 0; d < r->rank; d++) {
        if (in->d[d] < 0 || out->d[d] < 0) continue;
        shrinks = shrinks || out->d[d] < in->d[d];
        grows = grows || out->d[d] > in->d[d];
    }
    if (shrinks && grows) rq_to_onnx_fail(w, "nearest_mode simple where it shrinks and grows");
    return shrinks ? RQ_NEAREST_CEIL : RQ_NEAREST_FLOOR;
}

/* ONNX has no coordinates for nearest neighbours alone: half a pixel less, rounded up at the half.
 */
static void settle_nearest(rq_to_onnx *w, resize *r)
{
    if (r->rounding == RQ_NEAREST_SIMPLE) r->rounding = simple_rounding(w, r);
    if (r->coordinates != RQ_COORDINATES_TF_HALF_PIXEL_FOR_NN) return;
    if (r->rounding == RQ_NEAREST_FLOOR) r->coordinates = RQ_COORDINATES_HALF_PIXEL;
    r->rounding = RQ_NEAREST_PREFER_CEIL;
}

/* Sizes or scales of all dimensions, where they are known: what every runtime reads. */
static bool all_sizes(rq_to_onnx *w, const resize *r, int64_t *sizes)
{
    const rq_shape *in = &rq_to_onnx_value_in(w, 0)->shape;
    int64_t given[RQ_MAX_RANK];
    size_t n;
    if (!rq_to_onnx_known_ints(w, r->port, given, RQ_MAX_RANK, &n) || n != r->n) return false;
    for (int d = 0; d < r->rank; d++) sizes[d] = in->d[d];
    for (size_t i = 0; i < n; i++) sizes[r->axes[i]] = given[i];
    for (int d = 0; d < r->rank; d++)
        if (sizes[d] < 0) return false;
    return true;
}

static const char *all_scales(rq_to_onnx *w, const resize *r)
{
    float scales[RQ_MAX_RANK];
    rq_tensor t;
    if (!rq_to_onnx_known(w, w->node->in[r->port], &t) || rq_tensor_count(&t) != r->n) return "";
    for (int d = 0; d < r->rank; d++) scales[d] = 1.0F;
    for (size_t i = 0; i < r->n; i++) scales[r->axes[i]] = (float)rq_load_f64(t.data, t.dtype, i);
    return rq_to_onnx_floats(w, rq_to_onnx_layer_name(w, "scales"), scales, (size_t)r->rank);
}

static bool write_resize(rq_to_onnx *w, const resize *r)
{
    int64_t sizes[RQ_MAX_RANK];
    const char *none = "", *scales = r->by_size ? none : all_scales(w, r);
    bool all = r->by_size ? all_sizes(w, r, sizes) : *scales != '\0';
    if (r->by_size)
        rq_to_onnx_result(w, "Resize",
                          RQ_NAMES(r->x, none, none,
                                   all ? rq_to_onnx_ints(w, sizes, (size_t)r->rank)
                                       : rq_to_onnx_in_i64(w, r->port)));
    else
        rq_to_onnx_result(w, "Resize",
                          RQ_NAMES(r->x, none, all ? scales : rq_to_onnx_in(w, r->port)));
    return all;
}

void rq_to_onnx_interpolate(rq_to_onnx *w)
{
    static const char *const modes[] = {"nearest", "linear", "linear", "cubic"};
    static const char *const coordinates[] = {"half_pixel", "pytorch_half_pixel", "asymmetric",
                                              NULL, "align_corners"};
    static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                            "ceil"};
    const rq_interpolate_attrs *a = w->attrs;
    resize r;
    read_resize(w, &r);
    if (r.mode == RQ_RESAMPLE_NEAREST) settle_nearest(w, &r);
    if (r.coordinates == RQ_COORDINATES_TF_HALF_PIXEL_FOR_NN)
        rq_to_onnx_fail(w, "tf_half_pixel_for_nn is not of nearest neighbours rounded down");
    if (w->status != RQ_OK) return;
    bool all = write_resize(w, &r);
    if (!all) rq_to_onnx_set_ints(w, "axes", r.axes, r.n);
    rq_to_onnx_set_string(w, "mode", modes[r.mode]);
    rq_to_onnx_set_string(w, "coordinate_transformation_mode", coordinates[r.coordinates]);
    if (r.mode == RQ_RESAMPLE_NEAREST)
        rq_to_onnx_set_string(w, "nearest_mode", roundings[r.rounding]);
    if (r.mode == RQ_RESAMPLE_CUBIC) rq_to_onnx_set_float(w, "cubic_coeff_a", a->cube_coeff);
}
