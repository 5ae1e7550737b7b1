#include "quant/capture.h"

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/ops/common/blas.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_PER_COLUMN 6 /* to fit a matrix of so many columns to */
#define LEAST_ROWS 8      /* of an image: of depthwise layers, whose rows are long */
#define LEAST_ROWS_DENSE 32
#define WAITING_IMAGES (RQ_CAPTURE_HELD - 1)

static size_t rows_per_image(const rq_capture_layer *l, size_t images)
{
    size_t fitted = images - images / RQ_CAPTURE_HELD;
    size_t rows = (l->width * ROWS_PER_COLUMN + fitted - 1) / (fitted ? fitted : 1);
    size_t least = l->groups > 1 ? LEAST_ROWS : LEAST_ROWS_DENSE;
    if (rows < least) rows = least;
    return rows < l->positions ? rows : l->positions;
}

size_t rq_capture_bytes(const rq_capture_layer *l, size_t images)
{
    size_t moments, rows, floats, bytes, columns, image_rows = rows_per_image(l, images);
    if (!rq_mul_size(&columns, l->groups, l->width) ||
        !rq_mul_size(&moments, columns, 2 * l->width) ||
        !rq_mul_size(&rows, image_rows, WAITING_IMAGES) || !rq_mul_size(&rows, rows, columns) ||
        !rq_add_size(&floats, moments, rows) || !rq_mul_size(&bytes, floats, sizeof(float)))
        return SIZE_MAX;
    return bytes;
}

static rq_status open_part(rq_capture_part *out, const rq_capture_layer *l)
{
    size_t columns = l->groups * l->width;
    RQ_TRY(rq_calloc(&out->moment, columns * l->width, sizeof *out->moment, "moments"));
    return rq_calloc(&out->sum, columns, sizeof *out->sum, "sums");
}

static void close_part(rq_capture_part *part)
{
    free(part->moment);
    free(part->sum);
}

rq_status rq_capture_open(rq_capture_sums *out, const rq_capture_layer *l, size_t images)
{
    memset(out, 0, sizeof *out);
    if (rq_capture_bytes(l, images) == SIZE_MAX)
        return rq_fail_memory(SIZE_MAX, "the moments of a layer");
    out->layer = l;
    out->per_image = rows_per_image(l, images);
    rq_status status = open_part(&out->fitted, l);
    if (status == RQ_OK) status = open_part(&out->held, l);
    if (status == RQ_OK)
        status = rq_calloc(&out->waiting, WAITING_IMAGES * rq_capture_image_floats(out),
                           sizeof *out->waiting, "rows of a layer");
    if (status != RQ_OK) rq_capture_close(out);
    return status;
}

void rq_capture_close(rq_capture_sums *s)
{
    close_part(&s->fitted);
    close_part(&s->held);
    free(s->waiting);
    memset(s, 0, sizeof *s);
}

size_t rq_capture_image_floats(const rq_capture_sums *s)
{
    return s->layer->groups * s->per_image * s->layer->width;
}

/* One position in each of per_image equal parts. */
void rq_capture_take(float *rows, const rq_capture_sums *s, const float *x, size_t image)
{
    const rq_capture_layer *l = s->layer;
    rq_rng rng;
    rq_rng_seed(&rng, image * UINT64_C(0x100000001) + l->node);
    for (size_t r = 0; r < s->per_image; r++) {
        size_t first = r * l->positions / s->per_image;
        size_t end = (r + 1) * l->positions / s->per_image;
        rq_capture_row(rows + r * l->width, s->per_image * l->width, l, x,
                       first + rq_rng_below(&rng, end - first));
    }
}

void rq_capture_add(rq_capture_sums *s, const float *rows, size_t image)
{
    size_t width = s->layer->width, block = s->per_image * width, place = image % RQ_CAPTURE_HELD;
    rq_capture_part *part = place == RQ_CAPTURE_HELD - 1 ? &s->held : &s->fitted;
    if (part != s->waiting_for) rq_capture_flush(s); /* an image between was unreadable */
    for (size_t g = 0; g < s->layer->groups; g++)
        memcpy(s->waiting + g * WAITING_IMAGES * block + s->n_waiting * width, rows + g * block,
               block * sizeof *rows);
    s->waiting_for = part;
    s->n_waiting += s->per_image;
    s->full = place + 2 >= RQ_CAPTURE_HELD;
}

bool rq_capture_is_full(const rq_capture_sums *s)
{
    return s->full;
}

void rq_capture_flush(rq_capture_sums *s)
{
    size_t width = s->layer->width, n = s->n_waiting;
    rq_capture_part *part = s->waiting_for;
    for (size_t g = 0; g < s->layer->groups && n; g++) {
        const float *x = s->waiting + g * WAITING_IMAGES * s->per_image * width;
        rq_blas_sgemm(true, false, width, width, n, x, x, 1.0f, part->moment + g * width * width);
        for (size_t r = 0; r < n; r++)
            for (size_t k = 0; k < width; k++) part->sum[g * width + k] += x[r * width + k];
    }
    if (n) part->rows += n;
    s->n_waiting = 0;
    s->full = false;
}
