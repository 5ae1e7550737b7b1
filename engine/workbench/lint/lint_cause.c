#include "engine/workbench/lint/lint_cause.h"

#include "engine/base/hash.h"
#include "engine/run/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES 16

typedef struct seen {
    uint64_t hash;
    bool there, nan, one_value;
} seen;

typedef struct search {
    const rq_workload *workload;
    rq_bound *bound;
    rq_lint_death death;
    rq_images images;
    rq_model *model;
    rq_image_feed feed;
    seen *seen;    /* [value * IMAGES + image] */
    bool *needed;  /* by value: it is dead, and so is an output because of it */
    uint8_t *mark; /* by value: all are looked at */
} search;

/* -- what is seen ------------------------------------------------------------------------------ */

static bool holds_nan(const rq_tensor *t)
{
    const float *x = t->dtype == RQ_DT_F32 ? t->data : NULL;
    for (size_t i = 0, n = x ? rq_tensor_count(t) : 0; i < n; i++)
        if (isnan(x[i])) return true;
    return false;
}

static bool is_one_value(const rq_tensor *t)
{
    const float *x = t->dtype == RQ_DT_F32 ? t->data : NULL;
    size_t n = x ? rq_tensor_count(t) : 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0]) return false;
    return n > 0;
}

static rq_status observe(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor)
{
    const search *s = at->ctx;
    if (value >= s->bound->graph->n_values) return RQ_OK;
    s->seen[value * IMAGES + at->image] =
        (seen){.hash = rq_hash64(tensor->data, rq_tensor_bytes(tensor)),
               .there = true,
               .nan = holds_nan(tensor),
               .one_value = is_one_value(tensor)};
    return RQ_OK;
}

static rq_status look(search *s)
{
    const rq_workload *w = s->workload;
    size_t n = w->graph->n_values;
    RQ_TRY(rq_bind(&s->bound, w->graph, w->exec.shapes, w->exec.n_shapes));
    RQ_TRY(rq_workload_draw(&s->images, w, IMAGES, w->seed));
    RQ_TRY(rq_calloc(&s->seen, n * IMAGES, sizeof *s->seen, "values"));
    RQ_TRY(rq_calloc(&s->needed, n, sizeof *s->needed, "values"));
    RQ_TRY(rq_calloc(&s->mark, n, 1, "values"));
    memset(s->mark, 1, n);
    RQ_TRY(rq_workload_model(&s->model, w, w->graph, s->mark, n));
    RQ_TRY(rq_image_feed_open(&s->feed, &w->request, s->model));
    const rq_model *models[] = {s->model};
    rq_pipeline pipeline = {.images = &s->images,
                            .feed = &s->feed,
                            .models = models,
                            .n_models = 1,
                            .threads = w->threads,
                            .title = "lint: layers",
                            .observe = observe,
                            .ctx = s};
    return rq_pipeline_run(&pipeline);
}

/* -- what is dead ------------------------------------------------------------------------------ */

static bool is_constant(const seen *row)
{
    const seen *first = NULL;
    size_t n = 0;
    for (size_t i = 0; i < IMAGES; i++) {
        if (!row[i].there) continue;
        n++;
        if (!first) first = &row[i];
        if (row[i].hash != first->hash) return false;
    }
    return n > 1;
}

static bool has_nan(const seen *row)
{
    for (size_t i = 0; i < IMAGES; i++)
        if (row[i].there && row[i].nan) return true;
    return false;
}

static bool was_seen(const search *s, rq_id value)
{
    for (size_t i = 0; i < IMAGES; i++)
        if (s->seen[value * IMAGES + i].there) return true;
    return false;
}

static bool is_dead(const search *s, rq_id value)
{
    const seen *row = &s->seen[value * IMAGES];
    return s->death == RQ_LINT_NAN ? has_nan(row) : is_constant(row);
}

static bool is_needed(const search *s, const rq_node *node)
{
    for (uint32_t k = 0; k < node->n_out; k++)
        if (s->needed[node->out[k]]) return true;
    return false;
}

static void need_inputs(search *s, const rq_node *node)
{
    for (uint32_t k = 0; k < node->n_in; k++)
        if (node->in[k] != RQ_NONE && is_dead(s, node->in[k])) s->needed[node->in[k]] = true;
}

/* From the outputs back. */
static void find_needed(search *s)
{
    const rq_bound *b = s->bound;
    for (size_t i = 0; i < b->n_results; i++) need_inputs(s, b->graph->nodes[b->results[i]]);
    for (size_t i = b->n_order; i-- > 0;) {
        const rq_node *node = b->graph->nodes[b->order[i]];
        if (is_needed(s, node)) need_inputs(s, node);
    }
}

/* -- the cause --------------------------------------------------------------------------------- */

/* What only reads shapes says the same of all images, rightly. */
static bool reads_shapes(const rq_node *node)
{
    return !strcmp(node->type, "ShapeOf") || !strncmp(node->type, "PriorBox", 8);
}

static bool is_cause(const search *s, const rq_node *node)
{
    bool constant = s->death == RQ_LINT_CONSTANT, any_alive = false;
    if (!is_needed(s, node) || (constant && reads_shapes(node))) return false;
    for (uint32_t k = 0; k < node->n_in; k++) {
        rq_id value = node->in[k];
        if (value == RQ_NONE || !was_seen(s, value)) continue;
        bool dead = is_dead(s, value);
        if (dead && !constant) return false;
        any_alive = any_alive || !dead;
    }
    return any_alive || !constant;
}

static bool is_zero(const rq_tensor *t)
{
    return is_one_value(t) && *(const float *)t->data == 0;
}

static bool reads_bad_constant(const search *s, const rq_node *node)
{
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (node->in[k] == RQ_NONE || !rq_bound_is_constant(s->bound, node->in[k])) continue;
        const rq_tensor *t = &s->bound->values[node->in[k]];
        if (s->death == RQ_LINT_NAN ? holds_nan(t) : is_zero(t)) return true;
    }
    return false;
}

static bool gives_one_value(const search *s, const rq_node *node)
{
    for (size_t i = 0; i < IMAGES; i++) {
        const seen *at = &s->seen[node->out[0] * IMAGES + i];
        if (at->there) return at->one_value;
    }
    return false;
}

static void find_cause(rq_lint_cause *out, const search *s)
{
    const rq_bound *b = s->bound;
    for (size_t i = 0; i < b->n_order && !out->node; i++) {
        const rq_node *node = b->graph->nodes[b->order[i]];
        if (is_cause(s, node)) out->node = node;
    }
    if (!out->node) return;
    out->bad_constant = reads_bad_constant(s, out->node);
    out->one_value = gives_one_value(s, out->node);
}

rq_status rq_lint_cause_find(rq_lint_cause *out, const rq_workload *workload, rq_lint_death death)
{
    search s = {.workload = workload, .death = death};
    *out = (rq_lint_cause){0};
    rq_status status = look(&s);
    if (status == RQ_OK) {
        out->images = s.images.dataset->n;
        find_needed(&s);
        find_cause(out, &s);
    }
    rq_image_feed_close(&s.feed);
    rq_model_destroy(&s.model);
    rq_images_close(&s.images);
    rq_bound_destroy(&s.bound);
    free(s.seen);
    free(s.needed);
    free(s.mark);
    return status;
}
