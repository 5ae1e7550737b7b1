#include "tests/fuzz/run_graph.h"

#include "engine/base/mem.h"
#include "engine/exec/exec.h"

#include <math.h>
#include <stdlib.h>

#define MAX_INPUTS 16
#define MAX_BYTES ((size_t)4 << 20) /* of a value, and of an input */

/* Values of inputs: small numbers, and some that are none. */
static void fill(rq_tensor *tensor, size_t bytes)
{
    uint8_t *data = tensor->data;
    for (size_t i = 0; i < bytes; i++) data[i] = (uint8_t)(i % 7 == 0);
    if (tensor->dtype != RQ_DT_F32) return;
    float *numbers = tensor->data;
    static const float some[] = {0.5f, -1, 3, NAN, 0, INFINITY, -7.25f, 1e30f};
    for (size_t i = 0; i < bytes / sizeof *numbers; i++) numbers[i] = some[i % 8];
}

static bool make_input(rq_tensor *out, const rq_tensor *like)
{
    size_t bytes;
    *out = *like;
    for (int d = 0; d < out->shape.rank; d++)
        if (out->shape.d[d] == RQ_DYNAMIC) out->shape.d[d] = 1;
    bytes = rq_tensor_bytes(out);
    if (bytes > MAX_BYTES) return false;
    out->data = malloc(bytes ? bytes : 1);
    if (!out->data) return false;
    fill(out, bytes);
    return true;
}

static void run_session(const rq_model *model)
{
    rq_tensor inputs[MAX_INPUTS];
    rq_session *session = NULL;
    size_t n = rq_model_input_count(model), made = 0;
    if (n > MAX_INPUTS) return;
    while (made < n && make_input(&inputs[made], rq_model_input(model, made))) made++;
    if (made == n && rq_session_create(&session, model) == RQ_OK)
        (void)rq_session_run(session, inputs, NULL, NULL);
    rq_session_destroy(&session);
    for (size_t i = 0; i < made; i++) free(inputs[i].data);
}

/* All values that are known in size are small. */
static bool is_small(const rq_bound *bound)
{
    for (size_t v = 0; v < bound->graph->n_values; v++) {
        const rq_tensor *t = &bound->values[v];
        if (!bound->graph->values[v] || !rq_shape_is_static(&t->shape)) continue;
        if (rq_tensor_bytes(t) > MAX_BYTES) return false;
    }
    return true;
}

void fuzz_run_graph(const rq_graph *graph)
{
    static const char *const backends[] = {"reference", "onednn"};
    rq_bound *bound = NULL;
    bool small = rq_bind(&bound, graph, NULL, 0) == RQ_OK && is_small(bound);
    rq_bound_destroy(&bound);
    for (size_t i = 0; small && i < 2; i++) {
        rq_model *model = NULL;
        const rq_exec_options options = {.backend = backends[i]};
        if (rq_model_create(&model, graph, &options) == RQ_OK) run_session(model);
        rq_model_destroy(&model);
    }
}
