/* YOLOv3, v4 and tiny: two or three heads [1, A * (5 + C), H, W] (A anchors each):
 *     centre = (cell + sigmoid(value)) * stride,  size = exp(value) * anchor,
 * objectness and classes through a sigmoid. RegionYolo has applied the sigmoids already, which is
 * told by all those values lying in [0, 1].
 * Source: Redmon and Farhadi 2018, "YOLOv3: An Incremental Improvement", section 2.1. */
#include "reports/adapter_yolo.h"

#include <math.h>

enum { ANCHORS = 3 };

/* Trained on COCO, finest head first. Source: the same, section 2.3; tiny: its configuration. */
static const double anchors_of_three[] = {10, 13, 16,  30,  33, 23,  30,  61,  62,
                                          45, 59, 119, 116, 90, 156, 198, 373, 326};
static const double anchors_of_two[] = {10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319};

static bool is_head(const rq_shape *shape, int64_t channels)
{
    return shape->rank == 4 && shape->d[0] == 1 && shape->d[1] == channels && shape->d[2] > 0 &&
           shape->d[3] > 0;
}

static bool fits(const rq_adapter_input *in)
{
    if (in->n < 2 || in->n > 3) return false;
    int64_t channels = in->outputs[0].shape.d[1];
    if (channels % ANCHORS || channels < ANCHORS * 6) return false;
    for (size_t i = 0; i < in->n; i++) {
        const rq_shape *shape = &in->outputs[i].shape;
        if (!is_head(shape, channels) || in->view->input_width % shape->d[3] ||
            in->view->input_height % shape->d[2])
            return false;
        for (size_t k = 0; k < i; k++)
            if (in->outputs[k].shape.d[3] == shape->d[3]) return false;
    }
    return true;
}

typedef struct head {
    const float *data;
    size_t columns, rows, cells, classes;
    double stride_x, stride_y;
    bool activated;
} head;

static bool is_activated(const head *h)
{
    for (size_t c = 0; c < ANCHORS * (5 + h->classes); c++) {
        size_t kind = c % (5 + h->classes);
        if (kind == 2 || kind == 3) continue; /* sizes */
        for (size_t i = 0; i < h->cells; i++) {
            float x = h->data[c * h->cells + i];
            if (!(x >= 0 && x <= 1)) return false;
        }
    }
    return true;
}

static double activate(const head *h, float x)
{
    return h->activated ? x : rq_sigmoid(x);
}

static rq_status read_anchor(rq_answer *out, const rq_adapter_input *in, const head *h,
                             const float *at, const double *anchor)
{
    size_t n = h->cells;
    for (size_t i = 0; i < n; i++, at++) {
        rq_yolo_box box = {.x = ((double)(i % h->columns) + activate(h, at[0])) * h->stride_x,
                           .y = ((double)(i / h->columns) + activate(h, at[n])) * h->stride_y,
                           .width = exp(at[2 * n]) * anchor[0],
                           .height = exp(at[3 * n]) * anchor[1],
                           .objectness = activate(h, at[4 * n]),
                           .scores = at + 5 * n,
                           .stride = n,
                           .classes = h->classes,
                           .logits = !h->activated};
        RQ_TRY(rq_yolo_add(out, in, &box));
    }
    return RQ_OK;
}

static head open_head(const rq_adapter_input *in, const rq_output *output)
{
    const int64_t *d = output->shape.d;
    head h = {.data = output->data,
              .columns = (size_t)d[3],
              .rows = (size_t)d[2],
              .cells = (size_t)(d[2] * d[3]),
              .classes = (size_t)d[1] / ANCHORS - 5,
              .stride_x = (double)in->view->input_width / (double)d[3],
              .stride_y = (double)in->view->input_height / (double)d[2]};
    h.activated = is_activated(&h);
    return h;
}

/* How many heads are finer. */
static size_t place_of(const rq_adapter_input *in, const rq_output *output)
{
    size_t finer = 0;
    for (size_t i = 0; i < in->n; i++) finer += in->outputs[i].shape.d[3] > output->shape.d[3];
    return finer;
}

/* Tiny's published configuration gives its finer head anchors 1, 2, 3, not 0, 1, 2. */
static const double *anchors_of(const rq_adapter_input *in, const rq_output *output)
{
    size_t place = place_of(in, output);
    const rq_adapter_settings *settings = in->settings;
    if (settings->n_anchors) return settings->anchors + place * ANCHORS * 2;
    if (in->n == 3) return anchors_of_three + place * ANCHORS * 2;
    return anchors_of_two + (place ? 6 : 2);
}

static rq_status read(rq_answer *out, const rq_adapter_input *in)
{
    if (in->settings->n_anchors && in->settings->n_anchors != in->n * ANCHORS * 2)
        return rq_fail(RQ_EARG, "--adapter yolov3: %zu numbers as anchors, expected %zu",
                       in->settings->n_anchors, in->n * ANCHORS * 2);
    for (size_t i = 0; i < in->n; i++) {
        head h = open_head(in, &in->outputs[i]);
        const double *anchors = anchors_of(in, &in->outputs[i]);
        for (size_t a = 0; a < ANCHORS; a++)
            RQ_TRY(
                read_anchor(out, in, &h, h.data + a * (5 + h.classes) * h.cells, anchors + 2 * a));
    }
    rq_yolo_finish(out, in);
    return RQ_OK;
}

const rq_adapter rq_adapter_yolov3 = {
    .name = "yolov3",
    .help = "two or three outputs [1,3*(5+C),H,W]: YOLOv3, v4, tiny, with or without RegionYolo",
    .keys = RQ_YOLO_KEYS " anchors",
    .gives = RQ_ANSWER_BOXES,
    .guess = RQ_GUESS_ALWAYS,
    .fits = fits,
    .read = read,
};
