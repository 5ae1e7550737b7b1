/* Text detectors that give a probability for each pixel (DB, PP-OCR's detector): pixels above
 * `threshold` that touch, also by corners, are one text; its box is blown up by
 * area * unclip / perimeter on each side, because such networks learn shrunken texts.
 * Source: Liao et al. 2020, "Real-time Scene Text Detection with Differentiable Binarization",
 * section 3.5; boxes are upright here, where the paper has polygons. */
#include "reports/adapters/adapter.h"

#include <math.h>
#include <stdlib.h>

enum { MIN_SIDE = 3 }; /* cells: smaller ones are specks */

typedef struct map {
    const float *data;
    int rows, columns;
    float threshold;
    uint8_t *seen;  /* [rows * columns] */
    uint32_t *todo; /* cells to look around */
} map;

typedef struct blob {
    int left, top, right, bottom; /* inclusive */
    double sum;
    size_t cells;
} blob;

static bool fits(const rq_adapter_input *in)
{
    rq_shape shape = rq_shape_without_batch(&in->outputs[0].shape);
    return shape.rank == 2 && in->outputs[0].shape.rank == 4 && in->outputs[0].shape.d[0] == 1;
}

static void grow(blob *b, int x, int y)
{
    if (x < b->left) b->left = x;
    if (x > b->right) b->right = x;
    if (y < b->top) b->top = y;
    if (y > b->bottom) b->bottom = y;
}

static size_t push(map *m, size_t n, int x, int y)
{
    if (x < 0 || y < 0 || x >= m->columns || y >= m->rows) return n;
    size_t cell = (size_t)y * (size_t)m->columns + (size_t)x;
    if (m->seen[cell] || !(m->data[cell] > m->threshold)) return n;
    m->seen[cell] = 1;
    m->todo[n] = (uint32_t)cell;
    return n + 1;
}

/* Each cell is pushed once, so that `todo` never holds more than all. */
static blob flood(map *m, int x, int y)
{
    blob b = {x, y, x, y, 0, 0};
    size_t n = push(m, 0, x, y);
    while (n) {
        uint32_t cell = m->todo[--n];
        int at_x = (int)(cell % (uint32_t)m->columns), at_y = (int)(cell / (uint32_t)m->columns);
        grow(&b, at_x, at_y);
        b.sum += m->data[cell];
        b.cells++;
        for (int dy = -1; dy <= 1; dy++)
            for (int dx = -1; dx <= 1; dx++) n = push(m, n, at_x + dx, at_y + dy);
    }
    return b;
}

static rq_status add_blob(rq_prediction *out, const rq_adapter_input *in, const map *m,
                          const blob *b)
{
    double width = b->right - b->left + 1, height = b->bottom - b->top + 1;
    double score = b->sum / (double)b->cells;
    if (fmin(width, height) < MIN_SIDE || !(score >= in->settings->score)) return RQ_OK;
    double grown = width * height * in->settings->unclip / (2 * (width + height));
    double cell_x = (double)in->view->input_width / m->columns;
    double cell_y = (double)in->view->input_height / m->rows;
    rq_box box = {.score = score,
                  .x0 = (b->left - grown) * cell_x,
                  .y0 = (b->top - grown) * cell_y,
                  .x1 = (b->right + 1 + grown) * cell_x,
                  .y1 = (b->bottom + 1 + grown) * cell_y};
    return rq_adapter_add_box(out, in->view, &box);
}

static rq_status find_blobs(rq_prediction *out, const rq_adapter_input *in, map *m)
{
    for (int y = 0; y < m->rows; y++)
        for (int x = 0; x < m->columns; x++) {
            blob b = flood(m, x, y);
            if (b.cells) RQ_TRY(add_blob(out, in, m, &b));
        }
    rq_boxes_sort(out->boxes, out->n_boxes);
    return RQ_OK;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    rq_shape shape = rq_shape_without_batch(&in->outputs[0].shape);
    size_t cells = rq_shape_count(&shape);
    if (cells == 0 || cells > RQ_MAX_PREDICTION_VALUES)
        return rq_adapter_fail("text-boxes", &in->outputs[0], "one probability for each pixel");
    map m = {.data = in->outputs[0].data,
             .rows = (int)shape.d[0],
             .columns = (int)shape.d[1],
             .threshold = (float)in->settings->threshold};
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&m.seen, cells, 1, "a map of texts"), out);
    RQ_TRY_GOTO(rq_calloc(&m.todo, cells, sizeof *m.todo, "a map of texts"), out);
    status = find_blobs(out, in, &m);
out:
    free(m.seen);
    free(m.todo);
    return status;
}

static const rq_adapter_setting settings[] = {
    {"threshold", 0.3, "probability from which a pixel is text"},
    {"score", 0.5, "minimum mean probability of a box"},
    {"unclip", 1.5, "boxes grow by area * X / perimeter on each side"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_text_boxes = {
    .name = "text-boxes",
    .help = "one output [1,1,H,W], the probability of text: PP-OCR's detector, DB",
    .settings = settings,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
