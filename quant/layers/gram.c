#include "quant/layers/gram.h"

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/ops/common/blas.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_PER_COLUMN 3 /* to fit a matrix of so many columns to */
#define MIN_ROWS 8        /* of an image: of depthwise layers, whose rows are long */
#define MIN_ROWS_DENSE 32
#define PENDING_IMAGES (RQ_GRAM_HOLDOUT - 1)

static size_t rows_per_image(const rq_im2col *l, size_t images)
{
    size_t train = images - images / RQ_GRAM_HOLDOUT;
    size_t rows = (l->width * ROWS_PER_COLUMN + train - 1) / (train ? train : 1);
    size_t min_rows = l->groups > 1 ? MIN_ROWS : MIN_ROWS_DENSE;
    if (rows < min_rows) rows = min_rows;
    return rows < l->positions ? rows : l->positions;
}

size_t rq_gram_bytes(const rq_im2col *l, size_t images)
{
    size_t products, rows, floats, bytes, columns, image_rows = rows_per_image(l, images);
    if (!rq_mul_size(&columns, l->groups, l->width) ||
        !rq_mul_size(&products, columns, 2 * l->width) ||
        !rq_mul_size(&rows, image_rows, PENDING_IMAGES) || !rq_mul_size(&rows, rows, columns) ||
        !rq_add_size(&floats, products, rows) || !rq_mul_size(&bytes, floats, sizeof(float)))
        return SIZE_MAX;
    return bytes;
}

double rq_gram_work(const rq_im2col *l, size_t images)
{
    double rows = (double)rows_per_image(l, images) * (double)images;
    return rows * (double)l->groups * (double)l->width * (double)l->width;
}

static rq_status open_part(rq_gram_part *out, const rq_im2col *l)
{
    size_t columns = l->groups * l->width;
    RQ_TRY(rq_calloc(&out->products, columns * l->width, sizeof *out->products, "moments"));
    return rq_calloc(&out->sum, columns, sizeof *out->sum, "sums");
}

static void close_part(rq_gram_part *part)
{
    free(part->products);
    free(part->sum);
}

rq_status rq_gram_open(rq_gram *out, const rq_im2col *l, size_t images)
{
    memset(out, 0, sizeof *out);
    if (rq_gram_bytes(l, images) == SIZE_MAX)
        return rq_fail_memory(SIZE_MAX, "the moments of a layer");
    out->layer = l;
    out->per_image = rows_per_image(l, images);
    rq_status status = open_part(&out->train, l);
    if (status == RQ_OK) status = open_part(&out->holdout, l);
    if (status == RQ_OK)
        status = rq_calloc(&out->pending, PENDING_IMAGES * rq_gram_image_floats(out),
                           sizeof *out->pending, "rows of a layer");
    if (status != RQ_OK) rq_gram_close(out);
    return status;
}

void rq_gram_close(rq_gram *s)
{
    close_part(&s->train);
    close_part(&s->holdout);
    free(s->pending);
    memset(s, 0, sizeof *s);
}

size_t rq_gram_image_floats(const rq_gram *s)
{
    return s->layer->groups * s->per_image * s->layer->width;
}

/* One position in each of per_image equal parts, some twice where there are fewer. */
void rq_gram_take(float *rows, const rq_gram *s, const rq_im2col *l, const float *x, size_t image)
{
    rq_rng rng;
    rq_rng_seed(&rng, image * UINT64_C(0x100000001) + l->node);
    for (size_t r = 0; r < s->per_image; r++) {
        size_t first = r * l->positions / s->per_image;
        size_t end = (r + 1) * l->positions / s->per_image;
        rq_im2col_row(rows + r * l->width, s->per_image * l->width, l, x,
                      end > first ? first + rq_rng_below(&rng, end - first) : first);
    }
}

void rq_gram_add(rq_gram *s, const float *rows, size_t image)
{
    size_t width = s->layer->width, block = s->per_image * width, place = image % RQ_GRAM_HOLDOUT;
    rq_gram_part *part = place == RQ_GRAM_HOLDOUT - 1 ? &s->holdout : &s->train;
    if (part != s->pending_part) rq_gram_flush(s); /* an image between was unreadable */
    for (size_t g = 0; g < s->layer->groups; g++)
        memcpy(s->pending + g * PENDING_IMAGES * block + s->n_pending * width, rows + g * block,
               block * sizeof *rows);
    s->pending_part = part;
    s->n_pending += s->per_image;
    s->full = place + 2 >= RQ_GRAM_HOLDOUT;
}

bool rq_gram_is_full(const rq_gram *s)
{
    return s->full;
}

void rq_gram_flush(rq_gram *s)
{
    size_t width = s->layer->width, n = s->n_pending;
    rq_gram_part *part = s->pending_part;
    for (size_t g = 0; g < s->layer->groups && n; g++) {
        const float *x = s->pending + g * PENDING_IMAGES * s->per_image * width;
        rq_blas_sgemm(true, false, width, width, n, x, x, 1.0f, part->products + g * width * width);
        for (size_t r = 0; r < n; r++)
            for (size_t k = 0; k < width; k++) part->sum[g * width + k] += x[r * width + k];
    }
    if (n) part->rows += n;
    s->n_pending = 0;
    s->full = false;
}
