/* Gram matrices (sums of x x^T) of the inputs of a weighted layer over images, which tell what
 * rounding its weights does to its output: of rows x at sampled output positions, the sums of x and
 * of x x^T per group. The rows of the last of every four images have sums of their own, a holdout
 * set for what is fitted to the others. */
#ifndef RQ_QUANT_LAYERS_GRAM_H
#define RQ_QUANT_LAYERS_GRAM_H

#include "quant/layers/im2col.h"

#define RQ_GRAM_HOLDOUT 4

typedef struct rq_gram_part {
    float *products; /* groups * width * width: sum of x x^T */
    double *sum;     /* groups * width: sum of x */
    size_t rows;     /* in the sums */
} rq_gram_part;

typedef struct rq_gram {
    const rq_im2col *layer;
    size_t per_image;            /* rows taken of an image */
    rq_gram_part train, holdout; /* of three images in four, and of the fourth */
    float *pending;              /* rows not in the sums yet, those of a group together */
    size_t n_pending;            /* of each group */
    rq_gram_part *pending_part;  /* the part that they belong to */
    bool full;                   /* the next image's rows belong to the other part */
} rq_gram;

/* Bytes that rq_gram_open will take for `images` images; SIZE_MAX when there is no such number.
 */
size_t rq_gram_bytes(const rq_im2col *layer, size_t images);

/* Multiplications that its sums over so many images take. */
double rq_gram_work(const rq_im2col *layer, size_t images);

/* `layer` must outlive it. */
rq_status rq_gram_open(rq_gram *out, const rq_im2col *layer, size_t images);
void rq_gram_close(rq_gram *sums);

/* Floats of one image's rows: groups * per_image * width. */
size_t rq_gram_image_floats(const rq_gram *sums);
/* Takes them from a dense activation of `layer`: the one opened with, perhaps at other shapes (see
 * rq_im2col_rebind), which has positions. Which rows depends on `image` and the shape only. */
void rq_gram_take(float *rows, const rq_gram *sums, const rq_im2col *layer, const float *x,
                  size_t image);

/* Adds the rows of image number `image` of those opened for. Results depend on the order of calls.
 */
void rq_gram_add(rq_gram *sums, const float *rows, size_t image);

/* No room for another image: rq_gram_flush comes next. True of all layers of a run at once. */
bool rq_gram_is_full(const rq_gram *sums);
/* Adds up what waits; also before the sums are read. */
void rq_gram_flush(rq_gram *sums);

#endif
