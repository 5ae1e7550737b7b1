/* Interpolate where its table of taps is what oneDNN's formula gives: half-pixel positions,
 * x = (i + 0.5) * in / out - 0.5, nearest (half up) or linear. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/common/interpolate_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool nearest_matches(const rq_taps *taps, const rq_resample_axis *axis)
{
    for (int64_t i = 0; i < axis->out; i++) {
        float x = ((float)i + 0.5f) * (float)axis->dim / (float)axis->out - 0.5f;
        if (taps->index[i] != (int32_t)roundf(x)) return false;
    }
    return true;
}

/* The share of input element `at` in output element i. */
static float share(const rq_taps *taps, int64_t i, int64_t at)
{
    float sum = 0.0f;
    for (int t = 0; t < taps->width; t++)
        if (taps->index[i * taps->width + t] == at) sum += taps->weight[i * taps->width + t];
    return sum;
}

static bool linear_matches(const rq_taps *taps, const rq_resample_axis *axis)
{
    for (int64_t i = 0; i < axis->out; i++) {
        float x = ((float)i + 0.5f) * (float)axis->dim / (float)axis->out - 0.5f;
        float low = floorf(x), part = x - low;
        int64_t left = low < 0 ? 0 : (int64_t)low;
        int64_t right = (int64_t)low + 1 < axis->dim ? (int64_t)low + 1 : axis->dim - 1;
        float expected = left == right ? 1.0f : 1.0f - part;
        if (fabsf(share(taps, i, left) - expected) > 1e-5f) return false;
    }
    return true;
}

static rq_status axis_matches(bool *out, const rq_resample_axis *axis, bool linear)
{
    rq_taps taps = {.n = axis->out, .width = rq_taps_width(axis)};
    size_t n = (size_t)axis->out * (size_t)taps.width;
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&taps.index, n, sizeof *taps.index, "taps"), done);
    RQ_TRY_GOTO(rq_calloc(&taps.weight, n, sizeof *taps.weight, "taps"), done);
    rq_taps_fill(&taps, axis);
    if (linear)
        *out = linear_matches(&taps, axis);
    else
        *out = taps.width == 1 && nearest_matches(&taps, axis);
done:
    free(taps.index);
    free(taps.weight);
    return status;
}

static rq_status make_plan(rq_interpolate_plan *plan, const rq_lower *l, const rq_node *node)
{
    rq_tensor in[5] = {{0}}, out = *rq_lower_value(l, node->out[0]);
    bool known;
    if (node->n_in > 5) return RQ_EUNSUPPORTED;
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE) in[i] = *rq_lower_value(l, node->in[i]);
    rq_infer infer = {.graph = l->graph,
                      .node = node,
                      .op = rq_lower_op(l, node),
                      .attrs = rq_lower_attrs(l, node),
                      .version = l->bound->nodes[node->id].version,
                      .n_in = node->n_in,
                      .n_out = 1,
                      .in = in,
                      .out = &out};
    RQ_TRY(rq_interpolate_plan_make(plan, &known, &infer));
    return known && plan->rank >= 3 && plan->rank <= 5 ? RQ_OK : RQ_EUNSUPPORTED;
}

/* Linear or nearest along all spatial axes, and nothing along the others. */
static rq_status choose_mode(bool *linear, const rq_interpolate_plan *plan)
{
    for (int pass = 0; pass < 2; pass++) {
        bool all = rq_resample_idle(&plan->axis[0]) && rq_resample_idle(&plan->axis[1]);
        for (int d = 2; all && d < plan->rank; d++) {
            if (plan->axis[d].before || plan->axis[d].after) return RQ_EUNSUPPORTED;
            if (!rq_resample_idle(&plan->axis[d]))
                RQ_TRY(axis_matches(&all, &plan->axis[d], pass == 1));
        }
        *linear = pass == 1;
        if (all) return RQ_OK;
    }
    return RQ_EUNSUPPORTED;
}

typedef struct interpolate {
    rq_lower *l;
    rq_chain *chain;
    const rq_dnn_layout *src;
    bool linear;
    rq_fused fused;
} interpolate;

static rq_status attempt(rq_dnn_primitive **out, void *ctx, size_t max_nodes)
{
    static const rq_fuse_rules rules = {.channel_axis = 1};
    interpolate *i = ctx;
    const float *bias;
    const rq_onednn_plan *plan = i->l->plan;
    RQ_TRY(rq_fuse(&i->fused, i->l, i->chain, max_nodes, &rules));
    RQ_TRY(rq_fuse_finish(&i->fused, &bias, i->l, NULL, 0));
    const rq_dnn_layout *dst = rq_dnn_layout_any(
        plan->dnn, plan->numbers, &rq_lower_value(i->l, i->chain->nodes[0]->out[0])->shape);
    if (!dst) return RQ_EUNSUPPORTED;
    return rq_dnn_resample(out, plan->dnn, i->src, dst, i->linear, &i->fused.attr);
}

rq_status rq_lower_interpolate(rq_lower *l, rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    rq_interpolate_plan plan;
    rq_dnn_primitive *primitive;
    interpolate i = {.l = l, .chain = chain};
    rq_step_arg src = {RQ_DNN_SRC, 0, NULL};
    RQ_TRY(make_plan(&plan, l, node));
    rq_status status = rq_lower_nearest(l, chain, &plan);
    if (status != RQ_EUNSUPPORTED) return status;
    RQ_TRY(choose_mode(&i.linear, &plan));
    RQ_TRY(rq_buffer_numbers(&src.buffer, l->plan, node->in[0], node->id));
    i.src = l->plan->buffers[src.buffer].layout;
    RQ_TRY(rq_fuse_most(&primitive, chain, &i.fused, attempt, &i));
    return rq_fused_emit(l, chain, &i.fused, primitive, &src, 1);
}
