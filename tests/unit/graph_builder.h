/* Small graphs built in memory. A failure to build ends the test. */
#ifndef RQ_TESTS_GRAPH_BUILDER_H
#define RQ_TESTS_GRAPH_BUILDER_H

#include "engine/ops/bind.h"

#define SHAPE(...)                                                                                 \
    rq_shape_make((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),                       \
                  (const int64_t[]){__VA_ARGS__})
#define INPUTS(...)                                                                                \
    (const rq_id[]){__VA_ARGS__}, (uint32_t)(sizeof((rq_id[]){__VA_ARGS__}) / sizeof(rq_id))
#define ATTRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ATTRS NULL
/* name, value of attributes that Convolution and MaxPool need */
#define WINDOW "strides", "1,1", "dilations", "1,1", "pads_begin", "0,0", "pads_end", "0,0"

/* attrs: name, value, ..., NULL; or NULL. */
static inline rq_node *build_node(rq_graph *g, const char *name, const char *type,
                                  const char *version, const char *const *attrs, const rq_id *in,
                                  uint32_t n_in, uint32_t n_out)
{
    rq_node *node;
    assert_ok(rq_graph_add_node(&node, g, name, type, version, n_in, n_out));
    for (uint32_t i = 0; i < n_in; i++) node->in[i] = in[i];
    for (; attrs && *attrs; attrs += 2) assert_ok(rq_node_set_attr(g, node, attrs[0], attrs[1]));
    return node;
}

/* A node of one output, of opset1. */
static inline rq_id build(rq_graph *g, const char *name, const char *type, const char *const *attrs,
                          const rq_id *in, uint32_t n_in)
{
    return build_node(g, name, type, "opset1", attrs, in, n_in, 1)->out[0];
}

static inline rq_id build_input(rq_graph *g, const char *name, rq_dtype dtype, rq_shape shape)
{
    rq_id out = build(g, name, "Parameter", NO_ATTRS, NULL, 0);
    g->values[out]->dtype = dtype;
    g->values[out]->shape = shape;
    return out;
}

static inline void build_result(rq_graph *g, rq_id value)
{
    build_node(g, "result", "Result", "opset1", NO_ATTRS, &value, 1, 0);
}

/* Small numbers of both signs, none zero, different from each other. */
static inline rq_id build_weights(rq_graph *g, const char *name, rq_shape shape)
{
    size_t n = rq_shape_count(&shape);
    float *data = malloc(n * sizeof *data);
    assert_non_null(data);
    for (size_t i = 0; i < n; i++) data[i] = 0.5f * sinf(1.0f + 2.3f * (float)i);
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_F32, &shape, data));
    free(data);
    return node->out[0];
}

static inline rq_id build_i64(rq_graph *g, const char *name, rq_shape shape, const int64_t *data)
{
    rq_node *node;
    assert_ok(rq_graph_add_const(&node, g, name, RQ_DT_I64, &shape, data));
    return node->out[0];
}

/* 1x1 or KxK without padding; weights are "<name>/w". */
static inline rq_id build_conv(rq_graph *g, const char *name, rq_id x, int64_t out, int64_t in,
                               int64_t kernel)
{
    char weights[64];
    snprintf(weights, sizeof weights, "%s/w", name);
    rq_id w = build_weights(g, weights, SHAPE(out, in, kernel, kernel));
    return build(g, name, "Convolution", ATTRS(WINDOW), INPUTS(x, w));
}

/* type: Add, Multiply...; a constant of shape [1, channels, 1, 1] as input 1. */
static inline rq_id build_with_const(rq_graph *g, const char *name, const char *type, rq_id x,
                                     int64_t channels)
{
    char constant[64];
    snprintf(constant, sizeof constant, "%s/c", name);
    rq_id c = build_weights(g, constant, SHAPE(1, channels, 1, 1));
    return build(g, name, type, NO_ATTRS, INPUTS(x, c));
}

static inline rq_id build_relu(rq_graph *g, const char *name, rq_id x)
{
    return build(g, name, "ReLU", NO_ATTRS, INPUTS(x));
}

#endif
