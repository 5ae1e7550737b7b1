#include "engine/ops/common/box.h"

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float smaller(float a, float b)
{
    return a < b ? a : b;
}

static float corners_area(const rq_corners *box, float offset)
{
    float width = box->x2 - box->x1 + offset, height = box->y2 - box->y1 + offset;
    return width < 0 || height < 0 ? 0.0f : width * height;
}

float rq_corners_overlap(const rq_corners *a, const rq_corners *b, float offset)
{
    float width = smaller(a->x2, b->x2) - larger(a->x1, b->x1);
    float height = smaller(a->y2, b->y2) - larger(a->y1, b->y1);
    if (!(width >= 0 && height >= 0)) return 0.0f;
    width += offset;
    height += offset;
    if (!(width > 0 && height > 0)) return 0.0f;
    float common = width * height;
    return common / (corners_area(a, offset) + corners_area(b, offset) - common);
}

void rq_corners_clip(rq_corners *box, float x_max, float y_max)
{
    box->x1 = larger(0.0f, smaller(box->x1, x_max));
    box->y1 = larger(0.0f, smaller(box->y1, y_max));
    box->x2 = larger(0.0f, smaller(box->x2, x_max));
    box->y2 = larger(0.0f, smaller(box->y2, y_max));
}

size_t rq_corners_suppress(int32_t *kept, size_t limit, const rq_corners *boxes,
                           const rq_sort_item *order, size_t n, float threshold, float offset)
{
    size_t count = 0;
    for (size_t i = 0; i < n && count < limit; i++) {
        const rq_corners *box = &boxes[order[i].index];
        bool alone = true;
        for (size_t k = 0; k < count && alone; k++)
            alone = !(rq_corners_overlap(box, &boxes[kept[k]], offset) > threshold);
        if (alone) kept[count++] = (int32_t)order[i].index;
    }
    return count;
}
