#include "engine/workbench/search/search_images.h"

#include <math.h>

#define WORK 100e6 /* elements computed in one trial, about */
#define MIN_HOLDOUT 16
#define MAX_HOLDOUT 128
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

rq_status rq_search_images_open(rq_search_images *out, const rq_workload *w, size_t n_fit)
{
    double affordable = WORK / elements_of(w->bound);
    size_t n_holdout = (size_t)fmin(fmax(affordable, MIN_HOLDOUT), MAX_HOLDOUT);
    *out = (rq_search_images){0};
    if (n_fit < n_holdout) n_fit = n_holdout;
    if (w->subset && w->subset < n_fit + n_holdout) {
        n_holdout = w->subset * n_holdout / (n_fit + n_holdout);
        n_fit = w->subset - n_holdout;
    }
    RQ_TRY(rq_workload_draw_split(&out->fit, &out->holdout, w, n_fit, n_holdout));
    out->enough = out->fit.dataset->n >= ENOUGH && out->holdout.dataset->n >= ENOUGH;
    return RQ_OK;
}

void rq_search_images_close(rq_search_images *images)
{
    rq_images_close(&images->holdout);
    rq_images_close(&images->fit);
}
