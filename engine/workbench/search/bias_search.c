#include "engine/workbench/search/bias_search.h"

#include "engine/base/callbacks.h"
#include "engine/base/mem.h"
#include "engine/workbench/search/bias_runs.h"
#include "engine/workbench/search/build_quantized.h"
#include "quant/bias.h"

#define TITLE "biases"
#define WHAT "biases by what layers lose in the quantized network: output SQNR on holdout images"
#define MIN_IMAGES 4
#define MEMORY ((size_t)64 << 20)      /* for what is kept of all images, */
#define MAX_MEMORY ((size_t)768 << 20) /* or so much, of the fewest that tell */

typedef struct search {
    const rq_workload *workload; /* over images to fit to */
    rq_quant_plan *plan;
    const rq_bias_levels *levels;
    rq_bias_runs runs;
    float **before; /* by layer: the shift that it had */
    double *shift;  /* by channel of a layer: beyond that */
} search;

/* -- one layer ------------------------------------------------------------------------------- */

/* What a channel of all layers loses beyond `before`. */
static double loss_of(const search *s, size_t channel, double before)
{
    const rq_bias_runs *r = &s->runs;
    double lost[RQ_BIAS_IMAGES];
    size_t n = 0;
    for (size_t i = 0; i < r->n_images; i++) {
        size_t at = i * r->n_channels + channel;
        if (r->read[i]) lost[n++] = r->want[at] - r->got[at] - before;
    }
    return rq_bias_common_loss(lost, n);
}

static rq_status correct_layer(search *s, size_t layer)
{
    const rq_bias_layer *l = &s->levels->layers[layer];
    rq_plan_weight *w = &s->plan->weights[l->weight];
    const float *before = s->before[layer];
    w->bias_shift = rq_arena_alloc(s->plan->arena, l->channels, sizeof *w->bias_shift);
    if (!w->bias_shift) return RQ_ENOMEM;
    for (size_t c = 0; c < l->channels; c++) {
        s->shift[c] = loss_of(s, s->runs.first[layer] + c, before[c]);
        w->bias_shift[c] = (float)(before[c] + s->shift[c]);
    }
    rq_bias_runs_shift(&s->runs, layer, s->shift);
    return RQ_OK;
}

/* -- all layers ------------------------------------------------------------------------------ */

static rq_status correct_level(search *s, const rq_graph *quantized, size_t level)
{
    RQ_TRY(rq_bias_runs_level(&s->runs, quantized, level));
    for (size_t i = 0; i < s->levels->n_layers; i++)
        if (s->levels->layers[i].level == level) RQ_TRY(correct_layer(s, i));
    rq_bias_runs_leave(&s->runs, level);
    return RQ_OK;
}

static rq_status correct_all(search *s)
{
    rq_graph *quantized;
    RQ_TRY(rq_build_int8(&quantized, s->workload->graph, s->plan));
    rq_status status = rq_bias_runs_open(&s->runs, s->workload, s->levels, TITLE);
    for (size_t level = 0; status == RQ_OK && level < s->levels->n_levels; level++)
        status = correct_level(s, quantized, level);
    rq_bias_runs_close(&s->runs);
    rq_graph_destroy(&quantized);
    return status;
}

static rq_status correct(search *s, rq_arena *arena)
{
    size_t most = 0, n = s->levels->n_layers;
    s->before = rq_arena_alloc(arena, n, sizeof *s->before);
    if (!s->before) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        s->before[i] = s->plan->weights[s->levels->layers[i].weight].bias_shift;
        if (s->levels->layers[i].channels > most) most = s->levels->layers[i].channels;
    }
    s->shift = rq_arena_alloc(arena, most, sizeof *s->shift);
    return s->shift ? correct_all(s) : RQ_ENOMEM;
}

static void take_back(search *s)
{
    for (size_t i = 0; s->before && i < s->levels->n_layers; i++)
        s->plan->weights[s->levels->layers[i].weight].bias_shift = s->before[i];
}

/* -- validation ------------------------------------------------------------------------------ */

static rq_status score(rq_output_scores *out, const search *s, rq_output_error *error,
                       const rq_output_rival *rival)
{
    const rq_output_error_score_options scored = {
        .graph = s->workload->graph, .plan = s->plan, .rival = rival, .title = TITLE};
    return rq_output_error_score(out, error, &scored);
}

static rq_status keep_the_better(search *s, rq_search_images *images, rq_arena *arena)
{
    rq_output_error *error;
    rq_output_scores *before = &images->scores, after = {0};
    const rq_output_rival rival = {.scores = before};
    RQ_TRY(rq_search_images_outputs(&error, images, TITLE));
    if (!before->sums) RQ_TRY(score(before, s, error, NULL));
    rq_status status = correct(s, arena);
    if (status == RQ_OK) status = score(&after, s, error, &rival);
    if (status != RQ_OK || !rq_output_scores_confirm(WHAT, before, &after, 0.0))
        take_back(s);
    else
        rq_output_scores_swap(before, &after);
    rq_output_scores_close(&after);
    return status;
}

/* -- all ------------------------------------------------------------------------------------- */

/* As many as there is memory for, evenly spread. */
static rq_status pick_images(rq_images *out, const rq_search_images *images, size_t bytes)
{
    size_t indices[RQ_BIAS_IMAGES], total = images->fit.dataset->n;
    size_t n = rq_max_size(bytes ? MEMORY / bytes : RQ_BIAS_IMAGES, MIN_IMAGES);
    n = rq_min_size(rq_min_size(n, RQ_BIAS_IMAGES), total);
    for (size_t i = 0; i < n; i++) indices[i] = i * total / n;
    return rq_images_pick(out, &images->fit, indices, n);
}

static rq_status run(rq_quant_plan *plan, const rq_workload *workload, rq_search_images *images,
                     rq_arena *arena)
{
    rq_bias_levels levels;
    rq_images fit;
    RQ_TRY(rq_bias_levels_find(&levels, plan, workload->bound, arena));
    if (levels.n_layers == 0) return RQ_OK;
    if (levels.most_bytes > MAX_MEMORY / MIN_IMAGES) {
        rq_log("biases are not corrected layer by layer: %d images would take more than %zu MB",
               MIN_IMAGES, MAX_MEMORY >> 20);
        return RQ_OK;
    }
    RQ_TRY(pick_images(&fit, images, levels.most_bytes));
    const rq_workload some = rq_workload_over(workload, &fit);
    search s = {.workload = &some, .plan = plan, .levels = &levels};
    rq_status status = keep_the_better(&s, images, arena);
    rq_images_close(&fit);
    return status;
}

rq_status rq_bias_search(rq_quant_plan *plan, const rq_workload *workload, rq_search_images *images)
{
    rq_arena *arena;
    if (!images->enough) return RQ_OK;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = run(plan, workload, images, arena);
    rq_arena_destroy(&arena);
    return status;
}
