/* Second moments of the inputs of a weighted layer over images, which tell what rounding its
 * weights does to its output: of rows x at sampled output positions, the sums of x and of x x^T per
 * group. The rows of the last of every four images have sums of their own, to judge what is fitted
 * to the others. */
#ifndef RQ_QUANT_CAPTURE_H
#define RQ_QUANT_CAPTURE_H

#include "quant/capture_layer.h"

#define RQ_CAPTURE_HELD 4

typedef struct rq_capture_part {
    float *moment; /* groups * width * width: sum of x x^T */
    double *sum;   /* groups * width: sum of x */
    size_t rows;   /* in the sums */
} rq_capture_part;

typedef struct rq_capture_sums {
    const rq_capture_layer *layer;
    size_t per_image;             /* rows taken of an image */
    rq_capture_part fitted, held; /* of three images in four, and of the fourth */
    float *waiting;               /* rows not in the sums yet, those of a group together */
    size_t n_waiting;             /* of each group */
    rq_capture_part *waiting_for; /* the part that they belong to */
    bool full;                    /* the next image's rows belong to the other part */
} rq_capture_sums;

/* Bytes that rq_capture_open will take for `images` images; SIZE_MAX when there is no such number.
 */
size_t rq_capture_bytes(const rq_capture_layer *layer, size_t images);

/* `layer` must outlive it. */
rq_status rq_capture_open(rq_capture_sums *out, const rq_capture_layer *layer, size_t images);
void rq_capture_close(rq_capture_sums *sums);

/* Floats of one image's rows: groups * per_image * width. */
size_t rq_capture_image_floats(const rq_capture_sums *sums);
/* Takes them from a dense activation. Which rows depends on `image` only. */
void rq_capture_take(float *rows, const rq_capture_sums *sums, const float *x, size_t image);

/* Adds the rows of image number `image` of those opened for. Results depend on the order of calls.
 */
void rq_capture_add(rq_capture_sums *sums, const float *rows, size_t image);

/* No room for another image: rq_capture_flush comes next. True of all captures of a run at once. */
bool rq_capture_is_full(const rq_capture_sums *sums);
/* Adds up what waits; also before the sums are read. */
void rq_capture_flush(rq_capture_sums *sums);

#endif
