/* Parts of networks some of whose layers have inputs far larger than the others. */
#ifndef RQ_TESTS_LOUD_INPUTS_H
#define RQ_TESTS_LOUD_INPUTS_H

#include "engine/base/rng.h"
#include "tests/unit/graph_builder.h"

/* x, every eighth of its n channels `loud` times as large. */
static inline rq_id build_uneven(rq_graph *g, const char *name, rq_id x, int64_t n, float loud)
{
    char constant[64];
    snprintf(constant, sizeof constant, "%s/c", name);
    rq_id c = build_weights(g, constant, SHAPE(n));
    float *data = (float *)rq_value_producer(g, c)->data;
    for (int64_t i = 0; i < n; i++) data[i] = i % 8 == 3 ? loud : 1.0f;
    return build(g, name, "Multiply", NO_ATTRS, INPUTS(x, c));
}

/* A MatMul of random weights, of which most are small. */
static inline rq_id build_product(rq_graph *g, const char *name, rq_id x, int64_t in, int64_t out)
{
    char weights[64];
    rq_rng rng;
    snprintf(weights, sizeof weights, "%s/w", name);
    rq_id w = build_weights(g, weights, SHAPE(out, in));
    float *data = (float *)rq_value_producer(g, w)->data;
    rq_rng_seed(&rng, (uint64_t)out);
    for (int64_t i = 0; i < in * out; i++)
        data[i] = powf((float)rq_rng_unit(&rng) * 2.0f - 1.0f, 3.0f);
    return build(g, name, "MatMul", ATTRS("transpose_a", "false", "transpose_b", "true"),
                 INPUTS(x, w));
}

#endif
