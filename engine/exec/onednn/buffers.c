#include "engine/exec/onednn/plan.h"

#include <string.h>

bool rq_u8_params_equal(const rq_u8_params *a, const rq_u8_params *b)
{
    return a->scale == b->scale && a->zero_point == b->zero_point && a->top == b->top &&
           a->scales == b->scales;
}

static size_t tensor_bytes(const rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout)
{
    const rq_tensor *t = &plan->bound->values[value];
    if (layout) return rq_dnn_layout_bytes(layout);
    return t->shape.rank >= 0 ? rq_tensor_bytes(t) : 0;
}

/* Memory that is no value of the graph, or not yet. */
static rq_status add_buffer(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout,
                            size_t root, size_t bytes)
{
    RQ_TRY(rq_grow(&plan->buffers, &plan->capacity_buffers, plan->n_buffers, sizeof *plan->buffers,
                   "an execution plan"));
    *out = plan->n_buffers++;
    plan->buffers[*out] =
        (rq_buffer){.value = RQ_NONE,
                    .layout = layout,
                    .root = root == RQ_NO_BUFFER ? *out : plan->buffers[root].root,
                    .shift = root == RQ_NO_BUFFER ? 0 : plan->buffers[root].shift,
                    .first = SIZE_MAX,
                    .producer = RQ_NO_BUFFER,
                    .next = RQ_NO_BUFFER};
    rq_buffer *owner = &plan->buffers[plan->buffers[*out].root];
    bytes += plan->buffers[*out].shift;
    if (owner->bytes < bytes) owner->bytes = bytes;
    return RQ_OK;
}

void rq_buffer_move(rq_onednn_plan *plan, size_t root, size_t whole, size_t shift)
{
    rq_buffer *to = &plan->buffers[whole];
    const rq_buffer *from = &plan->buffers[root];
    if (from->first < to->first) to->first = from->first;
    if (from->last > to->last) to->last = from->last;
    for (size_t f = 0; f < plan->n_buffers; f++) {
        if (plan->buffers[f].root != root) continue;
        plan->buffers[f].root = whole;
        plan->buffers[f].shift += shift;
    }
}

/* No layout is one that oneDNN does not have, or one that there was no memory for. */
static rq_status check_memory(const rq_dnn_layout *layout)
{
    return layout || !rq_memory_was_short() ? RQ_OK : rq_fail_memory(0, "a layout");
}

rq_status rq_buffer_scratch(size_t *out, rq_onednn_plan *plan, const rq_dnn_layout *layout)
{
    RQ_TRY(check_memory(layout));
    return add_buffer(out, plan, layout, RQ_NO_BUFFER, rq_dnn_layout_bytes(layout));
}

rq_status rq_buffer_view(size_t *out, rq_onednn_plan *plan, size_t buffer,
                         const rq_dnn_layout *layout)
{
    RQ_TRY(check_memory(layout));
    return add_buffer(out, plan, layout, buffer, rq_dnn_layout_bytes(layout));
}

rq_status rq_buffer_add(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                        const rq_u8_params *codes, size_t root)
{
    RQ_TRY(check_memory(layout));
    RQ_TRY(add_buffer(out, plan, layout, root, tensor_bytes(plan, value, layout)));
    plan->buffers[*out].value = value;
    if (codes) {
        rq_u8_params *copy = rq_arena_alloc(plan->arena, 1, sizeof *copy);
        if (!copy) return RQ_ENOMEM;
        *copy = *codes;
        plan->buffers[*out].codes = copy;
    }
    size_t *link = &plan->first_buffer[value];
    while (*link != RQ_NO_BUFFER) link = &plan->buffers[*link].next;
    *link = *out;
    return RQ_OK;
}

/* A constant becomes a buffer when it is first asked for. */
static rq_status add_constant(size_t *out, rq_onednn_plan *plan, rq_id value)
{
    const rq_tensor *t = &plan->bound->values[value];
    RQ_TRY(rq_buffer_add(out, plan, value, rq_dnn_layout_dense(plan->dnn, t->dtype, &t->shape),
                         NULL, RQ_NO_BUFFER));
    plan->buffers[*out].data = t->data;
    return RQ_OK;
}

/* The value as its producer left it (float or quantized); never RQ_NO_BUFFER for a value that is
 * there. */
static rq_status any_buffer(size_t *out, rq_onednn_plan *plan, rq_id value)
{
    *out = plan->first_buffer[value];
    if (*out != RQ_NO_BUFFER) return RQ_OK;
    RQ_TRY(rq_bound_fold(plan->bound, value));
    if (plan->bound->values[value].data) return add_constant(out, plan, value);
    return rq_node_fail(rq_value_producer(plan->bound->graph, value), RQ_EFORMAT,
                        "output %u is used before it is computed",
                        plan->bound->graph->values[value]->index);
}

const rq_u8_params *rq_buffer_u8(const rq_onednn_plan *plan, rq_id value, size_t *buffer)
{
    for (size_t f = plan->first_buffer[value]; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (plan->buffers[f].codes) {
            if (buffer) *buffer = f;
            return plan->buffers[f].codes;
        }
    return NULL;
}

static bool has_numbers(const rq_buffer *buffer)
{
    return !buffer->codes;
}

static rq_status dequantize(size_t *out, rq_onednn_plan *plan, size_t from, rq_id node)
{
    rq_buffer source = plan->buffers[from];
    const rq_u8_params *codes = source.codes;
    const rq_dnn_layout *layout = rq_dnn_layout_retyped(plan->dnn, source.layout, RQ_DT_F32);
    size_t n = rq_dnn_layout_elements(source.layout);
    rq_sweep sweep = {.shape = {1, n, 1, n}, .from = rq_sweep_codes(codes)};
    if (!layout) return RQ_ENOMEM;
    if (codes->scales) {
        sweep.ops[sweep.n_ops++] =
            (rq_sweep_op){.binary = true, .kind = RQ_DNN_MUL, .per_channel = true};
        if (!rq_dnn_layout_blocked(&sweep.shape, source.layout)) return RQ_EUNSUPPORTED;
    }
    RQ_TRY(rq_buffer_add(out, plan, source.value, layout, NULL, RQ_NO_BUFFER));
    rq_step_arg args[3] = {{RQ_DNN_SRC, from, NULL}};
    args[1] = (rq_step_arg){RQ_DNN_SRC_1, RQ_NO_BUFFER, codes->scales};
    args[1 + sweep.n_ops] = (rq_step_arg){RQ_DNN_DST, *out, NULL};
    return rq_step_add_sweep(plan, node, &sweep, args, 2 + sweep.n_ops);
}

rq_status rq_buffer_numbers(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    RQ_TRY(any_buffer(out, plan, value));
    size_t codes = *out;
    for (size_t f = *out; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (has_numbers(&plan->buffers[f])) {
            *out = f;
            return plan->buffers[f].layout ? RQ_OK : RQ_EUNSUPPORTED;
        }
    return dequantize(out, plan, codes, node);
}

rq_status rq_buffer_reorder(rq_onednn_plan *plan, size_t from, size_t to, rq_id node)
{
    rq_dnn_primitive *primitive;
    rq_turn turn;
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, to, NULL}};
    if (rq_turn_between(&turn, plan->buffers[from].layout, plan->buffers[to].layout))
        return rq_step_add_turn(plan, node, &turn, args);
    RQ_TRY(rq_dnn_reorder(&primitive, plan->dnn, plan->buffers[from].layout,
                          plan->buffers[to].layout));
    return rq_step_add(plan, RQ_STEP_REORDER, node, primitive, args, 2);
}

static rq_status reorder(size_t *out, rq_onednn_plan *plan, size_t from,
                         const rq_dnn_layout *layout, rq_id node)
{
    rq_buffer source = plan->buffers[from];
    RQ_TRY(rq_buffer_add(out, plan, source.value, layout, source.codes, RQ_NO_BUFFER));
    return rq_buffer_reorder(plan, from, *out, node);
}

static bool is_bf16(const rq_buffer *buffer)
{
    return buffer->layout && rq_dnn_layout_dtype(buffer->layout) == RQ_DT_BF16;
}

rq_status rq_buffer_float(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    RQ_TRY(rq_buffer_numbers(out, plan, value, node));
    size_t narrow = *out;
    for (size_t f = narrow; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (has_numbers(&plan->buffers[f]) && !is_bf16(&plan->buffers[f])) {
            *out = f;
            return plan->buffers[f].layout ? RQ_OK : RQ_EUNSUPPORTED;
        }
    const rq_dnn_layout *layout =
        rq_dnn_layout_retyped(plan->dnn, plan->buffers[narrow].layout, RQ_DT_F32);
    return layout ? reorder(out, plan, narrow, layout, node) : RQ_EUNSUPPORTED;
}

rq_status rq_buffer_copy(size_t *out, rq_onednn_plan *plan, size_t buffer,
                         const rq_dnn_layout *layout, rq_id node)
{
    RQ_TRY(rq_buffer_scratch(out, plan, layout));
    return rq_buffer_reorder(plan, buffer, *out, node);
}

static bool fits(const rq_buffer *buffer, const rq_dnn_layout *layout, const rq_u8_params *codes)
{
    bool same = codes && buffer->codes ? rq_u8_params_equal(buffer->codes, codes)
                                       : !codes && !buffer->codes;
    return same && buffer->layout && rq_dnn_layout_equal(buffer->layout, layout);
}

rq_status rq_buffer_in(size_t *out, rq_onednn_plan *plan, rq_id value, const rq_dnn_layout *layout,
                       const rq_u8_params *codes, rq_id node)
{
    if (!layout) return RQ_EUNSUPPORTED;
    RQ_TRY(any_buffer(out, plan, value));
    for (size_t f = *out; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (fits(&plan->buffers[f], layout, codes)) {
            *out = f;
            return RQ_OK;
        }
    size_t from;
    if (codes) {
        if (!rq_buffer_u8(plan, value, &from)) return RQ_EUNSUPPORTED;
    } else {
        RQ_TRY(rq_buffer_numbers(&from, plan, value, node));
        if (fits(&plan->buffers[from], layout, NULL)) {
            *out = from;
            return RQ_OK;
        }
    }
    return reorder(out, plan, from, layout, node);
}

bool rq_buffer_is_dense(const rq_onednn_plan *plan, size_t buffer, rq_dtype dtype)
{
    const rq_buffer *b = &plan->buffers[buffer];
    if (!b->layout) return dtype == plan->bound->values[b->value].dtype;
    return has_numbers(b) && rq_dnn_layout_dtype(b->layout) == dtype &&
           rq_dnn_layout_is_dense(b->layout);
}

static rq_status dense(size_t *out, rq_onednn_plan *plan, rq_id value, rq_dtype dtype, rq_id node)
{
    const rq_tensor *t = &plan->bound->values[value];
    RQ_TRY(any_buffer(out, plan, value));
    for (size_t f = *out; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (rq_buffer_is_dense(plan, f, dtype)) {
            *out = f;
            return RQ_OK;
        }
    return rq_buffer_in(out, plan, value, rq_dnn_layout_dense(plan->dnn, dtype, &t->shape), NULL,
                        node);
}

rq_status rq_buffer_rows(size_t *out, rq_onednn_plan *plan, rq_id value, rq_dtype dtype, rq_id node)
{
    RQ_TRY(dense(out, plan, value, dtype, node));
    return plan->buffers[*out].layout ? RQ_OK : RQ_EUNSUPPORTED;
}

rq_status rq_buffer_dense(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    return dense(out, plan, value, plan->bound->values[value].dtype, node);
}

static bool is_channels_last(const rq_buffer *buffer)
{
    rq_dnn_blocked blocked;
    return buffer->layout && has_numbers(buffer) &&
           rq_dnn_layout_dtype(buffer->layout) == RQ_DT_F32 &&
           rq_dnn_layout_blocked(&blocked, buffer->layout) && blocked.block == blocked.channels;
}

static bool has_dense(const rq_onednn_plan *plan, rq_id value)
{
    for (size_t f = plan->first_buffer[value]; f != RQ_NO_BUFFER; f = plan->buffers[f].next)
        if (rq_buffer_is_dense(plan, f, RQ_DT_F32)) return true;
    return false;
}

rq_status rq_buffer_channels_last(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    size_t found;
    *out = RQ_NO_BUFFER;
    if (plan->bound->values[value].dtype != RQ_DT_F32 || has_dense(plan, value)) return RQ_OK;
    rq_status status = rq_buffer_float(&found, plan, value, node);
    if (status == RQ_EUNSUPPORTED) return RQ_OK;
    if (status == RQ_OK && is_channels_last(&plan->buffers[found])) *out = found;
    return status;
}
