/* Networks that give an image: super resolution, denoising, style. */
#include "reports/adapters/adapter.h"

#include <math.h>

#include <limits.h>

/* NCHW when the second place holds 1 or 3, else NHWC. */
static bool is_first(const rq_shape *shape)
{
    return shape->d[1] == 1 || shape->d[1] == 3;
}

static bool fits(const rq_adapter_input *in)
{
    const rq_shape *shape = &in->outputs[0].shape;
    if (shape->rank != 4 || shape->d[0] != 1) return false;
    return is_first(shape) || shape->d[3] == 1 || shape->d[3] == 3;
}

/* The largest magnitude tells 0..1 from 0..255. */
static double find_white(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] > 2) return 255;
    return 1;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    const int64_t *d = output->shape.d;
    bool first = is_first(&output->shape);
    int64_t rows = first ? d[2] : d[1], columns = first ? d[3] : d[2],
            channels = first ? d[1] : d[3];
    if (rows > INT_MAX || columns > INT_MAX) return rq_adapter_fail("image", output, "an image");
    RQ_TRY(rq_prediction_make_image(out, (int)rows, (int)columns, (int)channels));
    size_t pixels = (size_t)rows * (size_t)columns, n = (size_t)channels;
    double range =
        isnan(in->settings->range) ? find_white(output->data, pixels * n) : in->settings->range;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < n; c++)
            out->values[i * n + c] =
                (float)(output->data[first ? c * pixels + i : i * n + c] * (255 / range));
    return RQ_OK;
}

static const rq_adapter_setting settings[] = {
    {"range", NAN, "value of white (default: 255 if any value is above 2, else 1)"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_image = {
    .name = "image",
    .alias = "picture",
    .help = "the first output is an image, [1,C,H,W] or [1,H,W,C], of 1 or 3 channels",
    .settings = settings,
    .gives = RQ_PREDICTION_VALUES | RQ_PREDICTION_IMAGE,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
