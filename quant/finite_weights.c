#include "quant/finite_weights.h"

#include "engine/base/text.h"
#include "engine/ops/operators.h"
#include "quant/placement/target_placement.h"

#include <string.h>

#define MAX_TOLD 3 /* layers */

#define AT_ONCE ((size_t)1 << 18) /* numbers */

/* NaN is above, as bits, and infinity as well where `least` is its own. */
static size_t count_from(const float *x, size_t n, uint32_t least)
{
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad += (bits & 0x7fffffff) >= least;
    }
    return bad;
}

size_t rq_finite_count_bad(const float *x, size_t n, bool infinite)
{
    size_t bad = 0;
    for (size_t at = 0, some; at < n; at += some) {
        some = n - at < AT_ONCE ? n - at : AT_ONCE;
        bad += count_from(x + at, some, infinite ? 0x7f800000 : 0x7f800001);
        rq_release_pages(x + at, some * sizeof *x);
    }
    return bad;
}

/* Infinity masks, clips and starts searches: of other constants than weights it is no damage. */
static size_t count_bad(const rq_tensor *t, bool weights)
{
    const float *x = t->dtype == RQ_DT_F32 ? t->data : NULL; /* as constants are bound */
    return x ? rq_finite_count_bad(x, rq_tensor_count(t), weights) : 0;
}

static rq_status check_points(const rq_placement *placement, const rq_bound *bound)
{
    for (size_t i = 0; i < placement->n_weights; i++) {
        const rq_weight_point *w = &placement->weights[i];
        const rq_node *node = bound->graph->nodes[w->node];
        const rq_tensor *weights = &bound->values[w->value];
        size_t bad = w->precision == RQ_PRECISION_INT8 ? count_bad(weights, true) : 0;
        if (bad)
            return rq_fail(
                RQ_EFORMAT,
                "%s: layer '%s' (%s): %zu of its %zu weights are NaN or infinite: is the "
                "model damaged? --ignore '%s' leaves the layer in floating point",
                bound->graph->path, node->name, node->type, bad, rq_tensor_count(weights),
                node->name);
    }
    return RQ_OK;
}

rq_status rq_finite_weights_check(const rq_bound *bound, const rq_plan_options *options)
{
    rq_placement *placement = NULL;
    rq_arena *arena;
    rq_ignored_scope scope = options->scope;
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = rq_target_scope(&scope, bound, options->target, arena);
    if (status == RQ_OK)
        status = rq_placement_create(&placement, bound, options->precision, options->isa, &scope);
    if (status == RQ_OK) status = check_points(placement, bound);
    rq_placement_destroy(&placement);
    rq_arena_destroy(&arena);
    return status;
}

static size_t count_bad_constants(const rq_bound *bound, const rq_node *node)
{
    bool weighted = bound->nodes[node->id].op->weights != RQ_WEIGHTS_NONE;
    size_t bad = 0;
    for (uint32_t port = 0; port < node->n_in; port++)
        if (node->in[port] != RQ_NONE) bad += count_bad(&bound->values[node->in[port]], weighted);
    return bad;
}

static void append_bad(rq_buf *out, const rq_bound *bound)
{
    size_t layers = 0;
    for (size_t i = 0; i < bound->n_order; i++) {
        const rq_node *node = bound->graph->nodes[bound->order[i]];
        size_t bad = count_bad_constants(bound, node);
        if (!bad || layers++ >= MAX_TOLD) continue;
        rq_buf_printf(out, "%slayer '%s' (%s): %zu of its %s", layers > 1 ? "; " : "", node->name,
                      node->type, bad,
                      bound->nodes[node->id].op->weights == RQ_WEIGHTS_NONE
                          ? "constants' values are NaN"
                          : "weights are NaN or infinite");
    }
    if (layers > MAX_TOLD) rq_buf_printf(out, "; and %zu more such layers", layers - MAX_TOLD);
    if (layers) rq_buf_append(out, ": is the model damaged?");
}

rq_status rq_finite_weights_text(const char **text, const rq_bound *bound, rq_arena *arena)
{
    rq_buf found = {0};
    append_bad(&found, bound);
    *text = found.length && !found.failed ? rq_arena_strdup(arena, found.data) : NULL;
    bool failed = found.failed || (found.length && !*text);
    rq_buf_free(&found);
    return failed ? rq_fail_memory(0, "a text") : RQ_OK;
}
