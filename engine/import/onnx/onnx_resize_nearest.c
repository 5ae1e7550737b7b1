/* ONNX's nearest elements where they lie halfway between two. */
#include "engine/import/onnx/onnx_resize.h"

#include <math.h>
#include <string.h>

#define MAX_INDICES ((int64_t)1 << 24)

/* One axis. */
typedef struct axis {
    int64_t in, out;
    float scale;
    float centre, shift; /* output i lies at (i + centre) / scale - shift */
    bool first;          /* the only output is the first element */
    const char *rounding;
} axis;

/* Where output i lies, in the arithmetic of OpenVINO and of ONNX Runtime. */
static float place_of(const axis *s, int64_t i)
{
    if (s->out == 1 && s->first) return 0.0f;
    return ((float)i + s->centre) / s->scale - s->shift;
}

static int64_t nearest(const axis *s, float place)
{
    float whole;
    if (!strcmp(s->rounding, "floor"))
        whole = floorf(place);
    else if (!strcmp(s->rounding, "ceil"))
        whole = ceilf(place);
    else if (!strcmp(s->rounding, "round_prefer_ceil"))
        whole = floorf(place + 0.5f);
    else
        whole = ceilf(place - 0.5f);
    return (int64_t)fmaxf(0.0f, fminf(whole, (float)(s->in - 1)));
}

static float settle(float place)
{
    float low = floorf(place);
    return fabsf(place - low - 0.5f) < 1e-5f ? low + 0.5f : place;
}

static bool differs(const axis *s)
{
    for (int64_t i = 0; i < s->out; i++)
        if (nearest(s, place_of(s, i)) != nearest(s, settle(place_of(s, i)))) return true;
    return false;
}

static rq_id pick(rq_ir_builder *b, const axis *s, rq_id x, int64_t at)
{
    int64_t *index = rq_arena_alloc(b->arena, (size_t)s->out, sizeof *index);
    if (!rq_ir_builder_ok(b, index ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < s->out; i++) index[i] = nearest(s, settle(place_of(s, i)));
    return rq_emit_gather(b, x, rq_emit_ints(b, index, (size_t)s->out), at);
}

/* False where sizes are not known. */
static bool read_axis(axis *s, rq_ir_builder *b, const rq_onnx_resizing *r, size_t i)
{
    const rq_tensor *t = rq_ir_builder_const(b, r->amount);
    rq_shape shape = rq_ir_builder_shape(b, r->x);
    int64_t dim = r->axes[i] < shape.rank ? shape.d[r->axes[i]] : RQ_DYNAMIC;
    if (!t || i >= rq_tensor_count(t) || dim < 1) return false;
    double amount = rq_load_f64(t->data, t->dtype, i);
    double out = r->by_sizes ? amount : floor(amount * (double)dim);
    if (!(out >= 1.0 && out <= (double)MAX_INDICES)) return false;
    s->in = dim;
    s->out = (int64_t)out;
    s->scale = r->by_sizes ? (float)out / (float)dim : (float)amount;
    if (r->scale > 0.0f) s->scale = r->scale;
    return s->in != s->out || s->scale != 1.0f;
}

void rq_onnx_resize_nearest_halves(rq_ir_builder *b, rq_onnx_resizing *r, const char *coordinates,
                                   const char *rounding)
{
    bool asymmetric = !strcmp(coordinates, "asymmetric");
    bool unshifted = asymmetric || !strcmp(coordinates, "tf_half_pixel_for_nn");
    axis s = {.centre = asymmetric ? 0.0f : 0.5f,
              .shift = unshifted ? 0.0f : 0.5f,
              .first = !strcmp(coordinates, "pytorch_half_pixel"),
              .rounding = rounding};
    bool halves = strcmp(coordinates, "align_corners") != 0 && !strncmp(rounding, "round_", 6);
    if (!halves && r->scale == 0.0f) return;
    for (size_t i = 0; i < r->n; i++) {
        if (!read_axis(&s, b, r, i) || (r->scale == 0.0f && !differs(&s))) continue;
        r->x = pick(b, &s, r->x, r->axes[i]);
        r->done[i] = true;
    }
}
