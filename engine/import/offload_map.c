/* Calls of a framework as nodes: trial runs tell what comes out. */
#include "engine/import/offload.h"

#include "engine/base/text.h"
#include "engine/ops/common/framework_call.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Trial runs: of ones, of numbers that look random, and where sizes are unknown of another size,
 * too. */
enum { ONES, RANDOM, RESIZED, TRIALS };

/* What came out of a trial run; `data` is not kept. */
typedef struct trial {
    rq_tensor out[RQ_FRAMEWORK_PORTS];
    bool varies[RQ_FRAMEWORK_PORTS]; /* in another trial it had another shape */
    int number;
} trial;

static rq_status take_shape(void *ctx, size_t i, const rq_tensor *tensor)
{
    trial *t = ctx;
    if (t->number) t->varies[i] |= !rq_shape_equal(&t->out[i].shape, &tensor->shape);
    t->out[i] = (rq_tensor){tensor->dtype, tensor->shape, NULL};
    return RQ_OK;
}

#define TRIAL_BYTES ((size_t)1 << 28) /* of one input */

/* The value itself where it is known; else ones, or numbers that look random. */
static rq_status fill_input(rq_tensor *out, const rq_tensor *known, bool random)
{
    uint32_t seed = 7;
    *out = *known;
    if (known->data || !rq_tensor_count(known)) return RQ_OK;
    if (!rq_shape_is_static(&known->shape))
        return rq_fail(RQ_EARG, "the shape of what it reads is not known: give --input_shape");
    if (rq_tensor_bytes(known) > TRIAL_BYTES)
        return rq_fail(RQ_EUNSUPPORTED, "what it reads is too large to try it");
    RQ_TRY(rq_calloc(&out->data, rq_tensor_bytes(known) + 1, 1, "a trial input"));
    for (size_t k = 0; k < rq_tensor_count(known); k++) {
        seed = seed * 1664525u + 1013904223u;
        double number = rq_dtype_is_float(known->dtype) ? (double)(seed >> 8) / 4194304.0 - 2 : 1;
        rq_store_f64(out->data, known->dtype, k, random ? number : 1);
    }
    return RQ_OK;
}

static rq_status try_run(trial *t, rq_ir_builder *b, rq_offload_run *run, const char *file,
                         const char *feeds, const char *fetches)
{
    rq_tensor in[RQ_FRAMEWORK_PORTS] = {{0}};
    const rq_tensor *known[RQ_FRAMEWORK_PORTS] = {NULL};
    rq_status status = RQ_OK;
    size_t n = b->node->n_in;
    for (size_t i = 0; i < n && status == RQ_OK; i++) {
        known[i] = rq_ir_builder_sample(b, rq_ir_builder_in(b, i), t->number == RESIZED);
        status = fill_input(&in[i], known[i], t->number != ONES);
    }
    if (status == RQ_OK) status = run(file, feeds, fetches, in, n, take_shape, t);
    for (size_t i = 0; i < n; i++)
        if (known[i] && in[i].data != known[i]->data) free(in[i].data);
    return status;
}

/* Whether anything that it reads has an unknown size. */
static bool reads_unknown(rq_ir_builder *b)
{
    for (size_t i = 0; i < b->node->n_in; i++) {
        rq_id x = rq_ir_builder_in(b, i);
        if (!rq_shape_equal(&rq_ir_builder_sample(b, x, 0)->shape,
                            &rq_ir_builder_sample(b, x, 1)->shape))
            return true;
    }
    return false;
}

static void put_outputs(rq_buf *types, rq_buf *shapes, const trial *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rq_shape *shape = &t->out[i].shape;
        rq_buf_printf(types, "%s%s", i ? "," : "", rq_dtype_name(t->out[i].dtype));
        rq_buf_append(shapes, i ? ";" : "");
        if (t->varies[i]) rq_buf_append(shapes, "?");
        for (int k = 0; !t->varies[i] && k < shape->rank; k++)
            rq_buf_printf(shapes, "%s%" PRId64, k ? "," : "", shape->d[k]);
    }
}

/* "a,b:1" */
static const char *list_names(rq_ir_builder *b, const char **names, size_t n)
{
    rq_buf text = {0};
    rq_buf_append(&text, "");
    for (size_t i = 0; i < n; i++) rq_buf_printf(&text, "%s%s", i ? "," : "", names[i]);
    const char *kept = text.failed ? NULL : rq_arena_strdup(b->arena, text.data);
    rq_ir_builder_ok(b, kept ? RQ_OK : RQ_ENOMEM);
    rq_buf_free(&text);
    return kept ? kept : "";
}

static void set_text(rq_ir_builder *b, rq_node *node, const char *name, const char *text)
{
    rq_ir_builder_ok(b, rq_node_set_attr(b->graph, node, name, text ? text : ""));
}

static void emit_call(rq_ir_builder *b, const trial *t, const char *file, const char *feeds,
                      const char *fetches)
{
    rq_id in[RQ_FRAMEWORK_PORTS];
    size_t n = b->node->n_in;
    rq_buf types = {0}, shapes = {0};
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    put_outputs(&types, &shapes, t, b->node->n_out);
    const char *type = rq_arena_printf(b->arena, "%s-" RQ_FRAMEWORK_OPSET, b->node->type);
    rq_ir_builder_ok(b, !type || types.failed || shapes.failed ? RQ_ENOMEM : RQ_OK);
    rq_node *node = rq_emit_deferred(b, type, in, n, (uint32_t)b->node->n_out, "%s", "");
    if (node) {
        set_text(b, node, "file", file);
        set_text(b, node, "feeds", feeds);
        set_text(b, node, "fetches", fetches);
        set_text(b, node, "types", types.data);
        set_text(b, node, "shapes", shapes.data);
        rq_ir_builder_infer(b, node, false);
        rq_ir_builder_set_all(b, node);
    }
    rq_buf_free(&types);
    rq_buf_free(&shapes);
}

void rq_offload_map(rq_ir_builder *b)
{
    const rq_offload *offload = rq_ir_builder_outermost(b)->offload;
    bool tensorflow = !strcmp(b->node->type, "TensorFlowCall");
    const char *file = rq_framework_string(b->node, "file", "");
    const char *feeds = list_names(b, b->node->in, b->node->n_in);
    const char *fetches = list_names(b, b->node->out, b->node->n_out);
    trial t = {0};
    for (size_t i = 0; i < b->node->n_in; i++) rq_ir_builder_in(b, i);
    for (int k = 0; b->status == RQ_OK && k < (reads_unknown(b) ? TRIALS : RESIZED); k++) {
        t.number = k;
        rq_status status = try_run(&t, b, tensorflow ? offload->tensorflow : offload->onnxruntime,
                                   file, feeds, fetches);
        if (status != RQ_OK && k == RESIZED)
            memset(t.varies, true, sizeof t.varies); /* other unknown sizes may go together */
        else if (status != RQ_OK)
            rq_ir_builder_ok(
                b, rq_fail_prefix(status, "node '%s' (%s)", b->node->name, b->node->type));
    }
    if (b->status == RQ_OK) emit_call(b, &t, file, feeds, fetches);
}
