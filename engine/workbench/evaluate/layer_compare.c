#include "engine/workbench/evaluate/layer_compare.h"

#include "engine/exec/exec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct worker {
    float *samples;         /* n_layers * RQ_LAYER_SAMPLE, of the original */
    rq_layer_error *errors; /* of the image in hand */
} worker;

struct rq_layer_compare {
    rq_layer_error *layers;
    size_t n;
    uint32_t *layer_of; /* by value id: index + 1 */
    uint8_t *wanted;    /* by value id */
    worker *workers;
    unsigned n_workers;
    size_t images;
};

/* The next value behind a layer that runs fused with it: a constant added or multiplied, an
 * activation. */
static rq_id follow_fused(const rq_bound *bound, const rq_uses *uses, rq_id value)
{
    const rq_use *use = rq_uses_only(uses, value);
    if (!use) return RQ_NONE;
    const rq_node *node = bound->graph->nodes[use->node];
    rq_role role = bound->nodes[node->id].op->role;
    bool activation = role == RQ_ROLE_ACTIVATION && use->port == 0;
    bool with_constant = role == RQ_ROLE_QUANTIZE && node->n_in == 2 &&
                         rq_bound_is_constant(bound, node->in[1 - use->port]) &&
                         rq_dtype_is_float(bound->values[node->in[1 - use->port]].dtype);
    return activation || with_constant ? node->out[0] : RQ_NONE;
}

static rq_id fused_output(const rq_bound *bound, const rq_uses *uses, rq_id value)
{
    for (rq_id next = value; next != RQ_NONE; next = follow_fused(bound, uses, value)) value = next;
    return value;
}

static rq_status list_layers(rq_layer_compare *c, const rq_bound *bound, const rq_uses *uses)
{
    RQ_TRY(rq_calloc(&c->layers, bound->n_order, sizeof *c->layers, "layer errors"));
    RQ_TRY(rq_calloc(&c->layer_of, bound->graph->n_values, sizeof *c->layer_of, "layer errors"));
    RQ_TRY(rq_calloc(&c->wanted, bound->graph->n_values, 1, "layer errors"));
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        const rq_bound_node *b = &bound->nodes[node->id];
        if (b->folded || b->deferred || b->op->role != RQ_ROLE_WEIGHTED) continue;
        rq_id value = fused_output(bound, uses, node->out[0]);
        if (bound->values[value].dtype != RQ_DT_F32 || c->wanted[value]) continue;
        c->wanted[value] = RQ_OBSERVED_ANY_ORDER;
        c->layers[c->n] = (rq_layer_error){.node = node->id, .value = value};
        c->layer_of[value] = (uint32_t)++c->n;
    }
    return RQ_OK;
}

static rq_status open_workers(rq_layer_compare *c, unsigned n)
{
    RQ_TRY(rq_calloc(&c->workers, n, sizeof *c->workers, "layer errors"));
    c->n_workers = n;
    for (unsigned w = 0; w < n; w++) {
        RQ_TRY(rq_calloc(&c->workers[w].samples, c->n * RQ_LAYER_SAMPLE, sizeof(float), "samples"));
        RQ_TRY(rq_calloc(&c->workers[w].errors, c->n, sizeof(rq_layer_error), "layer errors"));
    }
    return RQ_OK;
}

rq_status rq_layer_compare_create(rq_layer_compare **out, const rq_bound *bound, unsigned workers)
{
    *out = NULL;
    rq_uses uses;
    rq_layer_compare *c = NULL;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    rq_status status = rq_calloc(&c, 1, sizeof *c, "layer errors");
    if (status == RQ_OK) status = list_layers(c, bound, &uses);
    if (status == RQ_OK) status = open_workers(c, workers);
    rq_uses_free(&uses);
    if (status != RQ_OK) {
        rq_layer_compare_destroy(&c);
        return status;
    }
    *out = c;
    return RQ_OK;
}

void rq_layer_compare_destroy(rq_layer_compare **compare)
{
    rq_layer_compare *c = compare ? *compare : NULL;
    if (!c) return;
    for (unsigned w = 0; w < c->n_workers; w++) {
        free(c->workers[w].samples);
        free(c->workers[w].errors);
    }
    free(c->workers);
    free(c->layers);
    free(c->layer_of);
    free(c->wanted);
    free(c);
    *compare = NULL;
}

const uint8_t *rq_layer_compare_wanted(const rq_layer_compare *compare)
{
    return compare->wanted;
}

static size_t sample_step(size_t n)
{
    size_t step = (n + RQ_LAYER_SAMPLE - 1) / RQ_LAYER_SAMPLE;
    return step < 2 ? 1 : step | 1; /* odd: does not beat with the rows */
}

/* Number i of row-major elements. */
static float element(const rq_tensor *tensor, size_t i, bool channels_last)
{
    const float *x = tensor->data;
    return x[channels_last ? rq_shape_channels_last(&tensor->shape, i) : i];
}

rq_status rq_layer_compare_observe(rq_layer_compare *c, unsigned number, size_t side, rq_id value,
                                   const rq_tensor *tensor, bool channels_last)
{
    uint32_t layer = c->layer_of[value];
    if (!layer) return RQ_OK;
    worker *w = &c->workers[number];
    float *samples = w->samples + (size_t)(layer - 1) * RQ_LAYER_SAMPLE;
    size_t n = rq_tensor_count(tensor), step = sample_step(n);
    if (side == 0) {
        for (size_t i = 0, k = 0; i < n; i += step)
            samples[k++] = element(tensor, i, channels_last);
        return RQ_OK;
    }
    rq_layer_error *e = &w->errors[layer - 1];
    *e = (rq_layer_error){0};
    for (size_t i = 0, k = 0; i < n; i += step, k++) {
        double a = samples[k], b = element(tensor, i, channels_last);
        if (!isfinite(a)) continue; /* as the -Inf of a mask */
        e->signal += a * a;
        e->noise += (a - b) * (a - b);
        e->dot += a * b;
        e->other += b * b;
    }
    return RQ_OK;
}

void rq_layer_compare_merge(rq_layer_compare *c, unsigned number)
{
    const rq_layer_error *errors = c->workers[number].errors;
    c->images++;
    for (size_t i = 0; i < c->n; i++) {
        c->layers[i].signal += errors[i].signal;
        c->layers[i].noise += errors[i].noise;
        c->layers[i].dot += errors[i].dot;
        c->layers[i].other += errors[i].other;
    }
}

bool rq_layer_compare_takes(size_t i, size_t n)
{
    return n <= RQ_LAYER_IMAGES || i * RQ_LAYER_IMAGES / n != (i + 1) * RQ_LAYER_IMAGES / n;
}

size_t rq_layer_compare_images(const rq_layer_compare *compare)
{
    return compare->images;
}

size_t rq_layer_compare_count(const rq_layer_compare *compare)
{
    return compare->n;
}

const rq_layer_error *rq_layer_compare_at(const rq_layer_compare *compare, size_t i)
{
    return &compare->layers[i];
}
