/* What leaving out each layer alone does to the images that decide. */
#include "engine/base/callbacks.h"
#include "engine/base/text.h"
#include "engine/workbench/tune/tune.h"

#include <math.h>

#define MAX_PROBED 96

static bool has_larger_error(const rq_tuning *t, size_t a, size_t b)
{
    return t->layers[a].error != t->layers[b].error ? t->layers[a].error > t->layers[b].error
                                                    : a < b;
}

/* Of a very deep network only the layers with the largest errors. */
static bool is_probed(const rq_tuning *t, size_t layer)
{
    size_t before = 0;
    for (size_t i = 0; i < t->n_layers; i++) before += has_larger_error(t, i, layer);
    return before < MAX_PROBED;
}

static rq_status probe_layers(rq_tuning *t, const rq_images *images, bool *ignored)
{
    double all_int8, value;
    double sign = t->higher_is_better || t->compares ? 1 : -1;
    RQ_TRY(rq_tune_measure(&all_int8, t, images, ignored));
    for (size_t i = 0; i < t->n_layers; i++) {
        if (!isnan(t->layers[i].gain)) continue;
        value = all_int8;
        ignored[i] = true;
        bool probed = is_probed(t, i);
        if (probed) RQ_TRY(rq_tune_measure(&value, t, images, ignored));
        ignored[i] = false;
        t->layers[i].gain = isnan(value - all_int8) ? 0 : sign * (value - all_int8);
        if (probed) RQ_TRY(rq_tune_save(t));
    }
    return rq_tune_save(t);
}

rq_status rq_tune_probe(rq_tuning *t)
{
    rq_images images;
    if (t->n_critical == 0 || !isnan(t->layers[t->n_layers - 1].gain)) return RQ_OK;
    bool *ignored = rq_arena_alloc(t->arena, t->n_layers, sizeof *ignored);
    if (!ignored) return RQ_ENOMEM;
    rq_log("excluding each layer in turn on the %zu image%s that decide%s", t->n_critical,
           rq_plural(t->n_critical), t->n_critical == 1 ? "s" : "");
    RQ_TRY(rq_images_pick(&images, t->options.val, t->critical, t->n_critical));
    rq_status status = probe_layers(t, &images, ignored);
    rq_images_close(&images);
    return status;
}
