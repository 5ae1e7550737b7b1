#include "engine/workbench/search/search_images.h"

#include <math.h>

#define WORK 50e6 /* elements computed in one trial, about */
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

/* How many to validate on: twice as many as are affordable in each trial, as they are run for two
 * trials only and decide whether what gains is kept; where data lacks them, what is left. */
static size_t count_holdout(const rq_workload *w, size_t affordable, size_t n_fit)
{
    size_t available = w->all.dataset->n;
    if (w->subset && w->subset < available) available = w->subset;
    if (available >= n_fit + 2 * affordable) return 2 * affordable;
    return available > n_fit + affordable ? available - n_fit : affordable;
}

rq_status rq_search_images_open(rq_search_images *out, const rq_workload *w, size_t n_fit)
{
    double afforded = WORK / elements_of(w->bound);
    size_t affordable = (size_t)fmin(fmax(afforded, MIN_HOLDOUT), MAX_HOLDOUT);
    *out = (rq_search_images){0};
    if (n_fit < affordable) n_fit = affordable;
    size_t n_holdout = count_holdout(w, affordable, n_fit);
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
