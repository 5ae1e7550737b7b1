/* Bound nodes at work: shapes and kernels on given tensors. */
#include "engine/ops/bind.h"

#include <stdlib.h>
#include <string.h>

static bool have_data(const rq_tensor *in, uint32_t n_in)
{
    for (uint32_t i = 0; i < n_in; i++)
        if (in[i].dtype != RQ_DT_UNDEFINED && !in[i].data && rq_tensor_count(&in[i]) > 0)
            return false;
    return true;
}

rq_status rq_bound_infer(const rq_bound *bound, rq_id id, const rq_tensor *in, rq_tensor *out,
                         bool *deferred, size_t *scratch)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *b = &bound->nodes[id];
    rq_infer ctx = {.graph = bound->graph,
                    .node = node,
                    .op = b->op,
                    .attrs = b->attrs,
                    .version = b->version,
                    .n_in = node->n_in,
                    .n_out = node->n_out,
                    .in = in,
                    .out = out};
    RQ_TRY(b->op->infer(&ctx));
    *deferred = ctx.deferred;
    *scratch = 0;
    if (ctx.deferred && !have_data(in, node->n_in)) return RQ_OK;
    for (uint32_t i = 0; !ctx.deferred && i < node->n_out; i++)
        RQ_TRY(rq_shape_check(&out[i].shape, false, node->name));
    if (b->op->scratch) *scratch = b->op->scratch(&ctx);
    return RQ_OK;
}

static bool wants_f32(const rq_tensor *t)
{
    return rq_dtype_is_float(t->dtype) && t->dtype != RQ_DT_F32;
}

/* Copies of narrow (or double) floats as f32, so that kernels see only f32. */
static rq_status widen(rq_tensor *copy, const rq_tensor *t, bool with_data)
{
    *copy = *t;
    if (!wants_f32(t)) return RQ_OK;
    copy->dtype = RQ_DT_F32;
    copy->data = NULL;
    if (!t->data) return RQ_OK;
    RQ_TRY(rq_alloc_aligned(&copy->data, rq_tensor_bytes(copy), "a tensor widened to f32"));
    if (!with_data) return RQ_OK;
    return rq_convert(copy->data, RQ_DT_F32, t->data, t->dtype, rq_tensor_count(t));
}

static rq_status narrow(rq_call *call, rq_tensor *out, rq_tensor *wide, uint32_t i)
{
    if (!wants_f32(&out[i])) {
        out[i] = wide[i];
        return RQ_OK;
    }
    void *deferred_data = NULL;
    if (!out[i].data) { /* the kernel sized it: keep its f32 data while the executor resizes */
        RQ_TRY(rq_alloc_aligned(&deferred_data, rq_tensor_bytes(&wide[i]), "a deferred output"));
        memcpy(deferred_data, wide[i].data, rq_tensor_bytes(&wide[i]));
        wide[i].data = NULL;
        call->out = out;
        rq_status status = rq_call_resize(call, i, &wide[i].shape);
        if (status != RQ_OK) {
            free(deferred_data);
            return status;
        }
    }
    rq_status status =
        rq_convert(out[i].data, out[i].dtype, deferred_data ? deferred_data : wide[i].data,
                   RQ_DT_F32, rq_tensor_count(&out[i]));
    free(deferred_data);
    return status;
}

/* The kernel between conversions; slow, for the few networks that compute in f16 or f64. */
static rq_status run_widened(const rq_op *op, rq_call *call)
{
    const rq_tensor *in = call->in;
    rq_tensor *out = call->out, *tensors = NULL;
    uint32_t n_in = call->n_in, n_out = call->n_out;
    RQ_TRY(rq_calloc(&tensors, (size_t)n_in + n_out, sizeof *tensors, "widened tensors"));
    rq_tensor *wide_out = tensors + n_in;
    rq_status status = RQ_OK;
    for (uint32_t i = 0; i < n_in; i++) RQ_TRY_GOTO(widen(&tensors[i], &in[i], true), done);
    for (uint32_t i = 0; i < n_out; i++) RQ_TRY_GOTO(widen(&wide_out[i], &out[i], false), done);
    call->in = tensors;
    call->out = wide_out;
    RQ_TRY_GOTO(op->run(call), done);
    for (uint32_t i = 0; i < n_out; i++) RQ_TRY_GOTO(narrow(call, out, wide_out, i), done);
done:
    for (uint32_t i = 0; i < n_in; i++)
        if (tensors[i].data != in[i].data) free(tensors[i].data);
    for (uint32_t i = 0; i < n_out; i++)
        if (wants_f32(&out[i]) && wide_out[i].data != out[i].data && out[i].data)
            free(wide_out[i].data);
    free(tensors);
    call->in = in;
    call->out = out;
    return status;
}

/* Nothing to compute: kernels that go from line to line would count lines without an element, of
 * which a small file can have any number. */
static bool gives_nothing(const rq_op *op, const rq_tensor *out, uint32_t n)
{
    if (n == 0 || (op->flags & RQ_OP_NO_FOLD)) return false;
    for (uint32_t i = 0; i < n; i++)
        if (!rq_shape_is_static(&out[i].shape) || rq_tensor_count(&out[i]) > 0) return false;
    return true;
}

rq_status rq_bound_run(const rq_bound *bound, rq_id id, const rq_tensor *in, rq_tensor *out,
                       void *scratch, const rq_services *services, void *executor)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *b = &bound->nodes[id];
    if (gives_nothing(b->op, out, node->n_out)) return RQ_OK;
    rq_call call = {.graph = bound->graph,
                    .node = node,
                    .op = b->op,
                    .attrs = b->attrs,
                    .version = b->version,
                    .n_in = node->n_in,
                    .n_out = node->n_out,
                    .in = in,
                    .out = out,
                    .scratch = scratch,
                    .services = services,
                    .executor = executor};
    bool narrow_floats = false;
    if (!(b->op->flags & RQ_OP_ANY_DTYPE)) {
        for (uint32_t i = 0; i < node->n_in; i++) narrow_floats |= wants_f32(&in[i]);
        for (uint32_t i = 0; i < node->n_out; i++) narrow_floats |= wants_f32(&out[i]);
    }
    return narrow_floats ? run_widened(b->op, &call) : b->op->run(&call);
}
