#include "engine/workbench/evaluate/evaluated_outputs.h"

#include "engine/base/callbacks.h"

static rq_status allocate(rq_evaluated_outputs *o, rq_arena *arena)
{
    o->names = rq_arena_alloc(arena, o->n, sizeof *o->names);
    o->found = rq_arena_alloc(arena, o->n, sizeof *o->found);
    o->kinds = rq_arena_alloc(arena, o->n, sizeof *o->kinds);
    o->weights = rq_arena_alloc(arena, o->n, sizeof *o->weights);
    return o->names && o->found && o->kinds && o->weights ? RQ_OK : RQ_ENOMEM;
}

static rq_status describe(rq_evaluated_outputs *o, const rq_workload *w, const rq_model *model,
                          rq_arena *arena)
{
    RQ_TRY(allocate(o, arena));
    for (size_t i = 0; i < o->n; i++) {
        char buffer[512];
        const char *name = rq_model_output_name(model, i, buffer, sizeof buffer);
        o->names[i] = rq_arena_strdup(arena, name);
        if (!o->names[i]) return RQ_ENOMEM;
    }
    rq_output_kinds_find(o->found, w, model);
    return rq_output_weights_find(o->weights, &w->output_weights, model);
}

static rq_status open_predictions(rq_predictions *out, const rq_evaluated_outputs *o,
                                  const rq_workload *w, const rq_model *model,
                                  const rq_image_plan *plan, rq_arena *arena)
{
    rq_output *shapes = rq_arena_alloc(arena, o->n, sizeof *shapes);
    if (!shapes) return RQ_ENOMEM;
    for (size_t i = 0; i < o->n; i++)
        shapes[i] = (rq_output){o->names[i], rq_model_output(model, i)->shape, NULL};
    return rq_predictions_open(out, &w->request, w->images.dataset, plan, shapes, o->n,
                               rq_output_kinds_predictions(o->found, o->n), w->threads);
}

/* -- labels ------------------------------------------------------------------------------------ */

/* The first output that is classes, or, unless `known`, that could be; n: there is none. */
static size_t find_classes(const rq_evaluated_outputs *o, const rq_model *model, bool known)
{
    for (size_t i = 0; i < o->n; i++) {
        bool could = o->kinds[i] == RQ_OUTPUT_TENSOR &&
                     rq_shape_is_classes(&rq_model_output(model, i)->shape);
        if (known ? o->kinds[i] == RQ_OUTPUT_CLASSES : could) return i;
    }
    return o->n;
}

static const char *labels_of(const rq_images *images)
{
    return images->labels ? images->labels : images->name;
}

static rq_status refuse_labels(const rq_evaluated_outputs *o, const rq_workload *w)
{
    const rq_dataset *dataset = w->images.dataset;
    const char *labels = labels_of(&w->images), *names_file = w->of_images.names_file;
    if ((size_t)dataset->n_classes > o->n_values)
        return rq_fail(RQ_EARG, "%s has %d classes, but output '%s' has only %zu", labels,
                       dataset->n_classes, o->classes, o->n_values);
    return rq_fail(RQ_EARG,
                   "%s: classes by name, %d in all, but output '%s' has %zu%s%s: --class-names "
                   "FILE must name them",
                   labels, dataset->n_sorted_names, o->classes, o->n_values,
                   names_file ? ", and none is called so in " : "", names_file ? names_file : "");
}

/* What lists classes must fit the model; sub-folders may be there for other reasons, as may labels
 * beside an output that only could be classes. */
static rq_status settle_labels(rq_evaluated_outputs *o, const rq_workload *w, const rq_model *model)
{
    const rq_dataset *dataset = w->images.dataset;
    size_t at = find_classes(o, model, true);
    bool known = at < o->n;
    if (!known) at = find_classes(o, model, false);
    if (at == o->n) return RQ_OK;
    o->classes = o->names[at];
    o->n_values = rq_shape_count(&rq_model_output(model, at)->shape);
    o->n_classes = known ? o->n_values : 0;
    o->labelled = known && rq_labels_fit(&w->images, o->n_classes);
    bool refused = w->images.labels || (known && !dataset->by_folder);
    if (!dataset->labelled || o->labelled || !refused) return RQ_OK;
    return refuse_labels(o, w);
}

static rq_status settle(rq_evaluated_outputs *o, const rq_workload *w, const rq_model *model,
                        const rq_adapter *adapter)
{
    rq_output_kinds_read_by(o->found, o->n, adapter);
    for (size_t i = 0; i < o->n; i++) o->kinds[i] = o->found[i].kind;
    return settle_labels(o, w, model);
}

rq_status rq_evaluated_outputs_open(rq_evaluated_outputs *out, rq_predictions *predictions,
                                    const rq_workload *w, const rq_model *model,
                                    const rq_image_plan *plan, rq_arena *arena)
{
    *out = (rq_evaluated_outputs){.n = rq_model_output_count(model)};
    *predictions = (rq_predictions){0};
    RQ_TRY(describe(out, w, model, arena));
    RQ_TRY(open_predictions(predictions, out, w, model, plan, arena));
    return settle(out, w, model, predictions->use.adapter);
}

/* -- before images are run --------------------------------------------------------------------- */

/* Names that the model brings along are only told: nobody can choose others for it. */
static rq_status check_names(const rq_evaluated_outputs *o, const rq_workload *w)
{
    const rq_images_options *of = &w->of_images;
    size_t n = of->model_names.n;
    if (!n || !o->n_classes || n == o->n_classes) return RQ_OK;
    if (of->names_file)
        return rq_fail(RQ_EARG, "%s has %zu names of classes, but output '%s' has %zu classes",
                       of->names_file, n, o->classes, o->n_classes);
    rq_log("the model names %zu classes, but output '%s' has %zu: names may be of others", n,
           o->classes, o->n_classes);
    return RQ_OK;
}

static void tell_labels(const rq_evaluated_outputs *o, const rq_images *images)
{
    const rq_dataset *dataset = images->dataset;
    if (!dataset->labelled || o->labelled || !o->classes) return;
    if (dataset->by_folder)
        rq_log("the %d sub-folders are not the classes of output '%s', which has %zu: evaluating "
               "without labels",
               dataset->n_classes, o->classes, o->n_values);
    else if (dataset->n_sorted_names)
        rq_log("%s has classes by name, %d in all, and output '%s' %zu values: evaluating without "
               "labels (--class-names FILE says which they are)",
               labels_of(images), dataset->n_sorted_names, o->classes, o->n_values);
    else
        rq_log("%s has %d classes, and output '%s' %zu values, which may be no classes: evaluating "
               "without labels",
               labels_of(images), dataset->n_classes, o->classes, o->n_values);
}

rq_status rq_evaluated_outputs_check(const rq_evaluated_outputs *o, const rq_predictions *p,
                                     const rq_workload *w)
{
    RQ_TRY(check_names(o, w));
    tell_labels(o, &w->images);
    rq_predictions_tell(p, w->request.adapter);
    return RQ_OK;
}
