#include "reports/metrics/confusion.h"

#include <string.h>

static size_t count_classes(const rq_image_result *images, size_t n)
{
    int64_t largest = -1;
    for (size_t i = 0; i < n; i++) {
        if (images[i].label > largest) largest = images[i].label;
        if (images[i].label >= 0 && images[i].after > largest) largest = images[i].after;
    }
    return (size_t)(largest + 1);
}

static void fill_row(rq_class_row *row, const rq_confusion *c, size_t truth)
{
    const size_t *counts = c->counts + truth * c->classes;
    *row = (rq_class_row){.class_id = (int64_t)truth, .taken_for = -1};
    row->images = c->unpredicted[truth];
    for (size_t k = 0; k < c->classes; k++) {
        row->images += counts[k];
        if (k == truth || counts[k] <= row->taken) continue;
        row->taken = counts[k];
        row->taken_for = (int64_t)k;
    }
    row->right = counts[truth];
    rq_estimate share = rq_wilson(row->right, row->images);
    row->accuracy = (rq_estimate){100 * share.value, 100 * share.low, 100 * share.high};
}

rq_status rq_confusion_make(rq_confusion *out, const rq_measure *measure, rq_arena *arena)
{
    size_t n;
    const rq_image_result *images = rq_measure_images(measure, &n);
    *out = (rq_confusion){.classes = count_classes(images, n)};
    if (out->classes > RQ_CONFUSION_CLASSES)
        return rq_fail(RQ_EARG, "%zu classes; a table of %d at most can be made", out->classes,
                       RQ_CONFUSION_CLASSES);
    out->counts = rq_arena_alloc(arena, out->classes * out->classes, sizeof *out->counts);
    out->unpredicted = rq_arena_alloc(arena, out->classes, sizeof *out->unpredicted);
    out->rows = rq_arena_alloc(arena, out->classes, sizeof *out->rows);
    if (!out->counts || !out->unpredicted || !out->rows) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const rq_image_result *r = &images[i];
        if (r->label < 0) continue;
        if (r->after < 0)
            out->unpredicted[r->label]++;
        else
            out->counts[(size_t)r->label * out->classes + (size_t)r->after]++;
    }
    for (size_t c = 0; c < out->classes; c++) {
        fill_row(&out->rows[out->n_rows], out, c);
        out->n_rows += out->rows[out->n_rows].images > 0;
    }
    return RQ_OK;
}
