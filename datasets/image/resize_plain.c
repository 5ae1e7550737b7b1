#include "datasets/image/resize_kernels.h"

static void across(uint8_t *dst, const uint8_t *src, const rq_resize_axis *axis, int channels)
{
    for (size_t i = 0; i < axis->n; i++) {
        const uint8_t *in = src + (size_t)axis->first[i] * (size_t)channels;
        for (int c = 0; c < channels; c++) {
            int32_t sum = 0;
            for (int k = 0; k < axis->count[i]; k++)
                sum += in[k * channels + c] * rq_resize_weight(axis, i * axis->taps + (size_t)k);
            *dst++ = rq_resize_round(sum);
        }
    }
}

static void down(uint8_t *dst, const uint8_t *src, size_t stride, const rq_resize_axis *axis,
                 size_t i, size_t n)
{
    for (size_t x = 0; x < n; x++) {
        int32_t sum = 0;
        for (size_t k = 0; k < (size_t)axis->count[i]; k++)
            sum += src[k * stride + x] * rq_resize_weight(axis, i * axis->taps + k);
        dst[x] = rq_resize_round(sum);
    }
}

const rq_resize_kernels rq_resize_plain = {across, down};
