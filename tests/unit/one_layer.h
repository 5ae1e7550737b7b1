/* One layer in the onednn backend, beside its reference kernel. */
#ifndef RQ_TEST_ONE_LAYER_H
#define RQ_TEST_ONE_LAYER_H

#include "tests/unit/test.h"

#include "engine/base/rng.h"
#include "engine/exec/exec.h"
#include "tests/unit/graph_builder.h"

#define ROUNDS 25

typedef struct layer {
    rq_graph *g;
    rq_rng rng;
    rq_shape shape;
    float step;    /* of the input's numbers; 0: any */
    rq_id x, node; /* node: the one under test */
} layer;

static inline int64_t from(layer *t, int64_t least, int64_t most)
{
    return least + (int64_t)rq_rng_below(&t->rng, (uint64_t)(most - least + 1));
}

static inline void open_layer(layer *t, uint64_t seed, int rank)
{
    memset(t, 0, sizeof *t);
    rq_rng_seed(&t->rng, seed);
    assert_ok(rq_graph_create(&t->g, "test"));
    t->shape.rank = rank;
    for (int d = 0; d < rank; d++) t->shape.d[d] = from(t, 1, d == 1 ? 40 : 9);
    t->shape.d[rank - 1] = from(t, 2, 33);
    t->x = build_input(t->g, "x", RQ_DT_F32, t->shape);
}

/* All outputs of `node` are the model's. */
static inline void close_layer(layer *t, const rq_node *node)
{
    t->node = node->id;
    for (uint32_t o = 0; o < node->n_out; o++) build_result(t->g, node->out[o]);
}

static inline float *random_data(layer *t)
{
    size_t n = rq_shape_count(&t->shape);
    float *data = malloc(n * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++)
        data[i] =
            t->step != 0.0f ? t->step * (float)from(t, -128, 127) : (float)rq_rng_normal(&t->rng);
    return data;
}

/* Both backends agree; fast: the node is not run by its reference kernel. Ends the graph. */
static inline void check_layer(layer *t, bool fast)
{
    static const char *const backends[] = {"reference", "onednn"};
    float *data = random_data(t);
    const rq_tensor in = {RQ_DT_F32, t->shape, data};
    rq_model *models[2];
    rq_session *sessions[2];
    for (int b = 0; b < 2; b++) {
        rq_exec_options options = {.backend = backends[b]};
        assert_ok(rq_model_create(&models[b], t->g, &options));
        assert_ok(rq_session_create(&sessions[b], models[b]));
        for (int i = 0; i < 2; i++) assert_ok(rq_session_run(sessions[b], &in, NULL, NULL));
    }
    const char *kernel = rq_model_kernel(models[1], t->node);
    if (fast && !strcmp(kernel, "reference")) fail_msg("the reference kernel ran");
    for (size_t o = 0; o < rq_model_output_count(models[0]); o++) {
        const rq_tensor *want = rq_session_output(sessions[0], o);
        const rq_tensor *got = rq_session_output(sessions[1], o);
        assert_true(rq_shape_equal(&want->shape, &got->shape));
        assert_near_f32(got->data, want->data, rq_tensor_count(want), 2e-5, 1e-4);
    }
    for (int b = 0; b < 2; b++) {
        rq_session_destroy(&sessions[b]);
        rq_model_destroy(&models[b]);
    }
    free(data);
    rq_graph_destroy(&t->g);
}

/* Codes from -zero_point to 255 - zero_point, times the step. */
static inline rq_id build_codes(layer *t, rq_id x, int zero_point)
{
    rq_node *limits[2];
    rq_shape one = SHAPE(1);
    const float values[] = {(float)-zero_point * t->step, (float)(255 - zero_point) * t->step};
    for (int i = 0; i < 2; i++)
        assert_ok(rq_graph_add_const(&limits[i], t->g, "limit", RQ_DT_F32, &one, &values[i]));
    rq_id low = limits[0]->out[0], high = limits[1]->out[0];
    return build(t->g, "codes", "FakeQuantize", ATTRS("levels", "256"),
                 INPUTS(x, low, high, low, high));
}

#endif
