#include "engine/workbench/sensitivity/sensitivity_store.h"

#include "engine/run/pipeline.h"

#include <stdlib.h>

rq_status rq_store_open(rq_store *s, const rq_workload *w, const rq_parts *parts,
                        const rq_graph *quantized)
{
    *s = (rq_store){.workload = w, .parts = parts};
    const rq_graph *graphs[RQ_STORES] = {parts->bound->graph, quantized};
    for (int m = 0; m < RQ_STORES; m++)
        RQ_TRY(
            rq_workload_model(&s->models[m], w, graphs[m], parts->boundaries, graphs[0]->n_values));
    return rq_image_feed_open(&s->feed, &w->request, s->models[0]);
}

static void free_tensors(rq_tensor **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++) free((*list)[i].data);
    free(*list);
    *list = NULL;
}

static void forget(rq_store *s)
{
    const rq_bound *bound = s->parts->bound;
    for (size_t i = 0; s->images && i < s->n; i++)
        for (int m = 0; m < RQ_STORES; m++) {
            free_tensors(&s->images[i].values[m], bound->graph->n_values);
            free_tensors(&s->images[i].outputs[m], bound->n_results);
        }
    free(s->images);
    s->images = NULL;
    s->n = 0;
}

void rq_store_close(rq_store *s)
{
    if (s->parts) forget(s);
    rq_image_feed_close(&s->feed);
    for (int m = 0; m < RQ_STORES; m++) rq_model_destroy(&s->models[m]);
}

size_t rq_store_image_bytes(const rq_store *s)
{
    const rq_parts *parts = s->parts;
    size_t bytes = 0;
    for (rq_id v = 0; v < parts->bound->graph->n_values; v++)
        if (parts->boundaries[v]) bytes += rq_tensor_bytes(&parts->bound->values[v]);
    return bytes * RQ_STORES;
}

static rq_status open_image(rq_stored_image *image, const rq_store *s)
{
    const rq_bound *bound = s->parts->bound;
    for (int m = 0; m < RQ_STORES; m++) {
        RQ_TRY(rq_calloc(&image->values[m], bound->graph->n_values, sizeof(rq_tensor), "values"));
        RQ_TRY(rq_calloc(&image->outputs[m], bound->n_results, sizeof(rq_tensor), "outputs"));
    }
    return RQ_OK;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    rq_store *s = at->ctx;
    const rq_parts *parts = s->parts;
    rq_stored_image *image = &s->images[at->image - s->first];
    if (value >= parts->bound->graph->n_values || !parts->boundaries[value]) return RQ_OK;
    if (image->values[at->model][value].data) return RQ_OK;
    return rq_tensor_clone(&image->values[at->model][value], tensor);
}

static rq_status done(const rq_pipeline_image *at)
{
    rq_store *s = at->ctx;
    rq_stored_image *image = &s->images[at->image - s->first];
    image->good = true;
    image->label = s->workload->images.dataset->samples[at->image].label;
    for (int m = 0; m < RQ_STORES; m++)
        for (size_t o = 0; o < rq_model_output_count(s->models[m]); o++)
            RQ_TRY(rq_tensor_clone(&image->outputs[m][o], rq_session_output(at->sessions[m], o)));
    return RQ_OK;
}

rq_status rq_store_fill(rq_store *s, size_t first, size_t n)
{
    forget(s);
    rq_dataset part = *s->workload->images.dataset; /* its images up to the last one wanted */
    part.n = first + n;
    rq_images images = s->workload->images;
    images.dataset = &part;
    s->first = first;
    s->n = n;
    RQ_TRY(rq_calloc(&s->images, n, sizeof *s->images, "images"));
    for (size_t i = 0; i < n; i++) RQ_TRY(open_image(&s->images[i], s));
    const rq_model *models[] = {s->models[0], s->models[1]};
    rq_pipeline pipeline = {.images = &images,
                            .feed = &s->feed,
                            .models = models,
                            .n_models = RQ_STORES,
                            .threads = s->workload->threads,
                            .first = first,
                            .title = "analyze: whole network",
                            .observe = observe,
                            .done = done,
                            .ctx = s};
    return rq_pipeline_run(&pipeline);
}
