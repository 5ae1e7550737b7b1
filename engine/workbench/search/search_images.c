#include "engine/workbench/search/search_images.h"

#include "engine/base/mem.h"

#include <math.h>
#include <stdlib.h>

#define WORK 50e6 /* elements computed in one trial, about */
#define MIN_IMAGES 16
#define MAX_IMAGES (RQ_HOLDOUT_IMAGES / 2)
#define ENOUGH 4   /* of either */
#define MAX_FIT 64 /* that any search asks for */

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

size_t rq_search_images_affordable(const rq_bound *bound)
{
    return (size_t)fmin(fmax(WORK / elements_of(bound), MIN_IMAGES), MAX_IMAGES);
}

static size_t most_fit(size_t affordable)
{
    return rq_max_size(affordable, MAX_FIT);
}

size_t rq_search_images_most(const rq_bound *bound)
{
    size_t affordable = rq_search_images_affordable(bound);
    return most_fit(affordable) + 2 * affordable;
}

static size_t available_of(const rq_workload *w)
{
    size_t n = w->all.dataset->n;
    return w->subset && w->subset < n ? w->subset : n;
}

rq_status rq_search_images_open(rq_search_images *out, const rq_workload *w)
{
    size_t affordable = rq_search_images_affordable(w->bound);
    size_t available = available_of(w);
    size_t n_holdout = rq_min_size(2 * affordable, available / 2);
    size_t n_fit = rq_min_size(most_fit(affordable), available - n_holdout);
    *out = (rq_search_images){.workload = w, .affordable = affordable};
    RQ_TRY(rq_memo_create(&out->memo));
    RQ_TRY(rq_workload_draw_split(&out->fit, &out->holdout, w, n_fit, n_holdout));
    out->fit.kept = out->holdout.kept = true; /* they run again and again */
    out->enough = out->fit.dataset->n >= ENOUGH && out->holdout.dataset->n >= ENOUGH;
    return RQ_OK;
}

void rq_search_images_close(rq_search_images *images)
{
    rq_output_scores_close(&images->scores);
    rq_output_error_close(&images->outputs);
    rq_memo_destroy(&images->memo);
    rq_images_close(&images->holdout);
    rq_images_close(&images->fit);
    *images = (rq_search_images){0};
}

rq_status rq_search_images_fit(rq_images *out, const rq_search_images *images, size_t n)
{
    size_t *indices, total = images->fit.dataset->n;
    if (n < images->affordable) n = images->affordable;
    n = rq_min_size(n, total);
    RQ_TRY(rq_calloc(&indices, n, sizeof *indices, "a part of the images"));
    for (size_t i = 0; i < n; i++) indices[i] = i * total / n;
    rq_status status = rq_images_pick(out, &images->fit, indices, n);
    free(indices);
    return status;
}

rq_status rq_search_images_outputs(rq_output_error **out, rq_search_images *images,
                                   const char *title)
{
    const rq_output_error_options options = {.title = title, .images = &images->holdout};
    if (!images->outputs)
        RQ_TRY(rq_output_error_open(&images->outputs, images->workload, &options));
    *out = images->outputs;
    return RQ_OK;
}
