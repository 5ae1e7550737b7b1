/* An image file, decoded whole, smaller, and as palette indices. */
#include "tests/fuzz/fuzz.h"

#include "datasets/image/decode.h"

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
