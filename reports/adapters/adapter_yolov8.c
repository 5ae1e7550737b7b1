/* YOLOv8 and its kin (9, 11, 12): [1, 4 + C, N], rows of centre x, centre y, width, height in
 * input pixels, then a probability for each class. */
#include "reports/adapters/adapter_yolo.h"

static bool fits(const rq_adapter_input *in)
{
    const rq_shape *shape = &in->outputs[0].shape;
    return in->n == 1 && shape->rank == 3 && shape->d[0] == 1 && shape->d[1] > 4 &&
           shape->d[2] > shape->d[1] && shape->d[2] == rq_grid_cells(in->view);
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    size_t n = (size_t)output->shape.d[2], classes = (size_t)output->shape.d[1] - 4;
    for (size_t i = 0; i < n; i++) {
        const float *at = output->data + i;
        rq_yolo_box box = {at[0], at[n], at[2 * n], at[3 * n], 1, at + 4 * n, n, classes, false};
        RQ_TRY(rq_yolo_add(out, in, &box));
    }
    rq_yolo_finish(out, in);
    return RQ_OK;
}

const rq_adapter rq_adapter_yolov8 = {
    .name = "yolov8",
    .help = "one output [1,4+C,N]: YOLOv8, 9, 11",
    .settings = RQ_YOLO_SETTINGS,
    .model_type = "YOLOv8",
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits,
    .read = read,
};
