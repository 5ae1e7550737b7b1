/* What adapters share: boxes, and which of them stay. */
#include "reports/adapters/adapter.h"

#include <math.h>

rq_status rq_adapter_fail(const char *adapter, const rq_output *output, const char *expected)
{
    char text[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EFORMAT, "output '%s' %s does not fit adapter %s (%s)", output->name,
                   rq_shape_text(&output->shape, text), adapter, expected);
}

static double clamp(double x, double high)
{
    return x < 0 ? 0 : x > high ? high : x;
}

rq_status rq_adapter_add_box(rq_prediction *out, const rq_view *view, const rq_box *box)
{
    rq_box placed = *box;
    placed.flags = 0;
    placed.area = -1;
    placed.x0 = rq_view_x(view, box->x0), placed.x1 = rq_view_x(view, box->x1);
    placed.y0 = rq_view_y(view, box->y0), placed.y1 = rq_view_y(view, box->y1);
    if (isnan(placed.x0) || isnan(placed.x1) || isnan(placed.y0) || isnan(placed.y1)) return RQ_OK;
    placed.x0 = clamp(placed.x0, view->width), placed.x1 = clamp(placed.x1, view->width);
    placed.y0 = clamp(placed.y0, view->height), placed.y1 = clamp(placed.y1, view->height);
    if (!(placed.x1 > placed.x0) || !(placed.y1 > placed.y0)) return RQ_OK;
    return rq_prediction_add_box(out, &placed);
}

static bool is_covered(const rq_box *box, const rq_box *kept, size_t n, double iou)
{
    for (size_t i = 0; i < n; i++)
        if (kept[i].class_id == box->class_id && rq_box_iou(&kept[i], box) > iou) return true;
    return false;
}

void rq_boxes_suppress(rq_prediction *prediction, double iou, size_t keep)
{
    size_t kept = 0, n = prediction->n_boxes;
    rq_boxes_sort(prediction->boxes, n);
    if (n > RQ_NMS_CANDIDATES) n = RQ_NMS_CANDIDATES;
    for (size_t i = 0; i < n && kept < keep; i++)
        if (!is_covered(&prediction->boxes[i], prediction->boxes, kept, iou))
            prediction->boxes[kept++] = prediction->boxes[i];
    prediction->n_boxes = kept;
}

rq_shape rq_shape_without_batch(const rq_shape *shape)
{
    rq_shape out = {.rank = 0};
    int from = 0;
    while (from < shape->rank - 2 && shape->d[from] == 1) from++;
    for (int i = from; i < shape->rank; i++) out.d[out.rank++] = shape->d[i];
    return out;
}

int64_t rq_grid_cells(const rq_view *view)
{
    int64_t n = 0;
    for (int stride = 8; stride <= 32; stride *= 2)
        n += (int64_t)(view->input_width / stride) * (view->input_height / stride);
    return n;
}

double rq_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}
