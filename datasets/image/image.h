/* An 8-bit image in memory: rows of interleaved channels (HWC), no padding between rows. */
#ifndef RQ_DATASETS_IMAGE_IMAGE_H
#define RQ_DATASETS_IMAGE_IMAGE_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_IMAGE_MAX_SIDE 65500
#define RQ_IMAGE_MAX_PIXELS ((size_t)1 << 28)
/* Bytes after the last pixel that may be read and overwritten, so that vector code needs no tail.
 */
#define RQ_IMAGE_SLACK 32

/* {0} is an empty image; the buffer grows and is kept for the next image. */
typedef struct rq_image {
    int width, height;
    int channels;    /* 1 (gray) or 3 (R,G,B) */
    uint8_t *pixels; /* owned; width * height * channels bytes, then RQ_IMAGE_SLACK zeroed ones */
    size_t capacity; /* bytes at `pixels` */
    bool *turn;      /* borrowed; NULL: large images wait for nobody (rq_image_end_turn) */
    /* Upright, before a decoder shrank it; the same as width and height when none did. */
    int full_width, full_height;
} rq_image;

/* EXIF's eight orientations: how the stored rows must be turned to be upright. 1 is upright;
 * anything else outside 2..8 is taken as 1. Source: EXIF 2.32, tag 0x0112. */
#define RQ_ORIENTATION_UPRIGHT 1

/* RQ_EFORMAT when a side is not in [1, RQ_IMAGE_MAX_SIDE] or there are too many pixels. */
rq_status rq_image_check_size(int64_t width, int64_t height);

/* Sets the size and makes room; the old content is lost. Checks the size as above. */
rq_status rq_image_reserve(rq_image *image, int width, int height, int channels);
void rq_image_free(rq_image *image); /* keeps its turn */

/* Images of more than RQ_IMAGE_LARGE bytes are had one at a time, so that many workers do not need
 * as much memory each: reserving the first one with a `turn` waits until nobody else has it, and
 * sets *turn. Who finds it set frees his large images and ends it. */
#define RQ_IMAGE_LARGE ((size_t)96 << 20)
void rq_image_end_turn(void);

static inline size_t rq_image_stride(const rq_image *image)
{
    return (size_t)image->width * (size_t)image->channels;
}

/* Turns `image` upright; `spare` lends its buffer (the two are swapped when anything moves). */
rq_status rq_image_orient(rq_image *image, rq_image *spare, int orientation);

/* Keeps the part of width x height that begins at (left, top), in place. RQ_EFORMAT when it does
 * not lie within the image. */
rq_status rq_image_cut(rq_image *image, int left, int top, int width, int height);

/* Makes `out` a canvas of width x height in `color` (one value per channel) with `image` at (left,
 * top), where it must fit. */
rq_status rq_image_pad(rq_image *out, const rq_image *image, int width, int height, int left,
                       int top, const uint8_t color[3]);

/* RGB to luma in place: (19595 R + 38470 G + 7471 B + 32768) >> 16, ITU-R BT.601 in 16-bit fixed
 * point. A gray image stays as it is. */
void rq_image_to_gray(rq_image *image);

#endif
