#include "datasets/image/image.h"

#include "engine/base/mem.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

rq_status rq_image_check_size(int64_t width, int64_t height)
{
    if (width < 1 || height < 1 || width > RQ_IMAGE_MAX_SIDE || height > RQ_IMAGE_MAX_SIDE)
        return rq_fail(RQ_EFORMAT,
                       "image of %" PRId64 "x%" PRId64 " pixels; sides of 1 to %d can be read",
                       width, height, RQ_IMAGE_MAX_SIDE);
    if ((size_t)width * (size_t)height > RQ_IMAGE_MAX_PIXELS)
        return rq_fail(RQ_EFORMAT,
                       "image of %" PRId64 "x%" PRId64 " pixels; at most %zu in all can be read",
                       width, height, RQ_IMAGE_MAX_PIXELS);
    return RQ_OK;
}

static pthread_mutex_t large_images = PTHREAD_MUTEX_INITIALIZER;

rq_status rq_image_reserve(rq_image *image, int width, int height, int channels)
{
    RQ_TRY(rq_image_check_size(width, height));
    size_t used = (size_t)width * (size_t)height * (size_t)channels;
    if (used > RQ_IMAGE_LARGE && image->turn && !*image->turn) {
        pthread_mutex_lock(&large_images);
        *image->turn = true;
    }
    if (used + RQ_IMAGE_SLACK > image->capacity) {
        rq_image_free(image);
        RQ_TRY(rq_alloc_aligned(&image->pixels, used + RQ_IMAGE_SLACK, "an image"));
        image->capacity = used + RQ_IMAGE_SLACK;
    }
    memset(image->pixels + used, 0, RQ_IMAGE_SLACK);
    image->width = width;
    image->height = height;
    image->channels = channels;
    image->full_width = width;
    image->full_height = height;
    return RQ_OK;
}

void rq_image_free(rq_image *image)
{
    if (!image) return;
    free(image->pixels);
    *image = (rq_image){.turn = image->turn};
}

void rq_image_end_turn(void)
{
    pthread_mutex_unlock(&large_images);
}

/* What makes orientation i upright: mirror the stored rows and columns, then transpose. */
static const struct turn {
    uint8_t mirror_x, mirror_y, transpose;
} turns[9] = {
    {0, 0, 0}, {0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0},
    {0, 0, 1}, {0, 1, 1}, {1, 1, 1}, {1, 0, 1},
};

static void copy_turned(rq_image *to, const rq_image *from, struct turn turn)
{
    ptrdiff_t n = from->channels, stride = n * from->width;
    ptrdiff_t step_x = turn.mirror_x ? -n : n, step_y = turn.mirror_y ? -stride : stride;
    const uint8_t *origin = from->pixels + (turn.mirror_x ? stride - n : 0) +
                            (turn.mirror_y ? stride * (from->height - 1) : 0);
    ptrdiff_t along = turn.transpose ? step_y : step_x, down = turn.transpose ? step_x : step_y;
    uint8_t *out = to->pixels;
    for (int y = 0; y < to->height; y++) {
        const uint8_t *in = origin + y * down;
        for (int x = 0; x < to->width; x++, in += along)
            for (int c = 0; c < n; c++) *out++ = in[c];
    }
}

rq_status rq_image_orient(rq_image *image, rq_image *spare, int orientation)
{
    if (orientation <= RQ_ORIENTATION_UPRIGHT || orientation > 8) return RQ_OK;
    struct turn turn = turns[orientation];
    int width = turn.transpose ? image->height : image->width;
    int height = turn.transpose ? image->width : image->height;
    RQ_TRY(rq_image_reserve(spare, width, height, image->channels));
    copy_turned(spare, image, turn);
    spare->full_width = turn.transpose ? image->full_height : image->full_width;
    spare->full_height = turn.transpose ? image->full_width : image->full_height;
    rq_image turned = *spare;
    *spare = *image;
    *image = turned;
    return RQ_OK;
}

rq_status rq_image_cut(rq_image *image, int left, int top, int width, int height)
{
    if (left < 0 || top < 0 || width < 1 || height < 1 || width > image->width - left ||
        height > image->height - top)
        return rq_fail(RQ_EFORMAT,
                       "an image of %dx%d has no part of %dx%d that begins at column %d, row %d",
                       image->width, image->height, width, height, left, top);
    size_t n = (size_t)image->channels, stride = rq_image_stride(image), row = n * (size_t)width;
    const uint8_t *from = image->pixels + (size_t)top * stride + (size_t)left * n;
    for (int y = 0; y < height; y++, from += stride)
        memmove(image->pixels + (size_t)y * row, from, row);
    memset(image->pixels + (size_t)height * row, 0, RQ_IMAGE_SLACK);
    image->width = image->full_width = width;
    image->height = image->full_height = height;
    return RQ_OK;
}

static void fill(rq_image *image, const uint8_t color[3])
{
    size_t n = (size_t)image->channels, bytes = (size_t)image->height * rq_image_stride(image);
    for (size_t i = 0; i < bytes; i++) image->pixels[i] = color[i % n];
}

rq_status rq_image_pad(rq_image *out, const rq_image *image, int width, int height, int left,
                       int top, const uint8_t color[3])
{
    RQ_TRY(rq_image_reserve(out, width, height, image->channels));
    fill(out, color);
    size_t n = (size_t)image->channels, stride = rq_image_stride(out);
    uint8_t *to = out->pixels + (size_t)top * stride + (size_t)left * n;
    for (int y = 0; y < image->height; y++, to += stride)
        memcpy(to, image->pixels + (size_t)y * rq_image_stride(image), rq_image_stride(image));
    return RQ_OK;
}

void rq_image_to_gray(rq_image *image)
{
    if (image->channels == 1) return;
    size_t n = (size_t)image->width * (size_t)image->height;
    uint8_t *p = image->pixels;
    for (size_t i = 0; i < n; i++)
        p[i] =
            (uint8_t)((19595u * p[3 * i] + 38470u * p[3 * i + 1] + 7471u * p[3 * i + 2] + 32768u) >>
                      16);
    memset(p + n, 0, RQ_IMAGE_SLACK);
    image->channels = 1;
}
