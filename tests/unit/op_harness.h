/* Runs one operator on given inputs, the way the executor runs a node whose shapes are known only
 * at run time: bound with Parameters for inputs, then shapes inferred again with their data. */
#ifndef RQ_TESTS_OP_HARNESS_H
#define RQ_TESTS_OP_HARNESS_H

#include "engine/ops/bind.h"

#define OP_MAX 8 /* inputs or outputs */

typedef struct op_run {
    rq_graph *graph;
    rq_bound *bound;
    void *scratch;
    rq_tensor out[OP_MAX]; /* data malloc'd */
    uint32_t n_out;
} op_run;

/* A dense tensor over the test's own array. */
#define TENSOR(dt, array, ...)                                                                     \
    ((rq_tensor){(dt),                                                                             \
                 rq_shape_make((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),          \
                               (const int64_t[]){__VA_ARGS__}),                                    \
                 (array)})
#define SCALAR(dt, pointer) ((rq_tensor){(dt), {0, {0}}, (pointer)})
#define ABSENT ((rq_tensor){RQ_DT_UNDEFINED, {0, {0}}, NULL})

static inline rq_status op_resize(rq_call *call, uint32_t out, const rq_shape *shape)
{
    rq_tensor *t = &call->out[out];
    t->shape = *shape;
    free(t->data);
    t->data = NULL;
    return rq_alloc_aligned(&t->data, rq_tensor_bytes(t), "a test's output");
}

/* One operator alone has neither nested graphs nor stored state. */
static inline rq_status op_no_body(rq_call *call, uint32_t body, const rq_tensor *in, size_t n_in,
                                   rq_tensor *out, size_t n_out)
{
    (void)body, (void)in, (void)n_in, (void)out, (void)n_out;
    return rq_node_fail(call->node, RQ_EUNSUPPORTED, "no nested graph");
}

static inline rq_status op_no_state(rq_call *call, const char *id, rq_tensor *out)
{
    (void)id, (void)out;
    return rq_node_fail(call->node, RQ_EUNSUPPORTED, "no stored state");
}

static inline rq_status op_keep_nothing(rq_call *call, const char *id, const rq_tensor *value)
{
    (void)id, (void)value;
    return rq_node_fail(call->node, RQ_EUNSUPPORTED, "no stored state");
}

static inline rq_status op_connect(op_run *r, rq_node *node, const rq_tensor *in, uint32_t n_in)
{
    for (uint32_t i = 0; i < n_in; i++) {
        rq_node *parameter;
        if (in[i].dtype == RQ_DT_UNDEFINED) continue;
        RQ_TRY(rq_graph_add_node(&parameter, r->graph, "x", "Parameter", "opset1", 0, 1));
        r->graph->values[parameter->out[0]]->dtype = in[i].dtype;
        r->graph->values[parameter->out[0]]->shape = in[i].shape;
        node->in[i] = parameter->out[0];
    }
    return RQ_OK;
}

static inline rq_status op_execute(op_run *r, rq_node *node, const rq_tensor *in)
{
    static const rq_services services = {op_resize, op_no_body, op_no_state, op_keep_nothing, NULL};
    bool deferred = false;
    size_t scratch = 0;
    RQ_TRY(rq_bind(&r->bound, r->graph, NULL, 0));
    for (uint32_t i = 0; i < r->n_out; i++) r->out[i] = r->bound->values[node->out[i]];
    for (uint32_t i = 0; i < r->n_out; i++) r->out[i].data = NULL;
    RQ_TRY(rq_bound_infer(r->bound, node->id, in, r->out, &deferred, &scratch));
    RQ_TRY(rq_alloc_aligned(&r->scratch, scratch, "a test's scratch"));
    for (uint32_t i = 0; !deferred && i < r->n_out; i++)
        RQ_TRY(rq_alloc_aligned(&r->out[i].data, rq_tensor_bytes(&r->out[i]), "a test's output"));
    if (!(r->bound->nodes[node->id].op->flags & RQ_OP_VIEW))
        return rq_bound_run(r->bound, node->id, in, r->out, r->scratch, &services, NULL);
    memcpy(r->out[0].data, in[0].data, rq_tensor_bytes(&r->out[0]));
    return RQ_OK;
}

/* attrs: name, value, name, value, ..., NULL. To be closed in either case. */
static inline rq_status op_open(op_run *r, const char *type, const char *version,
                                const char *const *attrs, const rq_tensor *in, uint32_t n_in,
                                uint32_t n_out)
{
    rq_node *node;
    *r = (op_run){.n_out = n_out};
    RQ_TRY(rq_graph_create(&r->graph, "test"));
    RQ_TRY(rq_graph_add_node(&node, r->graph, "op", type, version, n_in, n_out));
    for (; attrs && *attrs; attrs += 2)
        RQ_TRY(rq_node_set_attr(r->graph, node, attrs[0], attrs[1]));
    RQ_TRY(op_connect(r, node, in, n_in));
    return op_execute(r, node, in);
}

/* May be called again: nothing is left to be freed. */
static inline void op_close(op_run *r)
{
    for (uint32_t i = 0; i < r->n_out; i++) free(r->out[i].data);
    free(r->scratch);
    rq_bound_destroy(&r->bound);
    rq_graph_destroy(&r->graph);
    *r = (op_run){0};
}

/* The output's shape and values; integers and floats of whole numbers alike. */
static inline void op_expect(const op_run *r, uint32_t out, const char *shape, const double *want)
{
    char text[RQ_SHAPE_TEXT];
    const rq_tensor *t = &r->out[out];
    assert_string_equal(rq_shape_text(&t->shape, text), shape);
    for (size_t i = 0; i < rq_tensor_count(t); i++) {
        double got = rq_load_f64(t->data, t->dtype, i);
        if (got != want[i]) fail_msg("output %u [%zu]: got %.9g, want %.9g", out, i, got, want[i]);
    }
}

#define ATTRS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WANT(...) ((const double[]){__VA_ARGS__})

#endif
