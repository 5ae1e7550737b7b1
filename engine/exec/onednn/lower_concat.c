/* Concat: without a copy where the parts can be written into the result in the first place. */
#include "engine/exec/onednn/lower.h"

#include "engine/ops/attrs.h"

#include <string.h>

typedef struct concat {
    rq_lower *l;
    const rq_node *node;
    int axis;
    bool quantized;
    rq_u8_params codes;
    rq_step_arg *args; /* the parts, then the result */
    const rq_dnn_layout **parts;
} concat;

/* Codes are joined as codes where all parts have the same. */
static const rq_u8_params *common_codes(const rq_lower *l, const rq_node *node)
{
    const rq_u8_params *first = rq_buffer_u8(l->plan, node->in[0], NULL);
    for (uint32_t i = 1; first && i < node->n_in; i++) {
        const rq_u8_params *other = rq_buffer_u8(l->plan, node->in[i], NULL);
        if (!other || !rq_u8_params_equal(first, other)) return NULL;
    }
    return first && !first->scales ? first : NULL;
}

/* In the type that all parts have, as they lie. */
static rq_status numbers_of(size_t *out, rq_onednn_plan *plan, rq_id value, rq_id node)
{
    RQ_TRY(rq_buffer_numbers(out, plan, value, node));
    const rq_dnn_layout *layout = plan->buffers[*out].layout;
    if (rq_dnn_layout_dtype(layout) == plan->numbers) return RQ_OK;
    return rq_buffer_in(out, plan, value, rq_dnn_layout_retyped(plan->dnn, layout, plan->numbers),
                        NULL, node);
}

static rq_status find_parts(concat *c)
{
    rq_onednn_plan *plan = c->l->plan;
    const rq_node *node = c->node;
    for (uint32_t i = 0; i < node->n_in; i++) {
        c->args[i] = (rq_step_arg){RQ_DNN_PART_0 + (int)i, 0, NULL};
        size_t *buffer = &c->args[i].buffer;
        if (c->quantized)
            rq_buffer_u8(plan, node->in[i], buffer);
        else
            RQ_TRY(numbers_of(buffer, plan, node->in[i], node->id));
        c->parts[i] = plan->buffers[*buffer].layout;
    }
    return RQ_OK;
}

/* -- parts in place ---------------------------------------------------------------------------- */

/* Is memory ordered by this dim first, so that parts follow each other? */
static bool is_outermost(const concat *c, const rq_dnn_layout *layout, const rq_dnn_layout *result)
{
    const rq_shape *shape = &rq_lower_value(c->l, c->node->out[0])->shape;
    if (rq_shape_span(shape, 0, c->axis) != 1) return false;
    if (rq_dnn_layout_is_dense(layout)) return rq_dnn_layout_is_dense(result);
    rq_dnn_blocked part, whole;
    return c->axis == 1 && rq_dnn_layout_blocked(&part, layout) &&
           rq_dnn_layout_blocked(&whole, result) && part.block == whole.block;
}

/* Memory of its own that holds this part and nothing more. */
static bool is_movable(const concat *c, uint32_t i)
{
    const rq_onednn_plan *plan = c->l->plan;
    size_t root = rq_buffer_root(plan, c->args[i].buffer);
    const rq_buffer *owner = &plan->buffers[root];
    if (owner->data || owner->external || owner->deferred) return false;
    if (plan->buffers[c->args[i].buffer].shift) return false;
    for (uint32_t k = 0; k < i; k++)
        if (rq_buffer_root(plan, c->args[k].buffer) == root) return false;
    return owner->bytes == rq_dnn_layout_bytes(c->parts[i]);
}

static bool fits_in_place(const concat *c, const rq_dnn_layout *result)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < c->node->n_in; i++) {
        if (!is_outermost(c, c->parts[i], result) || !is_movable(c, i) || sum % RQ_ALIGN)
            return false;
        sum += rq_dnn_layout_bytes(c->parts[i]);
    }
    return sum == rq_dnn_layout_bytes(result);
}

static rq_status join_in_place(concat *c, const rq_dnn_layout *result)
{
    rq_onednn_plan *plan = c->l->plan;
    size_t whole, shift = 0;
    RQ_TRY(rq_buffer_add(&whole, plan, c->node->out[0], result, c->quantized ? &c->codes : NULL,
                         RQ_NO_BUFFER));
    for (uint32_t i = 0; i < c->node->n_in; i++) {
        rq_buffer_move(plan, rq_buffer_root(plan, c->args[i].buffer), whole, shift);
        shift += rq_dnn_layout_bytes(c->parts[i]);
    }
    return RQ_OK;
}

/* -- side by side ------------------------------------------------------------------------------ */

static bool is_channels_last(const rq_dnn_layout *layout)
{
    rq_dnn_blocked blocked;
    return rq_dnn_layout_blocked(&blocked, layout) && blocked.block == blocked.channels;
}

static bool all_parts(const concat *c, bool (*is)(const rq_dnn_layout *))
{
    for (uint32_t i = 0; i < c->node->n_in; i++)
        if (!is(c->parts[i])) return false;
    return true;
}

/* Positions that have a stretch of each part: those before the axis of dense images, all of images
 * with channels last. */
static const rq_dnn_layout *joined_layout(size_t *positions, const concat *c)
{
    rq_dnn *dnn = c->l->plan->dnn;
    const rq_shape *out = &rq_lower_value(c->l, c->node->out[0])->shape;
    rq_dtype dtype = c->quantized ? RQ_DT_U8 : c->l->plan->numbers;
    if (c->axis == 1 && all_parts(c, is_channels_last)) {
        *positions = rq_shape_count(out) / (size_t)out->d[1];
        return rq_dnn_layout_channels_last(dnn, dtype, out);
    }
    if (!all_parts(c, rq_dnn_layout_is_dense)) return NULL;
    *positions = rq_shape_span(out, 0, c->axis);
    return rq_dnn_layout_dense(dnn, dtype, out);
}

static rq_status join_parts(concat *c)
{
    rq_onednn_plan *plan = c->l->plan;
    size_t *bytes = rq_arena_alloc(plan->arena, c->node->n_in, sizeof *bytes);
    rq_join join = {.n = c->node->n_in, .bytes = bytes};
    const rq_dnn_layout *layout = joined_layout(&join.positions, c);
    if (!bytes) return RQ_ENOMEM;
    if (!layout) return RQ_EUNSUPPORTED;
    for (uint32_t i = 0; i < c->node->n_in; i++) {
        bytes[i] = rq_dnn_layout_bytes(c->parts[i]) / join.positions;
        join.sum += bytes[i];
    }
    rq_step_arg *to = &c->args[c->node->n_in];
    *to = (rq_step_arg){RQ_DNN_DST, 0, NULL};
    RQ_TRY(rq_buffer_add(&to->buffer, plan, c->node->out[0], layout,
                         c->quantized ? &c->codes : NULL, RQ_NO_BUFFER));
    plan->kernels[c->node->id] = "join";
    return rq_step_add_join(plan, c->node->id, &join, c->args);
}

rq_status rq_lower_concat(rq_lower *l, rq_chain *chain)
{
    rq_onednn_plan *plan = l->plan;
    const rq_node *node = chain->nodes[0];
    const rq_tensor *out = rq_lower_value(l, node->out[0]);
    const rq_u8_params *codes = common_codes(l, node);
    concat c = {.l = l, .node = node, .quantized = codes != NULL};
    rq_dnn_primitive *primitive;
    if (codes) c.codes = *codes;
    RQ_TRY(rq_axis_normalize(&c.axis,
                             rq_attrs_int(rq_lower_op(l, node), rq_lower_attrs(l, node), "axis"),
                             out->shape.rank, "axis"));
    c.args = rq_arena_alloc(plan->arena, node->n_in + 1u, sizeof *c.args);
    c.parts = rq_arena_alloc(plan->arena, node->n_in, sizeof *c.parts);
    if (!c.args || !c.parts) return RQ_ENOMEM;
    RQ_TRY(find_parts(&c));
    const rq_dnn_layout *any =
        rq_dnn_layout_any(plan->dnn, c.quantized ? RQ_DT_U8 : plan->numbers, &out->shape);
    if (!any) return RQ_EUNSUPPORTED;
    RQ_TRY(rq_dnn_concat(&primitive, plan->dnn, c.parts, node->n_in, c.axis, any));
    chain->done = 1;
    if (fits_in_place(&c, primitive->layouts[RQ_DNN_DST]))
        return join_in_place(&c, primitive->layouts[RQ_DNN_DST]);
    rq_status status = join_parts(&c);
    if (status != RQ_EUNSUPPORTED) return status;
    c.args[node->n_in] = (rq_step_arg){RQ_DNN_DST, 0, NULL};
    RQ_TRY(rq_buffer_add(&c.args[node->n_in].buffer, plan, node->out[0],
                         primitive->layouts[RQ_DNN_DST], c.quantized ? &c.codes : NULL,
                         RQ_NO_BUFFER));
    return rq_step_add(plan, RQ_STEP_PRIMITIVE, node->id, primitive, c.args, node->n_in + 1u);
}
