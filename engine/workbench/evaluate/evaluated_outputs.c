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

rq_status rq_evaluated_outputs_open(rq_evaluated_outputs *out, const rq_workload *w,
                                    const rq_model *model, rq_arena *arena)
{
    *out = (rq_evaluated_outputs){.n = rq_model_output_count(model)};
    RQ_TRY(allocate(out, arena));
    for (size_t i = 0; i < out->n; i++) {
        char buffer[512];
        const char *name = rq_model_output_name(model, i, buffer, sizeof buffer);
        out->names[i] = rq_arena_strdup(arena, name);
        if (!out->names[i]) return RQ_ENOMEM;
    }
    rq_output_kinds_find(out->found, w, model);
    return rq_output_weights_find(out->weights, &w->output_weights, model);
}

/* -- labels ------------------------------------------------------------------------------------ */

static size_t count_values(const rq_model *model, size_t output)
{
    return rq_shape_count(&rq_model_output(model, output)->shape);
}

/* Labels of a file must fit the model; sub-folders may be there for other reasons. */
static rq_status refuse_labels(const rq_evaluated_outputs *o, const rq_workload *w,
                               const rq_model *model, size_t output)
{
    int found = w->images.dataset->n_classes;
    size_t n = count_values(model, output);
    if (w->images.labels)
        return rq_fail(RQ_EARG, "%s has %d classes, but output '%s' has only %zu", w->images.labels,
                       found, o->names[output], n);
    rq_log("the %d sub-folders are not the classes of output '%s', which has %zu: evaluating "
           "without labels",
           found, o->names[output], n);
    return RQ_OK;
}

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

static rq_status settle_labels(rq_evaluated_outputs *o, const rq_workload *w, const rq_model *model)
{
    size_t at = find_classes(o, model, true);
    o->n_classes = at < o->n ? count_values(model, at) : 0;
    o->labelled = o->n_classes && rq_labels_fit(&w->images, o->n_classes);
    if (!w->images.dataset->labelled || o->labelled) return RQ_OK;
    if (at == o->n) at = find_classes(o, model, false);
    return at < o->n ? refuse_labels(o, w, model, at) : RQ_OK;
}

rq_status rq_evaluated_outputs_settle(rq_evaluated_outputs *o, const rq_workload *w,
                                      const rq_model *model, const rq_adapter *adapter)
{
    rq_output_kinds_read_by(o->found, o->n, adapter);
    for (size_t i = 0; i < o->n; i++) o->kinds[i] = o->found[i].kind;
    return settle_labels(o, w, model);
}
