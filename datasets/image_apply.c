/* Carrying out a plan on one image. */
#include "datasets/preprocess.h"

#include <math.h>

int rq_image_plan_least_side(const rq_image_plan *plan)
{
    const rq_preprocess *p = &plan->settled;
    if (p->full_decode) return 0;
    int longer = p->resize_width > p->resize_height ? p->resize_width : p->resize_height;
    return 2 * (p->resize_shorter ? p->resize_shorter : longer);
}

static void whole_size(rq_resize_job *job, const rq_preprocess *p, int width, int height)
{
    job->width = p->resize_width ? p->resize_width : width;
    job->height = p->resize_height ? p->resize_height : height;
    if (!p->resize_shorter) return;
    double ratio = (double)p->resize_shorter / (width < height ? width : height);
    job->width = (int)nearbyint(fmin(width * ratio, RQ_IMAGE_MAX_SIDE + 1.0));
    job->height = (int)nearbyint(fmin(height * ratio, RQ_IMAGE_MAX_SIDE + 1.0));
}

rq_status rq_image_plan_job(rq_resize_job *out, const rq_image_plan *plan, int width, int height)
{
    rq_resize_job job = {.filter = plan->settled.filter};
    whole_size(&job, &plan->settled, width, height);
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

void rq_image_plan_normalise(float *out, const rq_image_plan *plan, const rq_image *image)
{
    bool nchw = plan->settled.layout == RQ_LAYOUT_NCHW,
         swap = plan->settled.channels == RQ_CHANNELS_BGR;
    size_t pixels = (size_t)plan->height * (size_t)plan->width, n = (size_t)plan->channels;
    size_t step = nchw ? 1 : n, next_channel = nchw ? pixels : 1;
    for (size_t c = 0; c < n; c++) {
        const uint8_t *in = image->pixels + (swap ? n - 1 - c : c);
        const float *value = plan->value[c];
        float *to = out + c * next_channel;
        for (size_t i = 0; i < pixels; i++) to[i * step] = value[in[i * n]];
    }
}
