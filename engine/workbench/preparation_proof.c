#include "engine/workbench/preparation_proof.h"

#include "engine/ops/work.h"
#include "engine/run/seeded_session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS 2
#define MUCH 1e9                    /* operations of a run */
#define LARGE ((uint64_t)256 << 20) /* bytes of constants */
#define MAX_ERROR 1e-3              /* of an output's norm: rounding leaves 1e-5 in deep networks */
#define MAX_OTHER 0.01 /* of the elements of an output of integers, where ties may fall */

/* -- by name --------------------------------------------------------------------------------- */

/* A Result is known by the value that it shows. */
static const char *shown_name(const rq_graph *graph, const rq_node *node, char *buffer, size_t size)
{
    return rq_value_name(graph, node->n_in ? node->in[0] : node->out[0], buffer, size);
}

/* What was read has the first of its names still. */
static bool has_name(const rq_graph *graph, const rq_node *node, const char *name)
{
    rq_id value = rq_graph_find_value(graph, name);
    return value != RQ_NONE && value == (node->n_in ? node->in[0] : node->out[0]);
}

static rq_status check_names(const rq_graph *changed, const rq_graph *read, const char *type)
{
    rq_id *was = NULL, *is = NULL;
    size_t n_was = 0, n_is = 0;
    char buffer[512];
    rq_status status = rq_graph_list(&was, &n_was, read, type);
    if (status == RQ_OK) status = rq_graph_list(&is, &n_is, changed, type);
    bool same = n_was == n_is;
    for (size_t i = 0; status == RQ_OK && same && i < n_was; i++) {
        const rq_node *a = read->nodes[was[i]], *b = changed->nodes[is[i]];
        same = has_name(changed, b, shown_name(read, a, buffer, sizeof buffer)) ||
               (!strcmp(a->name, b->name) && !read->values[a->n_in ? a->in[0] : a->out[0]]->names);
    }
    free(was);
    free(is);
    if (status == RQ_OK && !same) return rq_fail(RQ_EFORMAT, "a %s would have another name", type);
    return status;
}

/* -- by outputs ------------------------------------------------------------------------------ */

static bool floats_agree(const rq_tensor *a, const rq_tensor *b)
{
    double error = 0.0, norm = 0.0;
    for (size_t i = 0; i < rq_tensor_count(a); i++) {
        double x = rq_load_f64(a->data, a->dtype, i), y = rq_load_f64(b->data, b->dtype, i);
        if (isfinite(x) != isfinite(y)) return false;
        if (!isfinite(x)) continue;
        error += (x - y) * (x - y);
        norm += x * x;
    }
    return error <= MAX_ERROR * MAX_ERROR * norm;
}

static bool integers_agree(const rq_tensor *a, const rq_tensor *b)
{
    size_t n = rq_tensor_count(a), other = 0;
    for (size_t i = 0; i < n; i++)
        other += rq_load_f64(a->data, a->dtype, i) != rq_load_f64(b->data, b->dtype, i);
    return (double)other <= MAX_OTHER * (double)n;
}

static rq_status compare(const rq_model *model, const rq_session *changed, const rq_session *read)
{
    for (size_t i = 0; i < rq_model_output_count(model); i++) {
        const rq_tensor *a = rq_session_output(read, i), *b = rq_session_output(changed, i);
        bool same = a->dtype == b->dtype && rq_shape_equal(&a->shape, &b->shape);
        if (same) same = rq_dtype_is_float(a->dtype) ? floats_agree(a, b) : integers_agree(a, b);
        if (!same)
            return rq_fail(RQ_EFORMAT, "output %zu ('%s') of the prepared graph differs", i,
                           rq_model_output_node(model, i)->name);
    }
    return RQ_OK;
}

/* -- large models ---------------------------------------------------------------------------- */

/* Copies of weights, packed for fast kernels, would take more memory than there may be: reference
 * kernels read them where they lie. */
static bool is_large(const rq_graph *graph)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) bytes += graph->nodes[i]->data_bytes;
    return bytes > LARGE;
}

/* A layer has run: what it read of constants is not needed for now. */
static rq_status release_constants(void *ctx, rq_id value, const rq_tensor *tensor,
                                   bool channels_last)
{
    (void)channels_last;
    const rq_graph *graph = ctx;
    const rq_node *node = rq_value_producer(graph, value);
    (void)tensor;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const rq_node *from = node->in[i] == RQ_NONE ? NULL : rq_value_producer(graph, node->in[i]);
        if (from && from->data) rq_const_release(from, 0, from->data_bytes);
    }
    return RQ_OK;
}

static rq_status run(const rq_seeded_session *s, const rq_model *model)
{
    const rq_graph *graph = rq_model_graph(model);
    if (!is_large(graph)) return rq_seeded_session_run(s);
    return rq_session_run(s->session, s->inputs, release_constants, (void *)(uintptr_t)graph);
}

static rq_status compare_on(const rq_model *changed, const rq_model *read, uint64_t seed)
{
    rq_seeded_session a = {0}, b = {0};
    rq_status status = rq_seeded_session_open(&a, changed, seed);
    if (status == RQ_OK) status = rq_seeded_session_open(&b, read, seed);
    if (status == RQ_OK) status = run(&a, changed);
    if (status == RQ_OK) status = run(&b, read);
    if (status == RQ_OK) status = compare(changed, a.session, b.session);
    rq_seeded_session_close(&a);
    rq_seeded_session_close(&b);
    return status;
}

/* Of many layers one input reaches all that a second would. */
static uint64_t inputs_of(const rq_model *model)
{
    const rq_bound *bound = rq_model_bound(model);
    return bound && rq_work_total_flops(bound) > MUCH ? 1 : INPUTS;
}

static rq_status prove(rq_model **a, rq_model **b, const rq_graph *changed, const rq_workload *w)
{
    rq_exec_options exec = w->exec;
    exec.threads = w->threads;
    exec.bf16 = false; /* whose rounding is larger than what is looked for */
    if (is_large(w->graph)) exec.backend = "reference";
    RQ_TRY(check_names(changed, w->graph, "Parameter"));
    RQ_TRY(check_names(changed, w->graph, "Result"));
    RQ_TRY(rq_model_create(a, changed, &exec));
    exec.lender = *a;
    RQ_TRY(rq_model_create(b, w->graph, &exec));
    uint64_t n = inputs_of(*a);
    for (uint64_t seed = 0; seed < n; seed++) RQ_TRY(compare_on(*a, *b, seed));
    return RQ_OK;
}

rq_status rq_preparation_prove(rq_model **model, const rq_graph *changed, const rq_workload *w)
{
    rq_model *read = NULL;
    *model = NULL;
    rq_status status = prove(model, &read, changed, w);
    rq_model_destroy(&read);
    if (status != RQ_OK || is_large(w->graph)) rq_model_destroy(model);
    return status;
}
