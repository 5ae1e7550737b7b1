/* Detectors that end in non-maximum suppression of their own: one output of rows x0, y0, x1, y1,
 * score and perhaps class (in [N,5] or [N,6]); or boxes [N,4] and, told by their names, scores [N]
 * and classes [N]. Without classes every box is of class 0. */
#include "reports/adapters/adapter.h"

#include <ctype.h>
#include <string.h>

typedef struct columns {
    const rq_output *boxes, *scores, *classes; /* scores and classes NULL: in the rows, or absent */
    int64_t width;                             /* of a row of boxes */
} columns;

static bool is_named(const rq_output *output, const char *word)
{
    for (const char *at = output->name; *at; at++) {
        size_t i = 0;
        while (word[i] && tolower((unsigned char)at[i]) == word[i]) i++;
        if (!word[i]) return true;
    }
    return false;
}

static int64_t width_of(const rq_output *output)
{
    rq_shape shape = rq_shape_without_batch(&output->shape);
    return shape.rank == 2 ? shape.d[1] : 0;
}

/* Number of elements, or RQ_DYNAMIC. */
static int64_t size_of(const rq_output *output)
{
    return rq_shape_is_static(&output->shape) ? (int64_t)rq_shape_count(&output->shape)
                                              : RQ_DYNAMIC;
}

static bool find_columns(columns *out, const rq_adapter_input *in)
{
    *out = (columns){0};
    for (size_t i = 0; i < in->n; i++) {
        const rq_output *output = &in->outputs[i];
        int64_t width = width_of(output);
        if (!out->boxes && width >= 4 && width <= 6 && (in->n == 1 || is_named(output, "box"))) {
            out->boxes = output;
            out->width = width;
        } else if (!out->scores && (is_named(output, "score") || is_named(output, "conf"))) {
            out->scores = output;
        } else if (!out->classes && (is_named(output, "label") || is_named(output, "class"))) {
            out->classes = output;
        }
    }
    return out->boxes && (out->width > 4 || out->scores);
}

/* A row for each cell of a grid is a YOLO of one class, not a list of boxes. */
static bool fits(const rq_adapter_input *in)
{
    columns c;
    if (!find_columns(&c, in)) return false;
    return c.scores || rq_shape_without_batch(&c.boxes->shape).d[0] != rq_grid_cells(in->view);
}

static rq_status check_rows(const rq_output *output, size_t rows)
{
    if (!output || size_of(output) == (int64_t)rows) return RQ_OK;
    char text[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EFORMAT, "output '%s' %s: expected one value for each of %zu boxes",
                   output->name, rq_shape_text(&output->shape, text), rows);
}

static double class_of(const columns *c, const float *row, size_t i)
{
    if (c->classes) return c->classes->data[i];
    return c->width == 6 ? row[5] : 0;
}

static rq_box box_of(const rq_adapter_input *in, const float *row)
{
    bool parts = in->settings->normalised != 0;
    double width = parts ? in->view->input_width : 1, height = parts ? in->view->input_height : 1;
    int x = in->settings->order != 0, y = 1 - x;
    return (rq_box){.x0 = row[x] * width,
                    .y0 = row[y] * height,
                    .x1 = row[x + 2] * width,
                    .y1 = row[y + 2] * height};
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    columns c;
    if (!find_columns(&c, in)) return rq_adapter_fail("boxes", &in->outputs[0], "rows of boxes");
    size_t rows = rq_shape_count(&c.boxes->shape) / (size_t)c.width;
    double least = in->settings->score, first = in->settings->first;
    RQ_TRY(check_rows(c.scores, rows));
    RQ_TRY(check_rows(c.classes, rows));
    for (size_t i = 0; i < rows; i++) {
        const float *row = c.boxes->data + i * (size_t)c.width;
        double class_id = class_of(&c, row, i) - first;
        rq_box box = box_of(in, row);
        box.score = c.scores ? c.scores->data[i] : row[4];
        if (!(box.score >= least) || !(class_id >= 0 && class_id < INT32_MAX)) continue;
        box.class_id = (int32_t)class_id;
        RQ_TRY(rq_adapter_add_box(out, in->view, &box));
    }
    rq_boxes_sort(out->boxes, out->n_boxes);
    return RQ_OK;
}

static const rq_adapter_setting settings[] = {
    {"score", 0.01, "minimum score of a box"},
    {"first", 0, "the model's id of the data set's class 0"},
    {"normalised", 0, "1: coordinates are fractions of the input's sides; 0: its pixels"},
    {"yx", 0, "1: y comes before x"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_boxes = {
    .name = "boxes",
    .help = "rows [N,5] or [N,6] of corners, score, class; or boxes [N,4], scores [N], labels [N]",
    .settings = settings,
    .gives = RQ_PREDICTION_BOXES,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
