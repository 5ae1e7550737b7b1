#include "engine/workbench/search/search_images.h"

#include <math.h>

#define WORK 50e6 /* elements computed in one trial, about */
#define MIN_IMAGES 16
#define MAX_IMAGES 128
#define ENOUGH 4 /* of either */

static double elements_of(const rq_bound *bound)
{
    double elements = 1.0;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        if (bound->nodes[node->id].folded) continue;
        for (uint32_t o = 0; o < node->n_out; o++) {
            const rq_tensor *t = &bound->values[node->out[o]];
            if (t->shape.rank >= 0) elements += (double)rq_tensor_count(t);
        }
    }
    return elements;
}

/* Of images that are too few for both, half. */
static void share_out(size_t *n_fit, size_t *n_holdout, const rq_workload *w)
{
    size_t available = w->all.dataset->n;
    if (w->subset && w->subset < available) available = w->subset;
    if (available >= *n_fit + *n_holdout) return;
    *n_holdout = available / 2;
    *n_fit = available - *n_holdout;
}

rq_status rq_search_images_open(rq_search_images *out, const rq_workload *w, size_t n_fit)
{
    double afforded = WORK / elements_of(w->bound);
    size_t affordable = (size_t)fmin(fmax(afforded, MIN_IMAGES), MAX_IMAGES);
    size_t n_holdout = 2 * affordable; /* they run in two trials only, and decide what is kept */
    *out = (rq_search_images){0};
    if (n_fit < affordable) n_fit = affordable;
    share_out(&n_fit, &n_holdout, w);
    RQ_TRY(rq_workload_draw_split(&out->fit, &out->holdout, w, n_fit, n_holdout));
    out->enough = out->fit.dataset->n >= ENOUGH && out->holdout.dataset->n >= ENOUGH;
    return RQ_OK;
}

void rq_search_images_close(rq_search_images *images)
{
    rq_images_close(&images->holdout);
    rq_images_close(&images->fit);
}
