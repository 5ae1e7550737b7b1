/* Small ONNX models made in memory, for tests of what comes after the reader. */
#ifndef RQ_TESTS_UNIT_FRAMEWORK_MODEL_BUILDER_H
#define RQ_TESTS_UNIT_FRAMEWORK_MODEL_BUILDER_H

#include "tests/unit/import_run.h"

#include "engine/import/framework_model_make.h"

static inline rq_framework_model *source_begin(int64_t opset)
{
    rq_framework_model *s = NULL;
    assert_ok(rq_framework_model_create(&s, "ONNX", "test"));
    s->opset = opset;
    return s;
}

#define DIMS(...)                                                                                  \
    ((rq_shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), {__VA_ARGS__}})

static inline void source_input(rq_framework_model *s, const char *name, rq_shape shape)
{
    assert_ok(rq_framework_model_add_input(s, name, RQ_DT_F32, &shape));
}

/* A constant of numbers in [-1, 1), or in [0.5, 1.5) when `positive`. */
static inline void source_weights(rq_framework_model *s, const char *name, rq_shape shape,
                                  uint32_t seed, bool positive)
{
    size_t n = rq_shape_count(&shape);
    float *data = rq_arena_alloc(s->arena, n, sizeof *data);
    assert_non_null(data);
    import_fill(data, n, seed);
    for (size_t i = 0; positive && i < n; i++) data[i] = 1.0f + data[i] / 2.0f;
    rq_tensor t = {RQ_DT_F32, shape, data};
    assert_ok(rq_framework_model_add_constant(s, name, &t));
}

static inline void source_scalar(rq_framework_model *s, const char *name, float value)
{
    float *data = rq_arena_alloc(s->arena, 1, sizeof *data);
    assert_non_null(data);
    *data = value;
    rq_tensor t = {RQ_DT_F32, RQ_SHAPE_SCALAR, data};
    assert_ok(rq_framework_model_add_constant(s, name, &t));
}

static inline void source_ints(rq_framework_model *s, const char *name, const int64_t *values,
                               size_t n)
{
    int64_t *data = rq_arena_alloc(s->arena, n, sizeof *data);
    assert_non_null(data);
    memcpy(data, values, n * sizeof *data);
    rq_tensor t = {RQ_DT_I64, {1, {(int64_t)n}}, data};
    assert_ok(rq_framework_model_add_constant(s, name, &t));
}
#define SOURCE_INTS(s, name, ...)                                                                  \
    source_ints(s, name, (const int64_t[]){__VA_ARGS__},                                           \
                sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static inline void source_text(rq_framework_model *s, rq_framework_node *node, const char *name,
                               const char *value)
{
    rq_framework_attr *attr;
    assert_ok(rq_framework_model_add_attr(&attr, s, node, name, RQ_FRAMEWORK_STRING));
    attr->s = value;
    attr->n = strlen(value);
}

/* A node of up to 5 inputs, blank-separated in `in`, and one output that has its name. */
static inline rq_framework_node *source_node(rq_framework_model *s, const char *out,
                                             const char *type, const char *in)
{
    char *copy = rq_arena_strdup(s->arena, in), *rest = NULL, *names[5];
    rq_framework_node *node = NULL;
    size_t n = 0;
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        names[n++] = name;
    assert_ok(rq_framework_model_add_node(&node, s, out, type, n, 1));
    node->domain = "";
    for (size_t i = 0; i < n; i++) node->in[i] = names[i];
    node->out[0] = out;
    return node;
}

static inline void source_list(rq_framework_model *s, rq_framework_node *node, const char *name,
                               const int64_t *values, size_t n)
{
    rq_framework_attr *attr = NULL;
    int64_t *kept = rq_arena_alloc(s->arena, n, sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, values, n * sizeof *kept);
    assert_ok(rq_framework_model_add_attr(&attr, s, node, name, RQ_FRAMEWORK_INTS));
    attr->ints = kept;
    attr->n = n;
}
#define SOURCE_LIST(s, node, name, ...)                                                            \
    source_list(s, node, name, (const int64_t[]){__VA_ARGS__},                                     \
                sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

#endif
