/* Settling a request against a model's input. */
#include "datasets/image/preprocess.h"

#include "engine/base/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the steps of settling need to know, and how to begin a message. */
typedef struct request {
    const rq_shape *shape;
    rq_dtype dtype;
    char about[64 + RQ_SHAPE_TEXT]; /* "input 'data' [1,3,224,224]" */
} request;

static bool may_be_channels(int64_t d)
{
    return d == 1 || d == 3;
}

static rq_status settle_layout(rq_image_plan *plan, const request *r)
{
    if (plan->settled.layout != RQ_LAYOUT_AUTO) return RQ_OK;
    bool first = may_be_channels(r->shape->d[1]), last = may_be_channels(r->shape->d[3]);
    if (first == last)
        return rq_fail(RQ_EARG,
                       "%s: cannot tell where the channels are (%s); give --layout nchw or nhwc",
                       r->about,
                       first ? "1 or 3 stands in both places"
                             : "images need 1 or 3 in the second or the last place");
    plan->settled.layout = first ? RQ_LAYOUT_NCHW : RQ_LAYOUT_NHWC;
    return RQ_OK;
}

static rq_status settle_channels(rq_image_plan *plan, const request *r, int64_t wanted)
{
    rq_channels *channels = &plan->settled.channels;
    if (*channels == RQ_CHANNELS_AUTO) *channels = wanted == 1 ? RQ_CHANNELS_GRAY : RQ_CHANNELS_RGB;
    plan->channels = *channels == RQ_CHANNELS_GRAY ? 1 : 3;
    if (wanted != RQ_DYNAMIC && wanted != plan->channels)
        return rq_fail(RQ_EARG, "%s: wants %" PRId64 " channel%s (layout %s); channels %s gives %d",
                       r->about, wanted, rq_plural((size_t)wanted),
                       rq_layout_keywords[plan->settled.layout].name,
                       rq_channels_keywords[*channels].name, plan->channels);
    return RQ_OK;
}

/* Fills in the step that makes the final size, when the user left it to the model. */
static void default_size(rq_preprocess *p, int64_t height, int64_t width)
{
    if (p->crop_width || p->resize_width || p->resize_height || height == RQ_DYNAMIC ||
        width == RQ_DYNAMIC)
        return;
    int *to_width = p->resize_shorter ? &p->crop_width : &p->resize_width;
    int *to_height = p->resize_shorter ? &p->crop_height : &p->resize_height;
    *to_width = (int)width;
    *to_height = (int)height;
}

static rq_status check_crop(const rq_preprocess *p, const request *r)
{
    int width = p->resize_shorter ? p->resize_shorter : p->resize_width;
    int height = p->resize_shorter ? p->resize_shorter : p->resize_height;
    /* With the ratio kept, one side may exceed the shorter one: only both together cannot. */
    bool too_wide = p->crop_width > width, too_high = p->crop_height > height;
    bool bad =
        p->resize_shorter ? too_wide && too_high : (width && too_wide) || (height && too_high);
    if ((width || height) && p->crop_width && bad)
        return rq_fail(RQ_EARG, "%s: a crop of %dx%d is larger than what resize leaves (%s%dx%d)",
                       r->about, p->crop_width, p->crop_height,
                       p->resize_shorter ? "at least " : "", width, height);
    return RQ_OK;
}

/* Nothing is left to fill where a side is open. */
static rq_status settle_fit(rq_preprocess *p, const request *r)
{
    if (rq_preprocess_leaves_side_open(p)) p->fit = RQ_FIT_STRETCH;
    if (p->fit == RQ_FIT_STRETCH || (!p->resize_shorter && !p->crop_width)) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: fit %s makes the exact size; remove %s", r->about,
                   rq_fit_keywords[p->fit].name,
                   p->resize_shorter ? "resize N (or give WxH)" : "crop");
}

/* An example of it, where the model has one. */
static void settle_open_side(rq_image_plan *plan, int64_t height, int64_t width)
{
    plan->open_side = rq_preprocess_leaves_side_open(&plan->settled);
    if (!plan->width && width != RQ_DYNAMIC) plan->width = (int)width;
    if (!plan->height && height != RQ_DYNAMIC) plan->height = (int)height;
}

static rq_status refuse_size(const rq_image_plan *plan, const request *r, int64_t height,
                             int64_t width)
{
    const char *what = plan->settled.crop_width ? "crop" : "resize";
    int64_t wide = width == RQ_DYNAMIC ? plan->width : width;
    int64_t high = height == RQ_DYNAMIC ? plan->height : height;
    return rq_fail(RQ_EARG,
                   "%s: wants images of %" PRId64 "x%" PRId64
                   " (width x height), %s gives %dx%d; give --%s %" PRId64 "x%" PRId64,
                   r->about, wide, high, what, plan->width, plan->height, what, wide, high);
}

static rq_status settle_size(rq_image_plan *plan, const request *r, int64_t height, int64_t width)
{
    rq_preprocess *p = &plan->settled;
    if (height > RQ_IMAGE_MAX_SIDE || width > RQ_IMAGE_MAX_SIDE || height == 0 || width == 0)
        return rq_fail(RQ_EARG, "%s: images have sides of 1 to %d", r->about, RQ_IMAGE_MAX_SIDE);
    RQ_TRY(settle_fit(p, r));
    default_size(p, height, width);
    plan->width = p->crop_width ? p->crop_width : p->resize_width;
    plan->height = p->crop_height ? p->crop_height : p->resize_height;
    if (!plan->width && !plan->height)
        return rq_fail(RQ_EARG,
                       "%s: its image size is dynamic; give --resize WxH or --crop, or one side "
                       "where the other follows from the image's ratio: --resize x%d for lines of "
                       "text",
                       r->about, height == RQ_DYNAMIC ? 48 : (int)height);
    settle_open_side(plan, height, width);
    if ((width != RQ_DYNAMIC && width != plan->width) ||
        (height != RQ_DYNAMIC && height != plan->height))
        return refuse_size(plan, r, height, width);
    return check_crop(p, r);
}

static rq_status settle_numbers(double x[3], size_t *n, double missing, const rq_image_plan *plan,
                                const request *r, const char *what)
{
    if (*n > 1 && *n != (size_t)plan->channels)
        return rq_fail(RQ_EARG, "%s: %s has %zu numbers for %d channel%s", r->about, what, *n,
                       plan->channels, plan->channels == 1 ? "" : "s");
    if (*n && rq_dtype_kind_of(r->dtype) != RQ_KIND_FLOAT)
        return rq_fail(RQ_EARG, "%s: takes %s, raw pixels; remove %s", r->about,
                       rq_dtype_name(r->dtype), what);
    for (size_t i = *n; i < (size_t)plan->channels; i++) x[i] = *n ? x[0] : missing;
    *n = (size_t)plan->channels;
    return RQ_OK;
}

static rq_status settle_pad(rq_image_plan *plan, const request *r)
{
    rq_preprocess *p = &plan->settled;
    if (p->n_pad > 1 && p->n_pad != (size_t)plan->channels)
        return rq_fail(RQ_EARG, "%s: pad has %zu numbers for %d channel%s", r->about, p->n_pad,
                       plan->channels, plan->channels == 1 ? "" : "s");
    for (size_t i = p->n_pad; i < 3; i++) p->pad[i] = p->n_pad == 1 ? p->pad[0] : 0;
    p->n_pad = (size_t)plan->channels;
    return RQ_OK;
}

static rq_status fill_values(rq_image_plan *plan, const request *r)
{
    for (int c = 0; c < plan->channels; c++)
        for (int x = 0; x < 256; x++) {
            double mean = plan->settled.mean[c], scale = plan->settled.scale[c];
            double value = (x - mean) / scale;
            if (!rq_fits_f32(value))
                return rq_fail(RQ_EARG, "%s: mean %g and scale %g turn pixels into %g, which %s",
                               r->about, mean, scale, value, "float32 cannot hold");
            plan->value[c][x] = (float)value;
        }
    return RQ_OK;
}

static rq_shape shape_of(const rq_image_plan *plan, int64_t h, int64_t w)
{
    bool nchw = plan->settled.layout == RQ_LAYOUT_NCHW;
    int64_t c = plan->channels;
    return rq_shape_make(4, nchw ? (int64_t[]){plan->batch, c, h, w}
                                 : (int64_t[]){plan->batch, h, w, c});
}

static void fill_shape(rq_image_plan *plan, int64_t batch)
{
    plan->batch = batch == RQ_DYNAMIC ? 1 : batch;
    plan->shape = shape_of(plan, plan->height, plan->width);
}

static rq_status settle(rq_image_plan *plan, const request *r)
{
    rq_preprocess *p = &plan->settled;
    const int64_t *d = r->shape->d;
    RQ_TRY(settle_layout(plan, r));
    bool nchw = p->layout == RQ_LAYOUT_NCHW;
    RQ_TRY(settle_channels(plan, r, nchw ? d[1] : d[3]));
    RQ_TRY(settle_size(plan, r, nchw ? d[2] : d[1], nchw ? d[3] : d[2]));
    RQ_TRY(settle_numbers(p->mean, &p->n_mean, 0.0, plan, r, "mean"));
    RQ_TRY(settle_numbers(p->scale, &p->n_scale, 1.0, plan, r, "scale"));
    RQ_TRY(settle_pad(plan, r));
    if (!p->filter) p->filter = rq_filter_at(0);
    RQ_TRY(fill_values(plan, r));
    fill_shape(plan, d[0]);
    return RQ_OK;
}

rq_status rq_preprocess_resolve(rq_image_plan *out, const rq_preprocess *preprocess,
                                const rq_shape *shape, rq_dtype dtype, const char *name)
{
    request r = {shape, dtype, ""};
    char text[RQ_SHAPE_TEXT];
    snprintf(r.about, sizeof r.about, "input '%.48s' %s", name, rq_shape_text(shape, text));
    if (shape->rank != 4)
        return rq_fail(RQ_EARG, "%s: images need an input of 4 dimensions", r.about);
    if (rq_dtype_kind_of(dtype) == RQ_KIND_OTHER)
        return rq_fail(RQ_EARG, "%s: images need a numeric input, this one is %s", r.about,
                       rq_dtype_name(dtype));
    rq_image_plan plan = {.settled = *preprocess};
    RQ_TRY(settle(&plan, &r));
    *out = plan;
    return RQ_OK;
}

size_t rq_image_plan_count(const rq_image_plan *plan)
{
    return (size_t)plan->channels * (size_t)plan->height * (size_t)plan->width;
}

rq_shape rq_image_plan_shape(const rq_image_plan *plan, const rq_image *image)
{
    return shape_of(plan, image->height, image->width);
}

static void describe_numbers(rq_buf *out, const char *name, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[32];
        for (int digits = 6; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, x[i]);
            if (strtod(text, NULL) == x[i]) break;
        }
        rq_buf_printf(out, "%s%s", i ? "," : name, text);
    }
}

static void describe_resize(const rq_preprocess *p, rq_buf *out)
{
    if (p->resize_shorter) {
        rq_buf_printf(out, "shorter:%d", p->resize_shorter);
    } else if (p->resize_width || p->resize_height) {
        if (p->resize_width) rq_buf_printf(out, "%d", p->resize_width);
        rq_buf_append(out, "x");
        if (p->resize_height) rq_buf_printf(out, "%d", p->resize_height);
    } else {
        rq_buf_append(out, "none");
    }
}

void rq_preprocess_describe(const rq_image_plan *plan, rq_buf *out)
{
    const rq_preprocess *p = &plan->settled;
    if (!p->filter) {
        rq_buf_append(out, RQ_NO_IMAGES);
        return;
    }
    rq_buf_append(out, "resize=");
    describe_resize(p, out);
    if (p->crop_width)
        rq_buf_printf(out, " crop=%dx%d", p->crop_width, p->crop_height);
    else
        rq_buf_append(out, " crop=none");
    rq_buf_printf(out, " filter=%s channels=%s", p->filter->name,
                  rq_channels_keywords[p->channels].name);
    describe_numbers(out, " mean=", p->mean, p->n_mean);
    describe_numbers(out, " scale=", p->scale, p->n_scale);
    rq_buf_printf(out, " layout=%s orientation=%s decode=%s", rq_layout_keywords[p->layout].name,
                  p->ignore_orientation ? "ignore" : "exif", p->full_decode ? "full" : "scaled");
    const int *at = p->rectangle;
    if (at[2]) rq_buf_printf(out, " crop-rect=%d,%d,%d,%d", at[0], at[1], at[2], at[3]);
    if (p->fit == RQ_FIT_STRETCH) return;
    rq_buf_printf(out, " fit=%s", rq_fit_keywords[p->fit].name);
    describe_numbers(out, " pad=", p->pad, p->n_pad);
}
