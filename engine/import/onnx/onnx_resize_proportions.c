/* ONNX's sizes that keep an image's proportions: all axes get the scale of the one that fits least
 * (not_larger) or most (not_smaller), in the arithmetic of ONNX Runtime. */
#include "engine/import/onnx/onnx_resize.h"

#include "engine/base/round.h"

#include <math.h>
#include <string.h>

#define TOLERANCE 1e-4f /* of a size: below that, scales and sizes say the same */

typedef struct proportions {
    float dims[RQ_MAX_RANK], sizes[RQ_MAX_RANK]; /* before and after */
    float scale;
} proportions;

static bool read_scale(proportions *p, rq_ir_builder *b, const rq_onnx_resizing *r, bool larger)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    if (!t || rq_tensor_count(t) != r->n) return false;
    for (size_t i = 0; i < r->n; i++) {
        int64_t dim = r->axes[i] < shape.rank ? shape.d[r->axes[i]] : RQ_DYNAMIC;
        if (dim < 1) return false;
        p->dims[i] = (float)dim;
        float scale = (float)rq_load_f64(t->data, t->dtype, i) / p->dims[i];
        if (!(scale > 0.0f)) return false;
        if (i == 0 || (larger ? scale > p->scale : scale < p->scale)) p->scale = scale;
    }
    for (size_t i = 0; i < r->n; i++) p->sizes[i] = fmaxf(1.0f, roundf(p->scale * p->dims[i]));
    return r->n > 0;
}

/* Are the sizes those that the dimensions have at the scale, and not rounded? */
static bool is_exact(const proportions *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fabsf(p->scale * p->dims[i] - p->sizes[i]) > TOLERANCE) return false;
    return true;
}

/* Does Interpolate, which rounds down, give these sizes at the scale? */
static bool is_rounded_down(const proportions *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float size = p->scale * p->dims[i];
        if (floorf(size) != p->sizes[i] || floorf(size + TOLERANCE) != p->sizes[i]) return false;
    }
    return true;
}

static rq_id emit_sizes(rq_ir_builder *b, const proportions *p, size_t n)
{
    int64_t sizes[RQ_MAX_RANK];
    for (size_t i = 0; i < n; i++) sizes[i] = rq_saturate_i64((double)p->sizes[i]);
    return rq_emit_ints(b, sizes, n);
}

static rq_id emit_scales(rq_ir_builder *b, const proportions *p, size_t n)
{
    float scales[RQ_MAX_RANK];
    for (size_t i = 0; i < n; i++) scales[i] = p->scale;
    return rq_emit_floats(b, scales, &(rq_shape){1, {(int64_t)n}});
}

bool rq_onnx_resize_keep_proportions(rq_ir_builder *b, rq_onnx_resizing *r)
{
    const char *policy = rq_framework_string(b->node, "keep_aspect_ratio_policy", "stretch");
    const char *coordinates = rq_framework_string(b->node, "coordinate_transformation_mode", "");
    proportions p = {0};
    if (!r->by_sizes || !strcmp(policy, "stretch")) return true;
    if (!read_scale(&p, b, r, !strcmp(policy, "not_smaller"))) {
        rq_ir_builder_unmapped(b,
                               "keep_aspect_ratio_policy %s of sizes that are not constant, or "
                               "of an image whose size is not known (--input_shape may help)",
                               policy);
        return false;
    }
    bool exact = is_exact(&p, r->n) || !strcmp(coordinates, "align_corners");
    r->by_sizes = exact || !is_rounded_down(&p, r->n);
    if (r->by_sizes && !exact) r->scale = p.scale;
    r->amount = r->by_sizes ? emit_sizes(b, &p, r->n) : emit_scales(b, &p, r->n);
    return b->status == RQ_OK;
}
