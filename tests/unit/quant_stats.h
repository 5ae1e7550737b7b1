/* Statistics of small graphs of one input "x", 1x4x8x8, over images of noise from -1 to 3. */
#ifndef RQ_TESTS_QUANT_STATS_H
#define RQ_TESTS_QUANT_STATS_H

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "quant/plan_create.h"

#define IMAGES 3
#define PIXELS (4 * 8 * 8)

static inline void fill_image(float *data, uint64_t seed)
{
    rq_rng rng;
    rq_rng_seed(&rng, seed);
    for (size_t i = 0; i < PIXELS; i++) data[i] = (float)rq_rng_unit(&rng) * 4.0f - 1.0f;
}

static inline rq_tensor image_tensor(float *data)
{
    return (rq_tensor){RQ_DT_F32, SHAPE(1, 4, 8, 8), data};
}

typedef struct gathering {
    const rq_graph *g;
    rq_stats *stats;
    rq_stats_local *local;
} gathering;

static inline rq_status observe(void *ctx, rq_id value, const rq_tensor *t, bool channels_last)
{
    gathering *gather = ctx;
    char name[64];
    rq_value_name(gather->g, value, name, sizeof name);
    for (uint32_t i = 0; i < rq_stats_count(gather->stats); i++)
        if (!strcmp(rq_stats_at(gather->stats, i)->name, name))
            return rq_stats_observe(gather->local, i, t->data, &t->shape, channels_last);
    return RQ_OK;
}

static inline void add_values(rq_stats *stats, const rq_bound *bound)
{
    uint8_t *observed;
    int *axes;
    char name[64];
    assert_ok(rq_plan_observed_values(&observed, bound));
    assert_ok(rq_plan_channel_axes(&axes, bound));
    for (rq_id v = 0; v < bound->graph->n_values; v++)
        if (observed[v])
            assert_ok(rq_stats_add_value(stats, NULL,
                                         rq_value_name(bound->graph, v, name, sizeof name),
                                         &bound->values[v].shape, axes[v]));
    free(axes);
    free(observed);
}

static inline void gather_stats(rq_stats **out, const rq_graph *g)
{
    rq_model *model;
    rq_session *session;
    float data[PIXELS];
    assert_ok(rq_stats_create(out));
    assert_ok(rq_model_create(&model, g, &(rq_exec_options){.backend = "reference"}));
    assert_ok(rq_session_create(&session, model));
    add_values(*out, rq_model_bound(model));
    gathering ctx = {g, *out, NULL};
    assert_ok(rq_stats_local_create(&ctx.local, *out));
    for (uint64_t i = 0; i < IMAGES; i++) {
        rq_tensor in = image_tensor(data);
        fill_image(data, i);
        assert_ok(rq_session_run(session, &in, observe, &ctx));
        assert_ok(rq_stats_merge_image(*out, ctx.local));
    }
    assert_ok(rq_stats_absorb(*out, ctx.local));
    rq_stats_finish(*out);
    rq_stats_local_destroy(&ctx.local);
    rq_session_destroy(&session);
    rq_model_destroy(&model);
}

#endif
