/* SSD and others that end in DetectionOutput: rows of image, class, score, x0, y0, x1, y1, the
 * corners as parts of the input's sides; an image < 0 ends the list.
 * Source: OpenVINO operation specification, DetectionOutput-8. */
#include "reports/adapters/adapter.h"

enum { ROW = 7 };

static bool fits(const rq_adapter_input *in)
{
    const rq_shape *shape = &in->outputs[0].shape;
    return in->n == 1 && shape->rank == 4 && shape->d[0] == 1 && shape->d[1] == 1 &&
           shape->d[3] == ROW;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    size_t rows = rq_shape_count(&output->shape) / ROW;
    double least = in->settings->score, first = in->settings->first;
    double width = in->view->input_width, height = in->view->input_height;
    for (size_t i = 0; i < rows; i++) {
        const float *row = output->data + i * ROW;
        if (row[0] < 0) break;
        double class_id = row[1] - first;
        if (!(row[2] >= least) || !(class_id >= 0 && class_id < INT32_MAX)) continue;
        rq_box box = {.class_id = (int32_t)class_id,
                      .score = row[2],
                      .x0 = row[3] * width,
                      .y0 = row[4] * height,
                      .x1 = row[5] * width,
                      .y1 = row[6] * height};
        RQ_TRY(rq_adapter_add_box(out, in->view, &box));
    }
    rq_boxes_sort(out->boxes, out->n_boxes);
    return RQ_OK;
}

static const rq_adapter_setting settings[] = {
    {"score", 0.01, "minimum score of a box"},
    {"first", 1, "the model's id of the data set's class 0; 1 where 0 is the background"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_ssd = {
    .name = "ssd",
    .help = "one output [1,1,N,7] of DetectionOutput",
    .settings = settings,
    .model_type = "ssd",
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits,
    .read = read,
};
