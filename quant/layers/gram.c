#include "quant/layers/gram.h"

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/ops/common/blas.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_PER_COLUMN 3 /* to fit a matrix of so many columns to */
#define MIN_ROWS 8        /* of an image: of depthwise layers, whose rows are long */
#define MIN_ROWS_DENSE 32
#define COMPARED 3           /* one row in so many is enough to compare with */
#define ROWS_AT_ONCE 128     /* about, that make an efficient product */
#define MAX_IMAGES_PENDING 3 /* whose rows wait for it */
#define TILE 128             /* rows of the products that begin and end at the same columns */

/* -- sizes ----------------------------------------------------------------------------------- */

static size_t min_rows(const rq_im2col *l)
{
    return l->groups > 1 ? MIN_ROWS : MIN_ROWS_DENSE;
}

static size_t rows_per_image(const rq_im2col *l, size_t images)
{
    size_t train = images - images / RQ_GRAM_HOLDOUT;
    size_t rows = (l->width * ROWS_PER_COLUMN + train - 1) / (train ? train : 1);
    return rq_min_size(rq_max_size(rows, min_rows(l)), l->positions);
}

static size_t rows_per_holdout(const rq_im2col *l, size_t images, rq_gram_use use)
{
    size_t rows = rows_per_image(l, images);
    return use == RQ_GRAM_TO_FIT
               ? rows
               : rq_max_size((rows + COMPARED - 1) / COMPARED, rq_min_size(rows, min_rows(l)));
}

static size_t images_pending(size_t per_image)
{
    size_t images = (ROWS_AT_ONCE + per_image - 1) / rq_max_size(per_image, 1);
    return rq_min_size(rq_max_size(images, 1), MAX_IMAGES_PENDING);
}

/* Floats of the rows before `row`, one of a tile's first. Tiles are squares under each other: the
 * b-th has b + 1 of them side by side. */
static size_t tiles_before(size_t row)
{
    size_t b = row / TILE;
    return b * (b + 1) / 2 * TILE * TILE;
}

/* Floats of one group's products. */
static size_t products_of(size_t width)
{
    size_t last = width / TILE * TILE;
    return tiles_before(last) + (width - last) * width;
}

/* -- opening --------------------------------------------------------------------------------- */

static void set_sizes(rq_gram *s, const rq_im2col *l, size_t images, rq_gram_use use)
{
    *s = (rq_gram){.layer = l,
                   .per_image = rows_per_image(l, images),
                   .per_holdout = rows_per_holdout(l, images, use)};
    s->most_holdout = images / RQ_GRAM_HOLDOUT * s->per_holdout;
    s->most_pending = images_pending(s->per_image) * s->per_image;
}

size_t rq_gram_bytes(const rq_im2col *l, size_t images, rq_gram_use use)
{
    rq_gram s;
    size_t square, rows, floats, bytes;
    if (!rq_mul_size(&square, l->width, l->width)) return SIZE_MAX;
    set_sizes(&s, l, images, use);
    if (!rq_mul_size(&rows, s.most_holdout + s.most_pending, l->width) ||
        !rq_add_size(&floats, products_of(l->width), rows) ||
        !rq_mul_size(&floats, floats, l->groups) || !rq_mul_size(&bytes, floats, sizeof(float)))
        return SIZE_MAX;
    return bytes;
}

double rq_gram_work(const rq_im2col *l, size_t images)
{
    double rows = (double)rows_per_image(l, images) * (double)images;
    return rows * (double)l->groups * (double)l->width * (double)l->width;
}

static rq_status open_arrays(rq_gram *s)
{
    size_t groups = s->layer->groups, columns = groups * s->layer->width;
    RQ_TRY(rq_calloc(&s->products, groups * products_of(s->layer->width), sizeof *s->products,
                     "moments"));
    RQ_TRY(rq_calloc(&s->sum, columns, sizeof *s->sum, "sums"));
    RQ_TRY(
        rq_calloc(&s->holdout, s->most_holdout * columns, sizeof *s->holdout, "rows of a layer"));
    return rq_calloc(&s->pending, s->most_pending * columns, sizeof *s->pending, "rows of a layer");
}

rq_status rq_gram_open(rq_gram *out, const rq_im2col *l, size_t images, rq_gram_use use)
{
    memset(out, 0, sizeof *out);
    if (rq_gram_bytes(l, images, use) == SIZE_MAX)
        return rq_fail_memory(SIZE_MAX, "the moments of a layer");
    set_sizes(out, l, images, use);
    rq_status status = open_arrays(out);
    if (status != RQ_OK) rq_gram_close(out);
    return status;
}

void rq_gram_close(rq_gram *s)
{
    free(s->products);
    free(s->sum);
    free(s->holdout);
    free(s->pending);
    memset(s, 0, sizeof *s);
}

/* -- rows ------------------------------------------------------------------------------------ */

static bool is_holdout(size_t image)
{
    return image % RQ_GRAM_HOLDOUT == RQ_GRAM_HOLDOUT - 1;
}

static size_t rows_of(const rq_gram *s, size_t image)
{
    return is_holdout(image) ? s->per_holdout : s->per_image;
}

size_t rq_gram_image_floats(const rq_gram *s)
{
    return s->layer->groups * s->per_image * s->layer->width;
}

/* One position in each of as many equal parts as rows, some twice where there are fewer. */
void rq_gram_take(float *rows, const rq_gram *s, const rq_im2col *l, const float *x, size_t image)
{
    size_t n = rows_of(s, image);
    rq_rng rng;
    rq_rng_seed(&rng, image * UINT64_C(0x100000001) + l->node);
    for (size_t r = 0; r < n; r++) {
        size_t first = r * l->positions / n, end = (r + 1) * l->positions / n;
        rq_im2col_row(rows + r * l->width, n * l->width, l, x,
                      end > first ? first + rq_rng_below(&rng, end - first) : first);
    }
}

/* Of each group, behind the `at` rows that are there of `most`. */
static void append(float *to, size_t most, size_t at, const float *rows, size_t n, const rq_gram *s)
{
    size_t width = s->layer->width;
    for (size_t g = 0; g < s->layer->groups; g++)
        memcpy(to + (g * most + at) * width, rows + g * n * width, n * width * sizeof *rows);
}

void rq_gram_add(rq_gram *s, const float *rows, size_t image)
{
    size_t n = rows_of(s, image);
    if (is_holdout(image)) {
        append(s->holdout, s->most_holdout, s->n_holdout, rows, n, s);
        s->n_holdout += n;
        return;
    }
    if (rq_gram_is_full(s)) rq_gram_flush(s);
    append(s->pending, s->most_pending, s->n_pending, rows, n, s);
    s->n_pending += n;
}

/* -- sums ------------------------------------------------------------------------------------ */

bool rq_gram_is_full(const rq_gram *s)
{
    return s->n_pending == s->most_pending;
}

/* x x^T of a group's rows, tile by tile. */
static void add_products(float *products, const float *x, size_t width, size_t n)
{
    for (size_t first = 0; first < width; first += TILE) {
        size_t end = rq_min_size(first + TILE, width);
        const rq_blas_part rows = {x + first, width, true}, columns = {x, width, false};
        rq_blas_sgemm_parts(end - first, end, n, &rows, &columns, 1.0f,
                            products + tiles_before(first), end);
    }
}

void rq_gram_flush(rq_gram *s)
{
    size_t width = s->layer->width, n = s->n_pending;
    for (size_t g = 0; g < s->layer->groups && n; g++) {
        const float *x = s->pending + g * s->most_pending * width;
        add_products(s->products + g * products_of(width), x, width, n);
        for (size_t r = 0; r < n; r++)
            for (size_t k = 0; k < width; k++) s->sum[g * width + k] += x[r * width + k];
    }
    s->rows += n;
    s->n_pending = 0;
}

const float *rq_gram_row(size_t *n, const rq_gram *s, size_t group, size_t i)
{
    size_t width = s->layer->width, first = i / TILE * TILE;
    *n = rq_min_size(first + TILE, width);
    return s->products + group * products_of(width) + tiles_before(first) + (i - first) * *n;
}
