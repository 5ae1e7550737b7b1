/* Importing a model and running it on the reference backend: what tests of operator mappings share.
 */
#ifndef RQ_TESTS_IMPORT_RUN_H
#define RQ_TESTS_IMPORT_RUN_H

#include "tests/unit/scratch.h"

#include "engine/exec/exec.h"
#include "engine/import/import.h"
#include "engine/ir/ir.h"

typedef struct import_run {
    rq_framework_model *source;
    rq_graph *graph;
    rq_model *model;
    rq_session *session;
} import_run;

static inline void import_run_graph(import_run *r)
{
    rq_exec_options options = {.backend = "reference"};
    assert_ok(rq_model_create(&r->model, r->graph, &options));
    assert_ok(rq_session_create(&r->session, r->model));
}

static inline void import_open(import_run *r, const rq_import_files *files)
{
    rq_import_result result;
    *r = (import_run){0};
    assert_ok(rq_import_open(&r->source, files));
    assert_ok(rq_import_graph(&result, r->source, NULL));
    if (result.n_unmapped)
        fail_msg("'%s' (%s) does not map: %s", result.unmapped[0].node->name,
                 result.unmapped[0].node->type, result.unmapped[0].why);
    r->graph = result.graph;
    import_run_graph(r);
}

/* Runs on one input; gives output 0. */
static inline const rq_tensor *import_compute(import_run *r, const float *x)
{
    rq_tensor in = *rq_model_input(r->model, 0);
    in.data = (void *)x;
    assert_ok(rq_session_run(r->session, &in, NULL, NULL));
    return rq_session_output(r->session, 0);
}

static inline void import_close(import_run *r)
{
    rq_session_destroy(&r->session);
    rq_model_destroy(&r->model);
    rq_graph_destroy(&r->graph);
    rq_framework_model_destroy(&r->source);
}

static inline size_t import_count(const import_run *r, const char *type)
{
    size_t n = 0;
    for (size_t i = 0; i < r->graph->n_nodes; i++)
        n += r->graph->nodes[i] && !strcmp(r->graph->nodes[i]->type, type);
    return n;
}

/* Numbers in [-1, 1) that look random and are the same everywhere. */
static inline void import_fill(float *x, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
}

/* A file of the models that are not part of the repository; skips the test without it. */
static inline const char *import_shared(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "../shared/models/%s", name);
    if (access(path, R_OK)) {
        print_message("no ../shared/models/%s: skipped\n", name);
        skip();
    }
    return path;
}

/* The imported model gives what the IR gives, on one input. */
static inline void import_equals_ir(import_run *r, const char *xml, double tolerance)
{
    import_run want = {0};
    assert_ok(rq_ir_read(&want.graph, xml));
    import_run_graph(&want);
    size_t n = rq_tensor_count(rq_model_input(r->model, 0));
    float *x = calloc(n, sizeof *x);
    import_fill(x, n, 7);
    const rq_tensor *got = import_compute(r, x), *expected = import_compute(&want, x);
    assert_int_equal(rq_tensor_count(got), rq_tensor_count(expected));
    assert_near_f32(got->data, expected->data, rq_tensor_count(got), tolerance, tolerance);
    free(x);
    import_close(&want);
}

#endif
