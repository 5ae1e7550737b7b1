#include "quant/plan_codes.h"

#include <string.h>

/* NULL stays NULL. */
static rq_status copy(void *out, const void *from, size_t n, size_t size, rq_arena *arena)
{
    void **to = out;
    *to = NULL;
    if (!from) return RQ_OK;
    *to = rq_arena_alloc(arena, n, size);
    if (!*to) return RQ_ENOMEM;
    memcpy(*to, from, n * size);
    return RQ_OK;
}

static rq_status copy_weight(rq_plan_weight *out, const rq_plan_weight *w, const rq_bound *bound,
                             rq_arena *arena)
{
    size_t codes = rq_tensor_count(&bound->values[w->point.value]);
    *out = *w;
    RQ_TRY(copy(&out->codes.codes, w->codes.codes, codes, 1, arena));
    return copy(&out->bias_shift, w->bias_shift, rq_weight_channels(&w->layout),
                sizeof *w->bias_shift, arena);
}

static rq_status copy_uses(rq_plan_compressed *out, const rq_plan_compressed *c, rq_arena *arena)
{
    RQ_TRY(copy(&out->uses, c->uses, c->n_uses, sizeof *c->uses, arena));
    for (size_t u = 0; u < c->n_uses; u++)
        RQ_TRY(copy(&out->uses[u].bias_shift, c->uses[u].bias_shift, rq_weight_channels(&c->layout),
                    sizeof(float), arena));
    return RQ_OK;
}

static rq_status copy_compressed(rq_plan_compressed *out, const rq_plan_compressed *c,
                                 const rq_bound *bound, rq_arena *arena)
{
    const rq_compressed *codes = &c->codes;
    size_t scales = codes->channels * codes->groups;
    size_t count = rq_tensor_count(&bound->values[c->uses[0].point.value]);
    *out = *c;
    RQ_TRY(copy(&out->codes.codes, codes->codes, count, 1, arena));
    RQ_TRY(copy(&out->codes.scales, codes->scales, scales, sizeof *codes->scales, arena));
    RQ_TRY(copy(&out->codes.zero_points, codes->zero_points, scales, 1, arena));
    return copy_uses(out, c, arena);
}

rq_status rq_plan_codes_copy(rq_plan_codes *out, const rq_quant_plan *plan, const rq_bound *bound)
{
    rq_arena *arena = plan->arena;
    out->weights = rq_arena_alloc(arena, plan->n_weights, sizeof *out->weights);
    out->compressed = rq_arena_alloc(arena, plan->n_compressed, sizeof *out->compressed);
    if (!out->weights || !out->compressed) return RQ_ENOMEM;
    for (size_t i = 0; i < plan->n_weights; i++)
        RQ_TRY(copy_weight(&out->weights[i], &plan->weights[i], bound, arena));
    for (size_t i = 0; i < plan->n_compressed; i++)
        RQ_TRY(copy_compressed(&out->compressed[i], &plan->compressed[i], bound, arena));
    return RQ_OK;
}

void rq_plan_codes_restore(rq_quant_plan *plan, const rq_plan_codes *codes, const char *reason)
{
    if (plan->n_weights)
        memcpy(plan->weights, codes->weights, plan->n_weights * sizeof *codes->weights);
    if (plan->n_compressed)
        memcpy(plan->compressed, codes->compressed, plan->n_compressed * sizeof *codes->compressed);
    for (size_t i = 0; i < plan->n_weights; i++)
        if (!plan->weights[i].rounding) plan->weights[i].rounding = reason;
    for (size_t i = 0; i < plan->n_compressed; i++)
        if (!plan->compressed[i].rounding) plan->compressed[i].rounding = reason;
}
