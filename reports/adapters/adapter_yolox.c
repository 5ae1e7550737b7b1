/* YOLOX: [1, N, 5 + C], one row for each cell of the grids of strides 8, 16, 32, not decoded:
 *     centre = (cell + value) * stride,  size = exp(value) * stride,
 * then objectness and classes, already probabilities.
 * Source: Ge et al. 2021, "YOLOX: Exceeding YOLO Series in 2021", section 2.2. */
#include "reports/adapters/adapter_yolo.h"

#include <math.h>

static bool fits(const rq_adapter_input *in)
{
    const rq_shape *shape = &in->outputs[0].shape;
    return in->n == 1 && shape->rank == 3 && shape->d[0] == 1 && shape->d[2] > 5 &&
           shape->d[1] == rq_grid_cells(in->view);
}

static rq_status read_grid(rq_prediction *out, const rq_adapter_input *in, const float *at,
                           int stride)
{
    size_t width = (size_t)in->outputs[0].shape.d[2];
    int columns = in->view->input_width / stride, rows = in->view->input_height / stride;
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++, at += width) {
            rq_yolo_box box = {.x = ((double)at[0] + x) * stride,
                               .y = ((double)at[1] + y) * stride,
                               .width = exp(at[2]) * stride,
                               .height = exp(at[3]) * stride,
                               .objectness = at[4],
                               .scores = at + 5,
                               .stride = 1,
                               .classes = width - 5};
            RQ_TRY(rq_yolo_add(out, in, &box));
        }
    return RQ_OK;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const float *at = in->outputs[0].data;
    for (int stride = 8; stride <= 32; stride *= 2) {
        RQ_TRY(read_grid(out, in, at, stride));
        at += (size_t)(in->view->input_width / stride) * (size_t)(in->view->input_height / stride) *
              (size_t)in->outputs[0].shape.d[2];
    }
    rq_yolo_finish(out, in);
    return RQ_OK;
}

const rq_adapter rq_adapter_yolox = {
    .name = "yolox",
    .help = "one output [1,N,5+C] of YOLOX, not decoded, strides 8, 16, 32",
    .settings = RQ_YOLO_SETTINGS,
    .model_type = "YOLOX",
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_NEVER,
    .fits = fits,
    .read = read,
};
