#include "reports/adapters/adapter_yolo_heads.h"

enum { ANCHORS = RQ_YOLO_ANCHORS, BEFORE_CLASSES = 5 };

const double rq_yolo_coco_anchors[] = {10, 13, 16,  30,  33, 23,  30,  61,  62,
                                       45, 59, 119, 116, 90, 156, 198, 373, 326};

/* -- shapes --------------------------------------------------------------------------------- */

typedef struct grid {
    int64_t rows, columns, width; /* width: numbers of an anchor in a cell */
} grid;

/* All zero where the shape is no head's. */
static grid grid_of(const rq_shape *shape)
{
    const int64_t *d = shape->d;
    if (d[0] != 1) return (grid){0};
    if (shape->rank == 4 && d[1] % ANCHORS == 0) return (grid){d[2], d[3], d[1] / ANCHORS};
    if (shape->rank == 5 && d[1] == ANCHORS) return (grid){d[2], d[3], d[4]};
    return (grid){0};
}

static bool divides(int64_t input, int64_t cells)
{
    return cells > 0 && input % cells == 0;
}

bool rq_yolo_heads_fit(const rq_adapter_input *in, int rank)
{
    if (in->n < 2 || in->n > 3) return false;
    int64_t width = grid_of(&in->outputs[0].shape).width;
    for (size_t i = 0; i < in->n; i++) {
        grid g = grid_of(&in->outputs[i].shape);
        if (in->outputs[i].shape.rank != rank || g.width != width || width <= BEFORE_CLASSES ||
            !divides((int64_t)in->view->input_width, g.columns) ||
            !divides((int64_t)in->view->input_height, g.rows))
            return false;
        for (size_t k = 0; k < i; k++)
            if (grid_of(&in->outputs[k].shape).columns == g.columns) return false;
    }
    return true;
}

/* -- values --------------------------------------------------------------------------------- */

/* Value v of anchor a in cell i is data[a * anchor + v * value + i * cell]. */
typedef struct head {
    const float *data;
    size_t columns, cells, width;
    size_t anchor_step, value_step, cell_step;
    double stride_x, stride_y;
    bool activated;
} head;

static const float *value_at(const head *h, size_t anchor, size_t value, size_t cell)
{
    return h->data + anchor * h->anchor_step + value * h->value_step + cell * h->cell_step;
}

static bool is_activated(const head *h, bool sigmoid_of_sizes)
{
    for (size_t v = 0; v < h->width; v++) {
        if (!sigmoid_of_sizes && (v == 2 || v == 3)) continue;
        for (size_t a = 0; a < ANCHORS; a++)
            for (size_t i = 0; i < h->cells; i++) {
                float x = *value_at(h, a, v, i);
                if (!(x >= 0 && x <= 1)) return false;
            }
    }
    return true;
}

static head open_head(const rq_adapter_input *in, const rq_output *output,
                      const rq_yolo_heads *heads)
{
    grid g = grid_of(&output->shape);
    bool last = output->shape.rank == 5; /* an anchor's numbers lie side by side */
    head h = {.data = output->data,
              .columns = (size_t)g.columns,
              .cells = (size_t)(g.rows * g.columns),
              .width = (size_t)g.width,
              .stride_x = (double)in->view->input_width / (double)g.columns,
              .stride_y = (double)in->view->input_height / (double)g.rows};
    h.anchor_step = h.cells * h.width;
    h.value_step = last ? 1 : h.cells;
    h.cell_step = last ? h.width : 1;
    h.activated = is_activated(&h, heads->sigmoid_of_sizes);
    return h;
}

static rq_status read_anchor(rq_prediction *out, const rq_adapter_input *in, const head *h,
                             const rq_yolo_heads *heads, size_t a, const double *anchor)
{
    for (size_t i = 0; i < h->cells; i++) {
        float objectness = *value_at(h, a, 4, i);
        rq_yolo_cell cell = {.column = (double)(i % h->columns),
                             .row = (double)(i / h->columns),
                             .stride_x = h->stride_x,
                             .stride_y = h->stride_y,
                             .anchor = anchor,
                             .x = *value_at(h, a, 0, i),
                             .y = *value_at(h, a, 1, i),
                             .width = *value_at(h, a, 2, i),
                             .height = *value_at(h, a, 3, i),
                             .activated = h->activated};
        rq_yolo_box box = {.objectness = h->activated ? objectness : rq_sigmoid(objectness),
                           .scores = value_at(h, a, BEFORE_CLASSES, i),
                           .stride = h->value_step,
                           .classes = h->width - BEFORE_CLASSES,
                           .logits = !h->activated};
        heads->decode(&box, &cell);
        RQ_TRY(rq_yolo_add(out, in, &box));
    }
    return RQ_OK;
}

/* -- anchors -------------------------------------------------------------------------------- */

/* How many heads are finer. */
static size_t place_of(const rq_adapter_input *in, const rq_output *output)
{
    size_t finer = 0;
    for (size_t i = 0; i < in->n; i++) finer += in->outputs[i].shape.d[3] > output->shape.d[3];
    return finer;
}

static rq_status find_anchors(const double **out, const rq_adapter_input *in,
                              const rq_yolo_heads *heads)
{
    size_t given = in->settings->n_anchors, wanted = in->n * ANCHORS * 2;
    if (given && given != wanted)
        return rq_fail(RQ_EARG, "--adapter %s: %zu numbers as anchors, expected %zu", heads->name,
                       given, wanted);
    *out = given ? in->settings->anchors : in->n == 3 ? heads->of_three : heads->of_two;
    if (*out) return RQ_OK;
    return rq_fail(RQ_EARG, "--adapter %s: anchors of %zu heads are not known; give %s:anchors=...",
                   heads->name, in->n, heads->name);
}

rq_status rq_yolo_heads_read(rq_prediction *out, const rq_adapter_input *in,
                             const rq_yolo_heads *heads)
{
    const double *anchors;
    RQ_TRY(find_anchors(&anchors, in, heads));
    for (size_t i = 0; i < in->n; i++) {
        head h = open_head(in, &in->outputs[i], heads);
        const double *own = anchors + place_of(in, &in->outputs[i]) * ANCHORS * 2;
        for (size_t a = 0; a < ANCHORS; a++)
            RQ_TRY(read_anchor(out, in, &h, heads, a, own + 2 * a));
    }
    rq_yolo_finish(out, in);
    return RQ_OK;
}
