#include "engine/workbench/quantize/first_checks.h"

#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/ops/work.h"
#include "engine/run/embedded_preprocessing.h"
#include "engine/run/pixel_units.h"
#include "engine/run/ranks.h"
#include "engine/workbench/lint/lint.h"
#include "quant/finite_weights.h"
#include "reports/adapters/adapter.h"

#include <string.h>

#define QUICK_IMAGES 16
#define QUICK_SECONDS 5.0
#define QUICK_RUNS 16         /* of an image: under so many preprocessings, about */
#define FLOPS_PER_SECOND 4e10 /* of a core: what takes longer is cut short */

static rq_status check_adapter(const char *text)
{
    rq_adapter_use use = {0};
    if (!text || !strcmp(text, "none")) return RQ_OK;
    rq_status status = rq_adapter_open(&use, text);
    rq_adapter_close(&use);
    return status;
}

static rq_status warn(rq_workload *w, const char *text)
{
    w->input_warning = text;
    if (text) rq_log("%s", text);
    return text ? RQ_OK : rq_fail_memory(0, "a text");
}

static rq_status check_units(rq_workload *w)
{
    const rq_preprocess *p = &w->request.preprocess;
    rq_buf text = {0};
    rq_pixel_units_ask(&text, &(rq_pixel_values){"mean", p->mean, p->n_mean},
                       &(rq_pixel_values){"scale", p->scale, p->n_scale});
    if (!text.length && !text.failed) return RQ_OK;
    rq_status status = warn(w, text.failed ? NULL : rq_arena_strdup(w->arena, text.data));
    rq_buf_free(&text);
    return status;
}

/* -- no preprocessing -------------------------------------------------------------------------- */

static bool is_unprepared(const rq_workload *w)
{
    const rq_preprocess *p = &w->request.preprocess;
    bool images = w->images.dataset && !w->request.tensors && !rq_is_generated(w->data.name);
    return images && !p->n_mean && !p->n_scale && p->channels == RQ_CHANNELS_AUTO &&
           !rq_embedded_preprocessing_is_there(w->graph);
}

/* As many images as a few seconds are likely to be enough for. */
static size_t count_images(const rq_workload *w)
{
    double flops = 1 + rq_work_total_flops(w->bound);
    double n = QUICK_SECONDS * FLOPS_PER_SECOND * w->threads / (flops * QUICK_RUNS);
    return n < QUICK_IMAGES ? (size_t)n : QUICK_IMAGES;
}

static rq_status conclude(rq_workload *w, const rq_lint *lint)
{
    const rq_finding *found = rq_lint_find(lint, "preprocessing");
    if (found)
        return warn(w, rq_arena_printf(w->arena,
                                       "no preprocessing is given, and the network seems to "
                                       "expect some: %s; try %s",
                                       found->evidence, found->fix));
    bool tells = lint->n_variants > 1 && lint->n_ran >= RQ_LINT_MIN_IMAGES; /* in that time */
    rq_log("no preprocessing is given: pixels go in as 0..255, in R,G,B; %s, `requant lint` looks "
           "closer",
           tells ? "a quick look at some images found nothing better"
                 : "a quick look could not tell whether that is right");
    return RQ_OK;
}

static rq_status lint_quickly(rq_workload *w, size_t n)
{
    rq_images some;
    rq_lint lint = {0};
    const rq_lint_options options = {.n_varied = n, .seconds = QUICK_SECONDS};
    RQ_TRY(rq_workload_draw(&some, w, n, w->seed));
    const rq_workload over = rq_workload_over(w, &some);
    rq_status status = rq_lint_run(&lint, &over, &options);
    if (status == RQ_OK) status = conclude(w, &lint);
    rq_lint_close(&lint);
    rq_images_close(&some);
    return status;
}

static rq_status check_preprocessing(rq_workload *w)
{
    if (!is_unprepared(w)) return RQ_OK;
    size_t n = w->bound ? count_images(w) : 0; /* evaluate binds nothing itself */
    if (n >= RQ_LINT_MIN_IMAGES) return lint_quickly(w, n);
    rq_log("no preprocessing is given: pixels go in as 0..255, in R,G,B; `requant lint` tells "
           "whether that is right");
    return RQ_OK;
}

static rq_status check_constants(const rq_workload *w)
{
    const char *bad = NULL;
    if (w->bound) RQ_TRY(rq_finite_weights_text(&bad, w->bound, w->arena));
    if (bad) rq_log("%s", bad);
    return RQ_OK;
}

rq_status rq_first_checks_run(rq_workload *w)
{
    RQ_TRY(check_adapter(w->request.adapter));
    RQ_TRY(check_units(w));
    RQ_TRY(check_constants(w));
    rq_ranks_set_alone(true); /* how many images they look at depends on time */
    rq_status status = check_preprocessing(w);
    rq_ranks_set_alone(false);
    return status;
}
