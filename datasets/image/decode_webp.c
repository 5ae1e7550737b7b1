/* WebP: the only door to libwebp. */
#include "datasets/image/decode.h"
#include "datasets/image/exif.h"

#include <string.h>

#include <webp/decode.h>

static uint32_t read_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool probe(const uint8_t *data, size_t size)
{
    return size >= 12 && !memcmp(data, "RIFF", 4) && !memcmp(data + 8, "WEBP", 4);
}

/* The orientation of the chunk EXIF, where there is one. */
static int find_orientation(const uint8_t *data, size_t size)
{
    for (size_t at = 12; size >= 8 && at <= size - 8;) {
        size_t length = read_u32(data + at + 4);
        const uint8_t *content = data + at + 8;
        if (length > size - at - 8) break;
        if (!memcmp(data + at, "EXIF", 4)) {
            bool marked = length >= 6 && !memcmp(content, "Exif\0", 6);
            return rq_exif_orientation(content + 6 * marked, length - 6 * marked);
        }
        at += 8 + length + (length & 1);
    }
    return RQ_ORIENTATION_UPRIGHT;
}

static rq_status read_header(WebPBitstreamFeatures *out, const uint8_t *data, size_t size)
{
    size_t promised = (size_t)read_u32(data + 4) + 8;
    if (promised > size)
        return rq_fail(RQ_EFORMAT, "damaged WebP: %zu bytes, expected %zu", size, promised);
    if (WebPGetFeatures(data, size, out) != VP8_STATUS_OK)
        return rq_fail(RQ_EFORMAT, "damaged WebP: its header");
    if (out->has_animation) return rq_fail(RQ_EUNSUPPORTED, "an animated WebP");
    return rq_image_check_size(out->width, out->height);
}

static rq_status decode(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options)
{
    WebPBitstreamFeatures features;
    (void)options; /* there is nothing to choose */
    RQ_TRY(read_header(&features, data, size));
    *orientation = find_orientation(data, size);
    RQ_TRY(rq_image_reserve(out, features.width, features.height, 3));
    size_t bytes = rq_image_stride(out) * (size_t)out->height;
    if (!WebPDecodeRGBInto(data, size, out->pixels, bytes, (int)rq_image_stride(out)))
        return rq_fail(RQ_EFORMAT, "damaged WebP: its pixels");
    return RQ_OK;
}

extern const rq_decoder rq_decoder_webp;
const rq_decoder rq_decoder_webp = {
    .name = "WebP",
    .extensions = (const char *const[]){".webp", NULL},
    .probe = probe,
    .decode = decode,
};
