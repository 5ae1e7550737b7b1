/* What the inputs of a weighted layer were over images, which tells what rounding its weights does
 * to its output: rows x at sampled output positions. Of those of three images in four there are the
 * sums of x and of x x^T per group; those of the fourth, a holdout set for what is fitted to the
 * others, are there as they are. */
#ifndef RQ_QUANT_LAYERS_GRAM_H
#define RQ_QUANT_LAYERS_GRAM_H

#include "quant/layers/im2col.h"

#define RQ_GRAM_HOLDOUT 4

/* What the holdout rows are for, and how many are taken. */
typedef enum rq_gram_use {
    RQ_GRAM_TO_COMPARE, /* to tell which of a few fits is best: few are enough */
    RQ_GRAM_TO_FIT      /* in the end to be fitted to, too: as many as of other images */
} rq_gram_use;

typedef struct rq_gram {
    const rq_im2col *layer;
    size_t per_image, per_holdout;  /* rows taken of an image */
    float *products;                /* sums of x x^T, see rq_gram_row */
    double *sum;                    /* groups * width: sums of x */
    size_t rows;                    /* in the sums, of a group */
    float *holdout;                 /* groups * most_holdout * width */
    size_t n_holdout, most_holdout; /* rows of a group */
    float *pending; /* rows that are not in the sums yet, those of a group together */
    size_t n_pending, most_pending; /* of each group */
} rq_gram;

/* Bytes that rq_gram_open will take for `images` images; SIZE_MAX when there is no such number. */
size_t rq_gram_bytes(const rq_im2col *layer, size_t images, rq_gram_use use);

/* Multiplications that sums of x x^T over so many images take, where none is left out. */
double rq_gram_work(const rq_im2col *layer, size_t images);

/* `layer` must outlive it. */
rq_status rq_gram_open(rq_gram *out, const rq_im2col *layer, size_t images, rq_gram_use use);
void rq_gram_close(rq_gram *sums);

/* Room for one image's rows, in floats. */
size_t rq_gram_image_floats(const rq_gram *sums);
/* Takes them from a dense activation of `layer`: the one opened with, perhaps at other shapes (see
 * rq_im2col_rebind), which has positions. Which rows depends on `image` and the shape only. */
void rq_gram_take(float *rows, const rq_gram *sums, const rq_im2col *layer, const float *x,
                  size_t image);

/* Adds the rows of image number `image` of those opened for, each at most once. Results depend on
 * the order of calls. */
void rq_gram_add(rq_gram *sums, const float *rows, size_t image);

/* There is no room for another image's: rq_gram_flush is due, or the next rq_gram_add does it. */
bool rq_gram_is_full(const rq_gram *sums);
/* Adds up what waits; also before the sums are read. */
void rq_gram_flush(rq_gram *sums);

/* Row i of a group's sum of x x^T, which is symmetric: columns 0 to at least i, *n of them. */
const float *rq_gram_row(size_t *n, const rq_gram *sums, size_t group, size_t i);

#endif
