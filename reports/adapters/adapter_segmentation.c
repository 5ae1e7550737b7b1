/* A class for each pixel: the largest of C scores, or, of one, whether it is above `threshold`
 * (as a probability; values outside [0, 1] are taken through a sigmoid first). */
#include "reports/adapters/adapter.h"

#include <math.h>

typedef struct grid {
    size_t rows, columns, classes;
    size_t step, next; /* between neighbouring pixels, between classes */
} grid;

/* The smaller of the outer two is the number of classes. */
static bool find_grid(grid *out, const rq_shape *shape)
{
    if (shape->rank < 3 || shape->rank > 4 || (shape->rank == 4 && shape->d[0] != 1)) return false;
    const int64_t *d = shape->d + shape->rank - 3;
    if (d[0] < 1 || d[1] < 1 || d[2] < 1) return false;
    bool first = d[0] <= d[2];
    out->classes = (size_t)(first ? d[0] : d[2]);
    out->rows = (size_t)(first ? d[1] : d[0]);
    out->columns = (size_t)(first ? d[2] : d[1]);
    out->step = first ? 1 : out->classes;
    out->next = first ? out->rows * out->columns : 1;
    return out->rows > 1 && out->columns > 1 && out->classes < RQ_MASK_IGNORED;
}

static bool fits(const rq_adapter_input *in)
{
    grid g;
    return find_grid(&g, &in->outputs[0].shape);
}

static uint16_t most_likely(const float *x, const grid *g)
{
    size_t best = 0;
    for (size_t c = 1; c < g->classes; c++)
        if (x[c * g->next] > x[best * g->next] || isnan(x[best * g->next])) best = c;
    return (uint16_t)best;
}

static bool are_probabilities(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] < 0 || x[i] > 1) return false;
    return true;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    grid g;
    const rq_output *output = &in->outputs[0];
    if (!find_grid(&g, &output->shape) || g.rows > RQ_MAX_PREDICTION_VALUES)
        return rq_adapter_fail("segmentation", output, "scores for each pixel");
    size_t cells = g.rows * g.columns;
    RQ_TRY(rq_prediction_make_mask(out, (int)g.columns, (int)g.rows));
    rq_mask *mask = &out->mask;
    mask->x0 = rq_view_x(in->view, 0), mask->x1 = rq_view_x(in->view, in->view->input_width);
    mask->y0 = rq_view_y(in->view, 0), mask->y1 = rq_view_y(in->view, in->view->input_height);
    double threshold = in->settings->threshold;
    bool sure = g.classes > 1 || are_probabilities(output->data, cells);
    for (size_t i = 0; i < cells; i++) {
        const float *x = output->data + i * g.step;
        mask->classes[i] =
            g.classes > 1 ? most_likely(x, &g) : (sure ? *x : rq_sigmoid(*x)) > threshold;
    }
    return RQ_OK;
}

static const rq_adapter_setting settings[] = {
    {"threshold", 0.5, "of one channel: probability from which a pixel is class 1"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_segmentation = {
    .name = "segmentation",
    .help = "the first output is [1,C,H,W] or [1,H,W,C], scores for each pixel",
    .settings = settings,
    .model_type = "Segmentation",
    .gives = RQ_PREDICTION_MASK,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
