#include "engine/ops/common/anchor_boxes.h"

#include <math.h>

size_t rq_anchor_work_cut(rq_anchor_work *work, size_t n, void *base)
{
    *work = (rq_anchor_work){0};
    if (base) {
        work->boxes = base;
        work->order = (rq_sort_item *)(void *)(work->boxes + n);
        work->scores = (float *)(void *)(work->order + n);
        work->kept = (int32_t *)(void *)(work->scores + n);
    }
    return n * (sizeof(rq_corners) + sizeof(rq_sort_item) + sizeof(float) + sizeof(int32_t));
}

rq_corners rq_anchor_apply_deltas(const rq_corners *box, const float *delta, size_t stride,
                                  float max_log, float offset)
{
    float width = box->x2 - box->x1 + offset, height = box->y2 - box->y1 + offset;
    float x = delta[0] * width + box->x1 + 0.5f * width;
    float y = delta[stride] * height + box->y1 + 0.5f * height;
    float w = expf(fminf(delta[2 * stride], max_log)) * width;
    float h = expf(fminf(delta[3 * stride], max_log)) * height;
    return (rq_corners){x - 0.5f * w, y - 0.5f * h, x + 0.5f * w - offset, y + 0.5f * h - offset};
}

bool rq_anchor_is_small(const rq_anchor_field *field, const rq_corners *box)
{
    return !(field->min_width <= box->x2 - box->x1 + field->offset &&
             field->min_height <= box->y2 - box->y1 + field->offset);
}

void rq_anchor_boxes(const rq_anchor_field *f, const rq_anchor_work *work)
{
    const float max_log = (float)log(1000.0 / 16.0);
    for (size_t cell = 0; cell < f->cells; cell++)
        for (size_t k = 0; k < f->kinds; k++) {
            size_t i = cell * f->kinds + k;
            const float *corner = f->anchors + i * 4;
            rq_corners box = {corner[0], corner[1], corner[2], corner[3]};
            box = rq_anchor_apply_deltas(&box, f->deltas + k * 4 * f->cells + cell, f->cells,
                                         max_log, f->offset);
            rq_corners_clip(&box, f->width - f->offset, f->height - f->offset);
            work->boxes[i] = box;
            work->scores[i] = f->scores[k * f->cells + cell];
            work->order[i] = rq_rank_score(work->scores[i], (int64_t)i);
        }
}
