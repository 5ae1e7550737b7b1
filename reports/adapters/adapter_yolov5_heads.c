/* YOLOv5 and 7 as exported without their last layer: two or three heads, [1, A, H, W, 5 + C] or as
 * the convolutions leave them, [1, A * (5 + C), H, W]. With s = sigmoid(value):
 *     centre = (cell - 0.5 + 2 s) * stride,  size = (2 s)^2 * anchor,
 * objectness and classes through a sigmoid. All values lying in [0, 1] tells that the sigmoids are
 * in the model.
 * Source: docs.ultralytics.com, "YOLOv5 architecture description", section 4.3, "Eliminate grid
 * sensitivity". */
#include "reports/adapters/adapter_yolo_heads.h"

static double twice(const rq_yolo_cell *cell, double x)
{
    return 2 * (cell->activated ? x : rq_sigmoid(x));
}

static void decode(rq_yolo_box *box, const rq_yolo_cell *cell)
{
    double width = twice(cell, cell->width), height = twice(cell, cell->height);
    box->x = (cell->column - 0.5 + twice(cell, cell->x)) * cell->stride_x;
    box->y = (cell->row - 0.5 + twice(cell, cell->y)) * cell->stride_y;
    box->width = width * width * cell->anchor[0];
    box->height = height * height * cell->anchor[1];
}

static const rq_yolo_heads heads = {.name = "yolov5-heads",
                                    .sigmoid_of_sizes = true,
                                    .of_three = rq_yolo_coco_anchors,
                                    .decode = decode};

static bool fits(const rq_adapter_input *in)
{
    return rq_yolo_heads_fit(in, 5) || rq_yolo_heads_fit(in, 4);
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    return rq_yolo_heads_read(out, in, &heads);
}

/* Four dimensions look like YOLOv3's, which is guessed first. */
const rq_adapter rq_adapter_yolov5_heads = {
    .name = "yolov5-heads",
    .help = "two or three outputs [1,3,H,W,5+C] or [1,3*(5+C),H,W]: YOLOv5, 7 before decoding",
    .settings = rq_yolo_anchor_settings,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits,
    .read = read,
};
