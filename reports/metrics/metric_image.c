/* Images against images: PSNR and SSIM.
 * Source of SSIM: Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural
 * Similarity", equation 13: Gaussian windows of 11x11, sigma 1.5, K1 0.01, K2 0.03, only windows
 * that lie within the image; the mean over channels. */
#include "reports/metrics/metric.h"

#include "engine/base/numbers.h"

#include <math.h>
#include <stdlib.h>

enum { WINDOW = 11, MAPS = 5 };

static rq_status check_sizes(const rq_prediction *a, const rq_prediction *b)
{
    if (a->rows == b->rows && a->columns == b->columns && a->channels == b->channels) return RQ_OK;
    return rq_fail(RQ_EARG, "the model gives an image of %dx%dx%d, expected %dx%dx%d", a->columns,
                   a->rows, a->channels, b->columns, b->rows, b->channels);
}

static rq_status score_psnr(rq_records *record, const rq_metric_input *input)
{
    double square = 0;
    RQ_TRY(check_sizes(input->prediction, input->truth));
    for (size_t i = 0; i < input->prediction->n_values; i++) {
        double d = (double)input->prediction->values[i] - (double)input->truth->values[i];
        square += d * d;
    }
    double mean = square / (double)input->prediction->n_values;
    return rq_records_push(record, isnan(mean) ? mean : rq_sqnr_db(255.0 * 255.0, mean));
}

static void fill_window(double window[WINDOW])
{
    double sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        double x = (i - WINDOW / 2) / 1.5;
        sum += window[i] = exp(-x * x / 2);
    }
    for (int i = 0; i < WINDOW; i++) window[i] /= sum;
}

/* The five maps whose local means SSIM is made of: a, b, a^2, b^2, ab. */
static void fill_row(double *maps, const rq_prediction *a, const rq_prediction *b, int y,
                     int channel)
{
    for (int x = 0; x < a->columns; x++, maps += MAPS) {
        size_t at =
            ((size_t)y * (size_t)a->columns + (size_t)x) * (size_t)a->channels + (size_t)channel;
        double p = (double)a->values[at], q = (double)b->values[at];
        maps[0] = p, maps[1] = q, maps[2] = p * p, maps[3] = q * q, maps[4] = p * q;
    }
}

static void blur_row(double *out, const double *in, int columns, const double *window)
{
    for (int x = 0; x + WINDOW <= columns; x++, in += MAPS)
        for (int m = 0; m < MAPS; m++) {
            double sum = 0;
            for (int k = 0; k < WINDOW; k++) sum += window[k] * in[k * MAPS + m];
            *out++ = sum;
        }
}

static double ssim_of(const double m[MAPS])
{
    const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
    double product = m[0] * m[1], squares = m[0] * m[0] + m[1] * m[1];
    return (2 * product + c1) * (2 * (m[4] - product) + c2) /
           ((squares + c1) * (m[2] + m[3] - squares + c2));
}

/* rows: the last WINDOW blurred rows, row y at y % WINDOW. */
static double sum_row(const double *rows, size_t stride, int y, int n, const double *window)
{
    double sum = 0;
    for (int x = 0; x < n; x++) {
        double m[MAPS] = {0};
        for (int k = 0; k < WINDOW; k++)
            for (int i = 0; i < MAPS; i++)
                m[i] +=
                    window[k] * rows[(size_t)((y + k) % WINDOW) * stride + (size_t)(x * MAPS + i)];
        sum += ssim_of(m);
    }
    return sum;
}

static double channel_ssim(const rq_prediction *a, const rq_prediction *b, int channel,
                           double *memory)
{
    double window[WINDOW], sum = 0;
    size_t stride = (size_t)a->columns * MAPS;
    double *raw = memory, *rows = memory + stride;
    int across = a->columns - WINDOW + 1, down = a->rows - WINDOW + 1;
    fill_window(window);
    for (int y = 0; y < a->rows; y++) {
        fill_row(raw, a, b, y, channel);
        blur_row(rows + (size_t)(y % WINDOW) * stride, raw, a->columns, window);
        if (y + 1 >= WINDOW) sum += sum_row(rows, stride, y + 1 - WINDOW, across, window);
    }
    return sum / ((double)across * down);
}

static rq_status score_ssim(rq_records *record, const rq_metric_input *input)
{
    const rq_prediction *a = input->prediction, *b = input->truth;
    double *memory, sum = 0;
    RQ_TRY(check_sizes(a, b));
    if (a->columns < WINDOW || a->rows < WINDOW)
        return rq_fail(RQ_EARG, "SSIM needs images of %dx%d at least, not %dx%d", WINDOW, WINDOW,
                       a->columns, a->rows);
    RQ_TRY(rq_calloc(&memory, (size_t)a->columns * MAPS * (WINDOW + 1), sizeof *memory, "SSIM"));
    for (int c = 0; c < a->channels; c++) sum += channel_ssim(a, b, c, memory);
    free(memory);
    return rq_records_push(record, sum / a->channels);
}

#define IMAGE_METRIC(symbol, metric_name, metric_unit, text, what, how)                            \
    const rq_metric rq_metric_##symbol = {                                                         \
        .name = metric_name,                                                                       \
        .unit = metric_unit,                                                                       \
        .help = text,                                                                              \
        .needs = what,                                                                             \
        .predictions = RQ_PREDICTION_IMAGE,                                                        \
        .higher_is_better = true,                                                                  \
        .score = how,                                                                              \
        .reduce = rq_reduce_mean,                                                                  \
    };

IMAGE_METRIC(psnr, "PSNR", "dB",
             "Peak signal over the error of the image, 10 log10(255^2 / mean squared error), mean "
             "over images.",
             RQ_NEEDS_LABELS, score_psnr)
IMAGE_METRIC(ssim, "SSIM", "", "Structural similarity with the true image; 1: the same.",
             RQ_NEEDS_LABELS, score_ssim)
IMAGE_METRIC(psnr_same, "PSNR to before", "dB",
             "Peak signal over the change of the image, 10 log10(255^2 / mean squared change); "
             "needs no labels.",
             RQ_NEEDS_REFERENCE, score_psnr)
IMAGE_METRIC(ssim_same, "SSIM to before", "",
             "Structural similarity with the image before; 1: the same; needs no labels.",
             RQ_NEEDS_REFERENCE, score_ssim)
