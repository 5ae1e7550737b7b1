/* Carrying out a plan on one image. */
#include "datasets/image/preprocess.h"

#include <math.h>

int rq_image_plan_least_side(const rq_image_plan *plan)
{
    const rq_preprocess *p = &plan->settled;
    if (p->full_decode || p->rectangle[2]) return 0;
    int longer = p->resize_width > p->resize_height ? p->resize_width : p->resize_height;
    return 2 * (p->resize_shorter ? p->resize_shorter : longer);
}

/* 0: it is not kept. */
static double kept_ratio(const rq_preprocess *p, int width, int height)
{
    if (p->resize_shorter) return (double)p->resize_shorter / (width < height ? width : height);
    if (!p->resize_width == !p->resize_height) return 0;
    return p->resize_width ? (double)p->resize_width / width : (double)p->resize_height / height;
}

static int scaled(int side, double ratio)
{
    return (int)fmax(nearbyint(fmin(side * ratio, RQ_IMAGE_MAX_SIDE + 1.0)), 1);
}

static void whole_size(rq_resize_job *job, const rq_preprocess *p, int width, int height)
{
    job->width = p->resize_width ? p->resize_width : width;
    job->height = p->resize_height ? p->resize_height : height;
    double ratio = kept_ratio(p, width, height);
    if (ratio == 0) return;
    if (!p->resize_width) job->width = scaled(width, ratio);
    if (!p->resize_height) job->height = scaled(height, ratio);
}

/* The largest size of the image's ratio that fits in. */
static void fit_size(rq_resize_job *job, const rq_image_plan *plan, int width, int height)
{
    double ratio = fmin((double)plan->width / width, (double)plan->height / height);
    job->width = (int)fmax(nearbyint(width * ratio), 1);
    job->height = (int)fmax(nearbyint(height * ratio), 1);
    job->window_width = job->width;
    job->window_height = job->height;
}

rq_status rq_image_plan_job(rq_resize_job *out, const rq_image_plan *plan, int width, int height)
{
    rq_resize_job job = {.filter = plan->settled.filter};
    if (plan->settled.fit != RQ_FIT_STRETCH) {
        fit_size(&job, plan, width, height);
        *out = job;
        return RQ_OK;
    }
    whole_size(&job, &plan->settled, width, height);
    if (plan->open_side) {
        job.window_width = job.width;
        job.window_height = job.height;
        *out = job;
        return RQ_OK;
    }
    if (job.width < plan->width || job.height < plan->height)
        return rq_fail(RQ_EFORMAT,
                       "an image of %dx%d, resized to %dx%d, is smaller than the crop of %dx%d",
                       width, height, job.width, job.height, plan->width, plan->height);
    job.window_width = plan->width;
    job.window_height = plan->height;
    job.left = (job.width - plan->width) / 2;
    job.top = (job.height - plan->height) / 2;
    *out = job;
    return RQ_OK;
}

void rq_image_plan_place(int *left, int *top, const rq_image_plan *plan, const rq_resize_job *job)
{
    bool middle = plan->settled.fit == RQ_FIT_LETTERBOX;
    *left = middle ? (plan->width - job->window_width) / 2 : 0;
    *top = middle ? (plan->height - job->window_height) / 2 : 0;
}

rq_status rq_image_plan_pad(rq_image *image, rq_image *spare, const rq_image_plan *plan,
                            const rq_resize_job *job)
{
    int left, top;
    uint8_t color[3];
    bool swap = plan->settled.channels == RQ_CHANNELS_BGR;
    if (plan->open_side || (image->width == plan->width && image->height == plan->height))
        return RQ_OK;
    for (int c = 0; c < 3; c++) color[c] = (uint8_t)plan->settled.pad[swap ? 2 - c : c];
    rq_image_plan_place(&left, &top, plan, job);
    RQ_TRY(rq_image_pad(spare, image, plan->width, plan->height, left, top, color));
    rq_image padded = *spare;
    *spare = *image;
    *image = padded;
    return RQ_OK;
}

rq_status rq_image_plan_view(rq_view *out, const rq_image_plan *plan, const rq_image *image)
{
    const int *cut = plan->settled.rectangle;
    int width = cut[2] ? cut[2] : image->width, height = cut[2] ? cut[3] : image->height;
    double full_width = cut[2] ? cut[2] : image->full_width;
    double full_height = cut[2] ? cut[3] : image->full_height;
    rq_resize_job job;
    int left, top;
    RQ_TRY(rq_image_plan_job(&job, plan, width, height));
    rq_image_plan_place(&left, &top, plan, &job);
    out->width = image->full_width;
    out->height = image->full_height;
    out->input_width = plan->open_side ? job.width : plan->width;
    out->input_height = plan->open_side ? job.height : plan->height;
    out->scale_x = full_width / job.width;
    out->scale_y = full_height / job.height;
    out->offset_x = (job.left - left) * out->scale_x + cut[0];
    out->offset_y = (job.top - top) * out->scale_y + cut[1];
    return RQ_OK;
}

void rq_image_plan_normalise(float *out, const rq_image_plan *plan, const rq_image *image)
{
    bool nchw = plan->settled.layout == RQ_LAYOUT_NCHW,
         swap = plan->settled.channels == RQ_CHANNELS_BGR;
    size_t pixels = (size_t)image->height * (size_t)image->width, n = (size_t)plan->channels;
    size_t step = nchw ? 1 : n, next_channel = nchw ? pixels : 1;
    for (size_t c = 0; c < n; c++) {
        const uint8_t *in = image->pixels + (swap ? n - 1 - c : c);
        const float *value = plan->value[c];
        float *to = out + c * next_channel;
        for (size_t i = 0; i < pixels; i++) to[i * step] = value[in[i * n]];
    }
}
