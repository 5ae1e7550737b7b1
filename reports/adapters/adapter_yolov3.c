/* YOLOv3, v4 and tiny: two or three heads [1, A * (5 + C), H, W] (A anchors each):
 *     centre = (cell + sigmoid(value)) * stride,  size = exp(value) * anchor,
 * objectness and classes through a sigmoid. RegionYolo has applied the sigmoids already, which is
 * told by all those values lying in [0, 1].
 * Source: Redmon and Farhadi 2018, "YOLOv3: An Incremental Improvement", section 2.1. */
#include "reports/adapters/adapter_yolo_heads.h"

#include <math.h>

/* Tiny's published configuration gives its finer head the anchors 1, 2, 3 of six, not 0, 1, 2: the
 * last of the finer head is the first of the other. */
static const double tiny_anchors[] = {23, 27, 37, 58, 81, 82, 81, 82, 135, 169, 344, 319};

static void decode(rq_yolo_box *box, const rq_yolo_cell *cell)
{
    double x = cell->activated ? cell->x : rq_sigmoid(cell->x);
    double y = cell->activated ? cell->y : rq_sigmoid(cell->y);
    box->x = (cell->column + x) * cell->stride_x;
    box->y = (cell->row + y) * cell->stride_y;
    box->width = exp(cell->width) * cell->anchor[0];
    box->height = exp(cell->height) * cell->anchor[1];
}

static const rq_yolo_heads heads = {
    .name = "yolov3", .of_three = rq_yolo_coco_anchors, .of_two = tiny_anchors, .decode = decode};

static bool fits(const rq_adapter_input *in)
{
    return rq_yolo_heads_fit(in, 4);
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    return rq_yolo_heads_read(out, in, &heads);
}

const rq_adapter rq_adapter_yolov3 = {
    .name = "yolov3",
    .help = "two or three outputs [1,3*(5+C),H,W]: YOLOv3, v4, tiny, with or without RegionYolo",
    .settings = rq_yolo_anchor_settings,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits,
    .read = read,
};
