/* An image file, decoded whole, smaller, and as palette indices. Those of many pixels are refused
 * here: what happens to them happens in small ones, a hundred times as often. */
#include "tests/fuzz/fuzz.h"

#include "datasets/image/decode.h"

#define MAX_PIXELS ((int64_t)1 << 18)

rq_status __real_rq_image_check_size(int64_t width, int64_t height);
rq_status __real_rq_image_reserve(rq_image *image, int width, int height, int channels);
rq_status __wrap_rq_image_check_size(int64_t width, int64_t height);
rq_status __wrap_rq_image_reserve(rq_image *image, int width, int height, int channels);

static rq_status check_pixels(int64_t width, int64_t height)
{
    return width > 0 && height > MAX_PIXELS / width ? rq_fail(RQ_EFORMAT, "many pixels") : RQ_OK;
}

rq_status __wrap_rq_image_check_size(int64_t width, int64_t height)
{
    RQ_TRY(check_pixels(width, height));
    return __real_rq_image_check_size(width, height);
}

rq_status __wrap_rq_image_reserve(rq_image *image, int width, int height, int channels)
{
    RQ_TRY(check_pixels(width, height));
    return __real_rq_image_reserve(image, width, height, channels);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const rq_decode_options options[] = {
        {0}, {.least_side = 8}, {.indices = true}, {.keep_orientation = true}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        rq_image image = {0}, spare = {0};
        (void)rq_decode(&image, &spare, data, size, &options[i]);
        rq_image_free(&image);
        rq_image_free(&spare);
    }
}
