#include "engine/run/workload.h"

#include "engine/base/mem.h"
#include "engine/ir/ir.h"
#include "engine/run/model_info.h"
#include "engine/run/recorded_request.h"
#include "engine/run/ranks.h"
#include "engine/run/tensor_shapes.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_workload_open(rq_workload *out)
{
    *out = (rq_workload){.threads = rq_ranks_threads(), .memory = RQ_IMAGE_MEMORY};
    out->of_images.max_bad = RQ_MAX_BAD_DEFAULT;
    RQ_TRY(rq_arena_create(&out->arena));
    RQ_TRY(rq_bad_image_log_create(&out->bad_log));
    out->of_images.bad_log = out->bad_log;
    out->shapes = rq_arena_alloc(out->arena, RQ_MAX_SHAPES + 1, sizeof *out->shapes);
    out->exec.shapes = out->shapes;
    return out->shapes ? RQ_OK : RQ_ENOMEM;
}

void rq_workload_close(rq_workload *w)
{
    rq_images_close(&w->images); /* before those that it was drawn from */
    rq_images_close(&w->all);
    rq_sample_cache_destroy(&w->cache);
    rq_bad_image_log_destroy(&w->bad_log);
    rq_model_destroy(&w->lender);
    rq_bound_destroy(&w->bound);
    rq_graph *read = w->as_read ? w->as_read : w->graph;
    if (w->as_read) rq_graph_destroy(&w->graph); /* before what it was copied from */
    if (!w->lent) rq_graph_destroy(&read);
    rq_image_request_free(&w->request);
    rq_arena_destroy(&w->arena);
}

void rq_workload_lend(rq_workload *w, rq_graph *graph)
{
    w->graph = graph;
    w->lent = true;
}

rq_status rq_workload_read(rq_workload *w, const char *path)
{
    return rq_ir_read(&w->graph, path);
}

void rq_workload_take_prepared(rq_workload *w, rq_graph *copy)
{
    w->as_read = w->graph;
    w->graph = copy;
}

void rq_workload_keep_weights(rq_workload *w, rq_model *model)
{
    w->exec.lender = w->lender = model;
}

/* A dynamic input that a file is given for has the file's shape. */
static void fit_fixed(rq_workload *w)
{
    for (size_t i = 0; i < w->request.n_fixed && w->exec.n_shapes < RQ_MAX_SHAPES; i++) {
        const rq_fixed_input *fixed = &w->request.fixed[i];
        const rq_node *node = rq_graph_find_parameter(w->graph, fixed->name);
        if (node && rq_tensor_shapes_is_open(w->graph, node, w->shapes, w->exec.n_shapes))
            w->shapes[w->exec.n_shapes++] = (rq_input_shape){node->name, fixed->tensor.shape};
    }
}

/* Inputs that are dynamic have the shapes of the first sample that can be read. */
static rq_status fit_tensors(rq_workload *w)
{
    size_t *n = &w->exec.n_shapes;
    if (!w->request.tensors || !rq_tensor_shapes_open(w->graph, w->shapes, *n)) return RQ_OK;
    RQ_TRY(rq_workload_list(w, NULL));
    const rq_dataset *dataset = w->images.dataset;
    rq_status status = RQ_EFORMAT;
    for (size_t i = 0; i < dataset->n && status != RQ_OK; i++)
        status = rq_tensor_shapes_take(w->shapes, n, RQ_MAX_SHAPES, w->graph, &dataset->samples[i]);
    return RQ_OK; /* what is open still is told where the model is bound */
}

/* What the user did not say, and the model does. */
static rq_status take_model_info(rq_workload *w)
{
    w->request.iou = rq_model_info_text(w->graph, "iou_threshold");
    w->request.characters = rq_model_info_text(w->graph, "character");
    if (!w->of_images.model_names.n)
        RQ_TRY(rq_model_info_names(&w->of_images.model_names, w->arena, w->graph));
    if (w->recorded)
        RQ_TRY(rq_recorded_request_take(&w->request, w->recorded, !w->quiet_recorded, w->arena));
    RQ_TRY(rq_recorded_request_take(&w->request, w->graph, true, w->arena));
    return rq_model_info_prepare(&w->request.preprocess, w->graph);
}

/* Sizes that --shape gives go before those that the model remembers. */
static rq_status take_given_sizes(rq_workload *w)
{
    rq_image_request remembered = w->request;
    if (w->recorded) RQ_TRY(rq_recorded_request_take(&remembered, w->recorded, false, w->arena));
    RQ_TRY(rq_recorded_request_take(&remembered, w->graph, false, w->arena));
    rq_image_request_take_given(&w->request, &remembered.preprocess, w->graph, w->shapes,
                                w->exec.n_shapes);
    return RQ_OK;
}

/* Not where a side is each image's own. */
static rq_status take_recorded_shapes(rq_workload *w)
{
    size_t *n = &w->exec.n_shapes;
    if (rq_preprocess_leaves_side_open(&w->request.preprocess)) return RQ_OK;
    if (w->recorded)
        RQ_TRY(rq_recorded_shapes_take(w->shapes, n, RQ_MAX_SHAPES, w->recorded, w->graph,
                                       !w->quiet_recorded, w->arena));
    return rq_recorded_shapes_take(w->shapes, n, RQ_MAX_SHAPES, w->graph, w->graph, true, w->arena);
}

/* What is not there, or empty, is no image for a model that takes arrays: that is said first. */
static rq_status refuse_missing(rq_workload *w)
{
    if (!w->data.name || rq_image_request_check(&w->request, w->graph) == RQ_OK) return RQ_OK;
    return rq_workload_list(w, NULL);
}

rq_status rq_workload_fit(rq_workload *w)
{
    RQ_TRY(refuse_missing(w));
    bool unsized = rq_image_request_lacks_size(&w->request, w->graph, w->shapes, w->exec.n_shapes);
    RQ_TRY(take_given_sizes(w));
    RQ_TRY(take_model_info(w));
    RQ_TRY(rq_image_request_take_open(w->shapes, &w->exec.n_shapes, &w->request, w->graph));
    if (w->make_static) RQ_TRY(rq_image_request_check_static(&w->request, w->graph));
    fit_fixed(w);
    RQ_TRY(fit_tensors(w));
    if (unsized) RQ_TRY(take_recorded_shapes(w));
    if (w->data.name && !w->request.tensors &&
        rq_preprocess_leaves_side_open(&w->request.preprocess))
        RQ_TRY(rq_workload_list(w, NULL));
    return rq_image_request_fit(w->shapes, &w->exec.n_shapes, &w->request, w->graph, &w->images);
}

void rq_workload_take_bound(rq_workload *w, rq_graph *graph, rq_bound *bound)
{
    w->graph = graph;
    w->bound = bound;
    w->exec.constants = bound;
}

rq_status rq_workload_bind(rq_workload *w)
{
    rq_status status = rq_bind(&w->bound, w->graph, w->exec.shapes, w->exec.n_shapes);
    w->exec.constants = w->bound;
    return status;
}

rq_status rq_workload_create_model(rq_model **out, const rq_workload *w, const rq_graph *graph,
                                   const rq_exec_options *options)
{
    rq_exec_options exec = *options;
    rq_input_shape shapes[RQ_MAX_SHAPES + 1];
    exec.shapes = shapes;
    exec.n_shapes = rq_tensor_shapes_for(shapes, RQ_MAX_SHAPES + 1, graph, w->exec.shapes,
                                         w->exec.n_shapes, w->graph);
    rq_status status = rq_model_create(out, graph, &exec);
    bool borrowed = graph != w->graph && exec.n_shapes > w->exec.n_shapes;
    if (status == RQ_OK || !borrowed) return status;
    char shape[RQ_SHAPE_TEXT];
    const rq_input_shape *last = &shapes[exec.n_shapes - 1];
    return rq_fail_prefix(status, "%s%s as in %s (--shape gives another)", last->name,
                          rq_shape_text(&last->shape, shape), w->graph->path);
}

rq_status rq_workload_model(rq_model **out, const rq_workload *w, const rq_graph *graph,
                            const uint8_t *shown, size_t n)
{
    rq_exec_options exec = w->exec;
    uint8_t *observed;
    RQ_TRY(rq_calloc(&observed, graph->n_values, 1, "observed values"));
    if (n) memcpy(observed, shown, n);
    exec.observed = observed;
    exec.streams = w->threads;
    rq_status status = rq_workload_create_model(out, w, graph, &exec);
    free(observed);
    return status;
}

rq_status rq_workload_run_images(const rq_workload *w, rq_pipeline pipeline)
{
    rq_image_feed feed;
    rq_status status = rq_image_feed_open(&feed, &w->request, pipeline.models[0]);
    pipeline.images = &w->images;
    pipeline.feed = &feed;
    pipeline.threads = w->threads;
    if (status == RQ_OK) status = rq_pipeline_run(&pipeline);
    rq_image_feed_close(&feed);
    return status;
}

rq_status rq_workload_keep_images(rq_workload *w, bool all)
{
    w->of_images.kept = all;
    return rq_sample_cache_create(&w->cache, w->memory);
}

/* Sets the names of the data that are to be listed. */
static rq_images_options options_of(const rq_workload *w, const rq_data_source *data,
                                    const char *labels)
{
    rq_images_options options = w->of_images;
    options.data = *data;
    options.labels = labels;
    return options;
}

rq_status rq_workload_list(rq_workload *w, const char *labels)
{
    if (w->all.dataset && !labels) { /* to see the shapes */
        w->all.cache = w->images.cache = w->cache;
        w->all.kept = w->images.kept = w->of_images.kept;
        return RQ_OK;
    }
    rq_images_close(&w->images);
    rq_images_close(&w->all);
    rq_images_options options = options_of(w, &w->data, labels);
    options.cache = w->cache;
    RQ_TRY(rq_images_open(&w->all, &options));
    rq_dataset_sort(w->all.dataset);
    return rq_images_draw(&w->images, &w->all, w->subset, w->seed, w->shuffle);
}

rq_status rq_workload_draw(rq_images *out, const rq_workload *w, size_t n, uint64_t seed)
{
    RQ_TRY(rq_images_draw(out, &w->all, n, seed, w->shuffle));
    out->max_bad = 1.0;
    return RQ_OK;
}

/* The holdout images lie evenly among the others. */
static bool is_holdout(size_t i, size_t n, size_t n_holdout)
{
    return (i + 1) * n_holdout / n > i * n_holdout / n;
}

static rq_status pick(rq_images *out, const rq_images *from, bool holdout, size_t n_holdout)
{
    size_t *indices, n = 0, total = from->dataset->n;
    RQ_TRY(rq_calloc(&indices, total, sizeof *indices, "a part of the images"));
    for (size_t i = 0; i < total; i++)
        if (is_holdout(i, total, n_holdout) == holdout) indices[n++] = i;
    rq_status status = rq_images_pick(out, from, indices, n);
    free(indices);
    return status;
}

rq_status rq_workload_draw_split(rq_images *fit, rq_images *holdout, const rq_workload *w,
                                 size_t n_fit, size_t n_holdout)
{
    rq_images drawn;
    *fit = *holdout = (rq_images){0};
    RQ_TRY(rq_workload_draw(&drawn, w, n_fit + n_holdout, w->seed));
    size_t of_them = drawn.dataset->n * n_holdout / (n_fit + n_holdout);
    rq_status status = pick(fit, &drawn, false, of_them);
    if (status == RQ_OK) status = pick(holdout, &drawn, true, of_them);
    if (status != RQ_OK) rq_images_close(fit);
    rq_images_close(&drawn);
    return status;
}

rq_status rq_workload_set_apart(bool *done, rq_workload *w, const rq_images *images)
{
    size_t shared, n = w->all.dataset->n;
    RQ_TRY(rq_dataset_count_shared(&shared, w->all.dataset, images->dataset));
    *done = shared < n;
    if (shared == 0 || shared == n) return RQ_OK;
    RQ_TRY(rq_dataset_take_out(w->all.dataset, images->dataset));
    rq_images_close(&w->images);
    return rq_images_draw(&w->images, &w->all, w->subset, w->seed, w->shuffle);
}

static rq_status check_kind(const rq_workload *w, const rq_dataset *dataset, const char *name)
{
    if (dataset->tensors == w->request.tensors) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: %s", name,
                   dataset->tensors ? "arrays, where --data are images or none"
                                    : "images, where --data are arrays");
}

rq_status rq_workload_open_images(rq_images *out, const rq_workload *w, const rq_data_source *data,
                                  const char *labels, size_t n)
{
    rq_images_options options = options_of(w, data, labels);
    if (rq_data_source_is(data, &w->data)) options.cache = w->cache;
    RQ_TRY(rq_images_open(out, &options));
    rq_status status = check_kind(w, out->dataset, data->name);
    if (status == RQ_OK && n) {
        rq_dataset_sort(out->dataset); /* a list is in any order */
        status = rq_dataset_subset(out->dataset, n, w->seed);
    }
    if (status == RQ_OK && w->shuffle) status = rq_dataset_shuffle(out->dataset, w->seed);
    if (status != RQ_OK) rq_images_close(out);
    return status;
}

rq_workload rq_workload_over(const rq_workload *w, const rq_images *images)
{
    rq_workload over = *w;
    over.images = *images;
    return over;
}
