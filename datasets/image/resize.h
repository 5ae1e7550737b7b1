/* Antialiased image resizing, the same to the last bit as Pillow's Image.resize.
 *
 * Two passes, across first, then down, with 8-bit values rounded half up in between. (Pillow 13
 * goes down first on some tall images, where it saves work: 1/255 apart for bilinear.)
 * Output i of n_out from n_in samples weighs the inputs around
 *     centre = (i + 0.5) * scale,   scale = n_in / n_out,
 * by the filter widened by max(scale, 1), cut off at the border and normalised to a sum of 1,
 * in fixed point with 22 fractional bits. `nearest` takes input floor(centre) instead.
 * Source: Turkowski 1990, "Filters for common resampling tasks"; Pillow's behaviour. */
#ifndef RQ_DATASETS_IMAGE_RESIZE_H
#define RQ_DATASETS_IMAGE_RESIZE_H

#include "datasets/image/image.h"
#include "engine/base/keyword.h"

typedef struct rq_filter {
    const char *name;
    double support;             /* half width in input samples at scale 1; 0: nearest */
    double (*weight)(double x); /* NULL for nearest */
} rq_filter;

/* "bilinear", "bicubic" (a = -0.5), "nearest", "box"; NULL when unknown. */
const rq_filter *rq_filter_find(const char *name);
/* Entry i of the table, NULL past its end. */
const rq_filter *rq_filter_at(size_t i);
extern const rq_keyword rq_filter_keywords[]; /* the same table, to choose from by name */

/* What is wanted: the whole image becomes width x height, of which only the window is made. */
typedef struct rq_resize_job {
    const rq_filter *filter;
    int width, height;
    int left, top, window_width, window_height;
} rq_resize_job;

/* Buffers kept from image to image, one set per worker; {0} at first. */
typedef struct rq_resize_axis {
    size_t n, taps; /* outputs; weights per output, a multiple of 4, the rest zeros */
    size_t capacity_n, capacity_weights;
    int *first, *count;  /* per output: the first input, and how many */
    int16_t *high, *low; /* n * taps: weight = high * 32768 + low, low in [0, 32768) */
} rq_resize_axis;

typedef struct rq_resize_scratch {
    rq_resize_axis across, down;
    rq_image middle;
} rq_resize_scratch;

void rq_resize_scratch_free(rq_resize_scratch *scratch);

/* `out` gets window_width x window_height pixels. RQ_EARG when the window does not lie within
 * the resized image. `out` and `in` must be different images. */
rq_status rq_resize(rq_image *out, const rq_image *in, const rq_resize_job *job,
                    rq_resize_scratch *scratch);

#endif
