/* What both models find in the worst images, and what is there: boxes, masks and texts of the
 * adapter's predictions, placed on the thumbnails. Those images are run once more for it. */
#include "engine/workbench/report/report_build.h"

#include <math.h>
#include <string.h>

#define DRAWN (RQ_PREDICTION_BOXES | RQ_PREDICTION_MASK | RQ_PREDICTION_TEXT)
#define MAX_BOXES 60 /* of one image: more is no drawing */
#define MAX_SYMBOLS 400
#define MAX_UTF8 4

typedef struct drawing {
    rq_report_image *rows; /* in the order in which images are run */
    rq_arena *arena;
} drawing;

/* -- boxes ---------------------------------------------------------------------------------- */

static double share_x(const rq_view *view, double x)
{
    return (x - view->offset_x) / view->scale_x / view->input_width;
}

static double share_y(const rq_view *view, double y)
{
    return (y - view->offset_y) / view->scale_y / view->input_height;
}

/* The surest come first in a prediction. */
static rq_status put_boxes(rq_reals *out, const rq_prediction *from, const rq_view *view,
                           rq_arena *arena)
{
    size_t n = from->n_boxes < MAX_BOXES ? from->n_boxes : MAX_BOXES;
    out->values = rq_arena_alloc(arena, n * RQ_BOX_NUMBERS, sizeof *out->values);
    if (!out->values) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const rq_box *box = &from->boxes[i];
        const double numbers[RQ_BOX_NUMBERS] = {share_x(view, box->x0), share_y(view, box->y0),
                                                share_x(view, box->x1), share_y(view, box->y1),
                                                box->class_id,          box->score};
        memcpy(&out->values[i * RQ_BOX_NUMBERS], numbers, sizeof numbers);
    }
    out->n = n * RQ_BOX_NUMBERS;
    return RQ_OK;
}

/* -- masks ---------------------------------------------------------------------------------- */

static double class_at(const rq_mask *mask, const rq_view *view, int row, int column)
{
    double x = (column + 0.5) / RQ_MASK_SIDE * view->input_width;
    double y = (row + 0.5) / RQ_MASK_SIDE * view->input_height;
    uint16_t class = rq_mask_at(mask, rq_view_x(view, x), rq_view_y(view, y));
    return class == RQ_MASK_IGNORED ? RQ_NO_CLASS : class;
}

static rq_status put_mask(rq_reals *out, const rq_prediction *from, const rq_view *view,
                          rq_arena *arena)
{
    size_t most = (size_t)2 * RQ_MASK_SIDE * RQ_MASK_SIDE;
    out->values = rq_arena_alloc(arena, most, sizeof *out->values);
    if (!out->values) return RQ_ENOMEM;
    for (int i = 0; i < RQ_MASK_SIDE * RQ_MASK_SIDE; i++) {
        double class = class_at(&from->mask, view, i / RQ_MASK_SIDE, i % RQ_MASK_SIDE);
        if (out->n && out->values[out->n - 2] == class) {
            out->values[out->n - 1]++;
        } else {
            out->values[out->n++] = class;
            out->values[out->n++] = 1;
        }
    }
    return RQ_OK;
}

/* -- texts ---------------------------------------------------------------------------------- */

static size_t encode(char *out, int32_t symbol)
{
    uint32_t c = symbol < 0x20 || symbol > 0x10ffff || (symbol >= 0xd800 && symbol < 0xe000)
                     ? 0xfffd
                     : (uint32_t)symbol;
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint32_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[n] | c);
    return n;
}

static rq_status put_text(const char **out, const rq_prediction *from, rq_arena *arena)
{
    size_t n = from->n_symbols < MAX_SYMBOLS ? from->n_symbols : MAX_SYMBOLS, length = 0;
    char *text = rq_arena_alloc(arena, n * MAX_UTF8 + 1, 1);
    if (!text) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) length += encode(text + length, from->symbols[i]);
    *out = text;
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static rq_status put(rq_reals *boxes, rq_reals *mask, const char **text, const rq_prediction *from,
                     const rq_view *view, rq_arena *arena)
{
    if (from->has & RQ_PREDICTION_BOXES) RQ_TRY(put_boxes(boxes, from, view, arena));
    if (from->has & RQ_PREDICTION_MASK) RQ_TRY(put_mask(mask, from, view, arena));
    return from->has & RQ_PREDICTION_TEXT ? put_text(text, from, arena) : RQ_OK;
}

static rq_status draw(void *ctx, size_t image, const rq_view *view,
                      const rq_image_predictions *predictions)
{
    const drawing *d = ctx;
    rq_report_image *row = &d->rows[image];
    const rq_prediction *before = &predictions->of[0], *after = &predictions->of[1];
    if (view->input_width <= 0 || view->input_height <= 0) return RQ_OK;
    if (predictions->has_truth)
        RQ_TRY(put(&row->label_boxes, &row->label_mask, &row->label_text, &predictions->truth, view,
                   d->arena));
    RQ_TRY(put(&row->before_boxes, &row->before_mask, &row->before_text, before, view, d->arena));
    return put(&row->after_boxes, &row->after_mask, &row->after_text, after, view, d->arena);
}

static rq_status pick(rq_images *out, const rq_report *report, const rq_report_facts *facts,
                      const rq_image_result *results, rq_arena *arena)
{
    size_t *indices = rq_arena_alloc(arena, report->n_images, sizeof *indices);
    if (!indices) return RQ_ENOMEM;
    for (size_t i = 0; i < report->n_images; i++) indices[i] = results[i].image;
    return rq_images_pick(out, facts->val, indices, report->n_images);
}

rq_status rq_report_build_predictions(rq_report *out, const rq_report_facts *facts,
                                      const rq_image_result *results, rq_arena *arena)
{
    rq_images images;
    rq_evaluation evaluation;
    drawing d = {out->images, arena};
    if (!facts->workload || !out->n_images || !(facts->evaluation->predictions & DRAWN))
        return RQ_OK;
    RQ_TRY(pick(&images, out, facts, results, arena));
    rq_workload w = rq_workload_over(facts->workload, &images);
    w.score = (rq_user_score){0}; /* it was asked for all images */
    const rq_evaluate_options options = {.before = facts->before,
                                         .after = facts->after,
                                         .predicted = draw,
                                         .predicted_ctx = &d,
                                         .title = "draw"};
    rq_status status = rq_evaluate_run(&evaluation, &w, &options);
    rq_evaluation_close(&evaluation);
    rq_images_close(&images);
    return status;
}
