#include "engine/workbench/sensitivity/sensitivity.h"

#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/run/ranks.h"
#include "engine/workbench/sensitivity/sensitivity_order.h"
#include "engine/workbench/sensitivity/sensitivity_score.h"
#include "engine/workbench/sensitivity/sensitivity_store.h"
#include "engine/workbench/graph_cut.h"
#include "engine/workbench/output_kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STORE_BYTES ((size_t)768 << 20) /* for the values of the images of a round */
#define FIRST_ROUND 4
#define WORST 10 /* layers whose leaving out is measured on more images than those */

typedef struct task {
    size_t part;
    rq_variant variant;
} task;

typedef struct runner {
    const rq_workload *workload;
    const rq_sensitivity_options *options;
    rq_sensitivity *out;
    rq_store store;
    size_t n_images;         /* room in scores */
    rq_output_score *scores; /* [part][variant][image] */
    rq_output_score *whole;  /* [image] */
    double *whole_noise;     /* [image][result]: over signal */
    double *weights;         /* [result] */
    rq_scoring scoring;
    rq_ranking ranking;
    task *tasks;
    size_t n_tasks;
    rq_progress progress;
} runner;

static rq_output_score *scores_of(const runner *r, size_t part, rq_variant variant)
{
    return &r->scores[(part * RQ_VARIANTS + variant) * r->n_images];
}

/* -- one variant over the images of a round -------------------------------------------------- */

typedef struct part_run {
    const runner *r;
    task task;
    rq_graph *graph;
    rq_id *values; /* by input: of the original */
    size_t n_values;
    rq_model *model;
    rq_session *session;
    rq_tensor *inputs, *outputs;
    double *noise;
} part_run;

static rq_status create_model(part_run *p)
{
    rq_exec_options exec = p->r->workload->exec;
    exec.observed = NULL;
    exec.streams = p->r->workload->threads;
    return rq_graph_cut_model(&p->model, p->graph, p->values, p->n_values,
                              p->r->options->parts->bound, &exec);
}

static rq_status open_part(part_run *p)
{
    const rq_sensitivity_options *o = p->r->options;
    RQ_TRY(rq_part_build(&p->graph, o->parts, p->task.part, p->task.variant));
    RQ_TRY(rq_part_cut(p->graph, &p->values, &p->n_values, o->parts, p->task.part));
    RQ_TRY(create_model(p));
    RQ_TRY(rq_calloc(&p->inputs, p->n_values, sizeof *p->inputs, "inputs"));
    RQ_TRY(rq_calloc(&p->outputs, o->parts->bound->n_results, sizeof *p->outputs, "outputs"));
    RQ_TRY(rq_calloc(&p->noise, o->parts->bound->n_results, sizeof *p->noise, "outputs"));
    return rq_session_create(&p->session, p->model);
}

static void close_part(part_run *p)
{
    rq_session_destroy(&p->session);
    rq_model_destroy(&p->model);
    rq_graph_destroy(&p->graph);
    free(p->values);
    free(p->inputs);
    free(p->outputs);
    free(p->noise);
}

/* Outputs of the part among those of the whole network. */
static void place_outputs(part_run *p)
{
    const rq_bound *bound = p->r->options->parts->bound;
    for (size_t i = 0; i < rq_model_output_count(p->model); i++)
        for (size_t o = 0; o < bound->n_results; o++)
            if (bound->results[o] == rq_model_output_node(p->model, i)->id)
                p->outputs[o] = *rq_session_output(p->session, i);
}

/* What the part does not affect is as in the network that it starts from. */
static rq_status score(part_run *p, size_t i, rq_output_score *out, int from)
{
    const runner *r = p->r;
    const rq_stored_image *image = &r->store.images[i];
    size_t n = r->options->parts->bound->n_results;
    const double *whole = &r->whole_noise[(r->store.first + i) * n];
    memcpy(p->outputs, image->outputs[from], n * sizeof *p->outputs);
    place_outputs(p);
    return rq_output_score_make(out, p->noise, image->outputs[RQ_STORE_FP32], p->outputs,
                                &r->scoring, from == RQ_STORE_FP32 ? whole : NULL,
                                r->out->labelled ? image->label : -1);
}

static rq_status run_image(part_run *p, size_t i)
{
    const rq_store *store = &p->r->store;
    const rq_stored_image *image = &store->images[i];
    int from = p->task.variant == RQ_VARIANT_LEFT_OUT ? RQ_STORE_QUANTIZED : RQ_STORE_FP32;
    if (!image->good) return RQ_OK;
    for (size_t v = 0; v < p->n_values; v++) p->inputs[v] = image->values[from][p->values[v]];
    rq_session_reset(p->session);
    RQ_TRY(rq_session_run(p->session, p->inputs, NULL, NULL));
    return score(p, i, &scores_of(p->r, p->task.part, p->task.variant)[store->first + i], from);
}

/* Ranks take tasks in turn: layers near the input, which cost most, lie side by side. */
static size_t own_task(size_t i)
{
    return i * rq_ranks_count() + rq_ranks_index();
}

static size_t count_own_tasks(const runner *r, size_t rank)
{
    return (r->n_tasks + rq_ranks_count() - 1 - rank) / rq_ranks_count();
}

static rq_status run_task(void *ctx, unsigned worker, size_t i)
{
    const runner *r = ctx;
    part_run p = {.r = r, .task = r->tasks[own_task(i)]};
    (void)worker;
    rq_status status = open_part(&p);
    for (size_t image = 0; status == RQ_OK && image < r->store.n; image++)
        status = run_image(&p, image);
    close_part(&p);
    if (status == RQ_OK) return RQ_OK;
    const rq_parts *parts = r->options->parts;
    return rq_fail_prefix(status, "layer '%s' alone",
                          parts->bound->graph->nodes[parts->v[p.task.part].node]->name);
}

static rq_status count_task(void *ctx, unsigned worker, size_t i)
{
    runner *r = ctx;
    (void)worker;
    (void)i;
    rq_progress_step(&r->progress);
    return RQ_OK;
}

/* -- ranks ----------------------------------------------------------------------------------- */

/* A task's scores of the images of the round. */
static rq_output_score *round_scores(const runner *r, size_t i)
{
    const task *t = &r->tasks[i];
    return scores_of(r, t->part, t->variant) + r->store.first;
}

/* Those of all ranks' tasks, to all. */
static rq_status share_scores(runner *r, rq_status mine)
{
    size_t bytes = r->store.n * sizeof(rq_output_score), own = count_own_tasks(r, rq_ranks_index());
    rq_gathered all;
    rq_buf scores = {0};
    for (size_t i = 0; i < own; i++)
        rq_buf_append_n(&scores, (const char *)round_scores(r, own_task(i)), bytes);
    if (mine == RQ_OK && scores.failed) mine = rq_fail_memory(own * bytes, "scores");
    rq_status status = rq_ranks_gather(&all, mine, "analyze: layers", scores.data, scores.length);
    rq_buf_free(&scores);
    RQ_TRY(status);
    for (size_t rank = 0; rank < rq_ranks_count(); rank++)
        for (size_t i = 0; i < count_own_tasks(r, rank); i++)
            memcpy(round_scores(r, i * rq_ranks_count() + rank),
                   all.data + all.offsets[rank] + i * bytes, bytes);
    rq_gathered_free(&all);
    return RQ_OK;
}

/* -- rounds ---------------------------------------------------------------------------------- */

/* Everything in the first round; then what the order depends on, where it is open, and of the worst
 * layers what leaving them out gains. */
static bool is_wanted(const runner *r, size_t place, rq_variant v)
{
    size_t part = r->ranking.order[place];
    if (!r->ranking.open[part] || !rq_part_has(&r->options->parts->v[part], v)) return false;
    if (v == RQ_VARIANT_BOTH) return true;
    if (r->options->order_only) return false;
    return r->store.first == 0 || (v == RQ_VARIANT_LEFT_OUT && place < WORST);
}

static void list_tasks(runner *r)
{
    r->n_tasks = 0;
    for (size_t place = 0; place < r->options->parts->n; place++)
        for (rq_variant v = 0; v < RQ_VARIANTS; v++)
            if (is_wanted(r, place, v)) r->tasks[r->n_tasks++] = (task){r->ranking.order[place], v};
}

static rq_status score_whole(runner *r)
{
    const rq_sensitivity *out = r->out;
    for (size_t i = 0; i < r->store.n; i++) {
        const rq_stored_image *image = &r->store.images[i];
        if (!image->good) continue;
        size_t at = r->store.first + i, n = r->options->parts->bound->n_results;
        RQ_TRY(rq_output_score_make(&r->whole[at], &r->whole_noise[at * n],
                                    image->outputs[RQ_STORE_FP32],
                                    image->outputs[RQ_STORE_QUANTIZED], &r->scoring, NULL,
                                    out->labelled ? image->label : -1));
    }
    return RQ_OK;
}

static rq_status run_round(runner *r, size_t n)
{
    RQ_TRY(rq_store_fill(&r->store, r->out->images_used, n));
    RQ_TRY(score_whole(r));
    list_tasks(r);
    size_t own = count_own_tasks(r, rq_ranks_index());
    rq_progress_begin(&r->progress, "analyze: layers", own);
    rq_status status = rq_parallel_ordered(r->workload->threads, own, run_task, count_task, r);
    rq_progress_end(&r->progress);
    RQ_TRY(rq_ranks_count() > 1 ? share_scores(r, status) : status);
    r->out->runs += r->n_tasks * r->store.n;
    r->out->images_used += n;
    for (size_t part = 0; part < r->options->parts->n; part++)
        for (size_t i = 0; i < r->out->images_used; i++) {
            const rq_output_score *s = &scores_of(r, part, RQ_VARIANT_BOTH)[i];
            rq_ranking_set(&r->ranking, part, i, s->there ? s->sqnr_db - r->whole[i].sqnr_db : NAN);
        }
    return rq_ranking_settle(&r->ranking, r->out->images_used);
}

static rq_status run_rounds(runner *r)
{
    size_t bytes = rq_store_image_bytes(&r->store);
    size_t most = bytes ? STORE_BYTES / bytes : r->n_images, round = FIRST_ROUND;
    if (most == 0) most = 1;
    while (r->out->images_used < r->n_images && r->ranking.n_open > 0) {
        size_t left = r->n_images - r->out->images_used, n = round < most ? round : most;
        RQ_TRY(run_round(r, n < left ? n : left));
        if (r->out->images_used >= 2 * round) round = r->out->images_used;
    }
    return RQ_OK;
}

/* -- results --------------------------------------------------------------------------------- */

/* Weights and activations are measured in the first round only, on images that `both` has too. */
static void collect_layer(const runner *r, rq_layer_effect *layer, size_t part)
{
    const rq_sensitivity *out = r->out;
    const rq_output_score *both = scores_of(r, part, RQ_VARIANT_BOTH);
    const rq_node *node = r->options->parts->bound->graph->nodes[r->options->parts->v[part].node];
    *layer = (rq_layer_effect){.name = node->name, .type = node->type, .part = part};
    for (int v = RQ_VARIANTS - 1; v >= 0; v--) {
        bool whole = v >= RQ_VARIANT_BOTH;
        layer->of[v] = rq_effect_of(scores_of(r, part, (rq_variant)v), whole ? r->whole : both,
                                    whole ? out->whole.sqnr_db : layer->of[RQ_VARIANT_BOTH].sqnr_db,
                                    out->images_used, out->labelled, out->classes);
    }
    layer->gain_db = layer->of[RQ_VARIANT_LEFT_OUT].sqnr_db - out->whole.sqnr_db;
    layer->settled = !r->ranking.open[part];
}

static rq_status collect(runner *r)
{
    rq_sensitivity *out = r->out;
    RQ_TRY(rq_calloc(&out->layers, r->options->parts->n, sizeof *out->layers, "layers"));
    out->n_layers = r->options->parts->n;
    out->whole = rq_effect_of(r->whole, r->whole, rq_mean_sqnr(r->whole, out->images_used),
                              out->images_used, out->labelled, out->classes);
    for (size_t i = 0; i < out->n_layers; i++) {
        collect_layer(r, &out->layers[i], r->ranking.order[i]);
        out->n_settled += out->layers[i].settled;
    }
    return RQ_OK;
}

/* What the outputs are, and how much each counts. */
static rq_status open_outputs(runner *r, const rq_model *model)
{
    rq_sensitivity *out = r->out;
    const rq_bound *bound = r->options->parts->bound;
    size_t n = bound->n_results, at = 0;
    rq_found_kind *found;
    RQ_TRY(rq_calloc(&r->weights, n, sizeof *r->weights, "outputs"));
    RQ_TRY(rq_output_weights_find(r->weights, &r->workload->output_weights, model));
    RQ_TRY(rq_calloc(&found, n, sizeof *found, "outputs"));
    rq_output_kinds_find(found, r->workload, model);
    while (at < n && found[at].kind != RQ_OUTPUT_CLASSES) at++;
    free(found);
    out->classes = at < n;
    out->labelled = out->classes && rq_labels_fit(&r->workload->images,
                                                  rq_tensor_count(rq_model_output(model, at)));
    r->scoring = (rq_scoring){bound, r->weights, at};
    return RQ_OK;
}

static rq_status open(runner *r)
{
    const rq_bound *bound = r->options->parts->bound;
    size_t n = r->workload->images.dataset->n, scores;
    if (r->options->parts->n == 0) return rq_fail(RQ_EARG, "the plan quantizes no layer");
    r->n_images = n;
    if (!rq_mul_size(&scores, r->options->parts->n * RQ_VARIANTS, r->n_images))
        return rq_fail_memory(r->n_images, "scores");
    RQ_TRY(rq_calloc(&r->scores, scores, sizeof *r->scores, "scores"));
    RQ_TRY(rq_calloc(&r->whole, r->n_images, sizeof *r->whole, "scores"));
    RQ_TRY(rq_calloc(&r->tasks, r->options->parts->n * RQ_VARIANTS, sizeof *r->tasks, "layers"));
    RQ_TRY(rq_ranking_open(&r->ranking, r->options->parts->n, r->n_images));
    RQ_TRY(rq_calloc(&r->whole_noise, r->n_images * bound->n_results, sizeof *r->whole_noise,
                     "scores"));
    RQ_TRY(rq_store_open(&r->store, r->workload, r->options->parts, r->options->quantized));
    return open_outputs(r, r->store.models[RQ_STORE_FP32]);
}

rq_status rq_sensitivity_run(rq_sensitivity *out, const rq_workload *workload,
                             const rq_sensitivity_options *options)
{
    *out = (rq_sensitivity){.parts = options->parts};
    runner r = {.workload = workload, .options = options, .out = out};
    double started = rq_now();
    rq_status status = open(&r);
    if (status == RQ_OK) status = run_rounds(&r);
    if (status == RQ_OK && out->images_used == 0)
        status = rq_fail(RQ_EARG, "there are no images to analyse with");
    if (status == RQ_OK) status = collect(&r);
    out->seconds = rq_now() - started;
    rq_store_close(&r.store);
    rq_ranking_close(&r.ranking);
    free(r.scores);
    free(r.whole);
    free(r.whole_noise);
    free(r.weights);
    free(r.tasks);
    return status;
}

void rq_sensitivity_close(rq_sensitivity *sensitivity)
{
    free(sensitivity->layers);
    sensitivity->layers = NULL;
}
