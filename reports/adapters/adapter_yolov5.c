/* YOLOv5 and its kin (6, 7): [1, N, 5 + C], each row centre x, centre y, width, height in input
 * pixels, objectness, then a probability for each class. */
#include "reports/adapters/adapter_yolo.h"

static bool fits(const rq_adapter_input *in, int64_t rows)
{
    const rq_shape *shape = &in->outputs[0].shape;
    return in->n == 1 && shape->rank == 3 && shape->d[0] == 1 && shape->d[1] == rows &&
           shape->d[2] > 5;
}

static bool fits_three(const rq_adapter_input *in)
{
    return fits(in, 3 * rq_grid_cells(in->view));
}

static bool fits_one(const rq_adapter_input *in)
{
    return fits(in, rq_grid_cells(in->view));
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    size_t n = (size_t)output->shape.d[1], width = (size_t)output->shape.d[2];
    for (size_t i = 0; i < n; i++) {
        const float *at = output->data + i * width;
        rq_yolo_box box = {at[0], at[1], at[2], at[3], at[4], at + 5, 1, width - 5, false};
        RQ_TRY(rq_yolo_add(out, in, &box));
    }
    rq_yolo_finish(out, in);
    return RQ_OK;
}

const rq_adapter rq_adapter_yolov5 = {
    .name = "yolov5",
    .help = "one output [1,N,5+C], three rows for each grid cell: YOLOv5, 7",
    .settings = RQ_YOLO_SETTINGS,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits_three,
    .read = read,
};

/* Looks like YOLOX's, which is not decoded. */
const rq_adapter rq_adapter_yolov6 = {
    .name = "yolov6",
    .help = "one output [1,N,5+C], decoded, one row for each grid cell: YOLOv6",
    .settings = RQ_YOLO_SETTINGS,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_NEVER,
    .fits = fits_one,
    .read = read,
};
