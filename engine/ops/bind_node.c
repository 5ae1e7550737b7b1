/* One node: attributes parsed, shapes inferred, constants folded. */
#include "engine/ops/attrs.h"
#include "engine/ops/bind_parts.h"
#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

/* A shape that it can have: sizes that are open get usual ones. */
static rq_shape example_of(const rq_shape *open)
{
    rq_shape shape = *open;
    if (open->rank < 0) return rq_shape_make(4, (int64_t[]){1, 3, 224, 224});
    for (int d = 0; d < shape.rank; d++)
        if (shape.d[d] == RQ_DYNAMIC) shape.d[d] = d == 0 ? 1 : shape.rank == 4 ? 224 : 128;
    return shape;
}

static rq_status bind_parameter(rq_binder *b, const rq_node *node)
{
    const rq_graph *graph = b->bound->graph;
    rq_tensor *value = &b->bound->values[node->out[0]];
    for (size_t i = 0; i < b->n_shapes; i++) {
        if (!rq_parameter_is_named(graph, node, b->shapes[i].name)) continue;
        value->shape = b->shapes[i].shape;
        RQ_TRY(rq_shape_check(&value->shape, false, node->name));
    }
    if (rq_shape_is_static(&value->shape)) return rq_shape_check(&value->shape, false, node->name);
    char text[RQ_SHAPE_TEXT], example[RQ_SHAPE_TEXT];
    rq_shape shape = example_of(&value->shape);
    return rq_fail(RQ_EARG,
                   "%s: input '%s' has the dynamic shape %s; give it a static one, for example "
                   "--shape '%s%s'",
                   graph->path, node->name, rq_shape_text(&value->shape, text), node->name,
                   rq_shape_text(&shape, example));
}

static bool inputs_deferred(const rq_bound *bound, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && !rq_shape_is_static(&bound->values[node->in[i]].shape))
            return true;
    return false;
}

static bool inputs_fixed(const rq_bound *bound, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE &&
            !bound->nodes[bound->graph->values[node->in[i]]->producer].fixed)
            return false;
    return true;
}

static bool inputs_constant(const rq_bound *bound, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] == RQ_NONE) continue;
        const rq_bound_node *producer = &bound->nodes[bound->graph->values[node->in[i]]->producer];
        if (!producer->folded) return false;
    }
    return true;
}

static bool can_fold(const rq_bound *bound, const rq_node *node)
{
    const rq_op *op = bound->nodes[node->id].op;
    if (op->flags & RQ_OP_NO_FOLD || node->n_out == 0) return false;
    return op->role == RQ_ROLE_SHAPE || inputs_constant(bound, node);
}

rq_status rq_bind_compute(rq_bound *bound, const rq_node *node, const rq_tensor *in, rq_tensor *out)
{
    const rq_bound_node *b = &bound->nodes[node->id];
    void *scratch = NULL;
    if (b->scratch) RQ_TRY(rq_alloc_aligned(&scratch, b->scratch, "scratch of a constant"));
    rq_status status = RQ_OK;
    for (uint32_t i = 0; i < node->n_out; i++) {
        void **data = &bound->folded_data[node->out[i]];
        RQ_TRY_GOTO(rq_alloc_aligned(data, rq_tensor_bytes(&out[i]), node->name), done);
        out[i].data = *data;
    }
    if (b->op->flags & RQ_OP_VIEW)
        memcpy(out[0].data, in[0].data, rq_tensor_bytes(&out[0]));
    else
        RQ_TRY_GOTO(rq_bound_run(bound, node->id, in, out, scratch, NULL, NULL), done);
done:
    free(scratch);
    return status;
}

static rq_status fold(rq_binder *b, const rq_node *node)
{
    rq_bound_node *bn = &b->bound->nodes[node->id];
    bn->folded = true;
    bn->fixed = inputs_fixed(b->bound, node);
    bn->postponed = rq_bind_postpones(b, node);
    if (bn->postponed) return RQ_OK;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] == RQ_NONE) continue;
        RQ_TRY(rq_bound_fold(b->bound, node->in[i]));
        b->in[i].data = b->bound->values[node->in[i]].data;
    }
    return rq_bind_compute(b->bound, node, b->in, b->out);
}

static bool take_fixed(const rq_binder *b, const rq_node *node)
{
    rq_bound_node *bn = &b->bound->nodes[node->id];
    if (!b->is_taken || !b->is_taken[node->id]) return false;
    bn->folded = bn->fixed = true;
    for (uint32_t i = 0; i < node->n_out; i++)
        b->bound->values[node->out[i]] = b->base->values[node->out[i]];
    return true;
}

/* The file's own shapes are a check on shape inference, unless shapes were overridden. */
static rq_status check_declared(const rq_binder *b, const rq_node *node, const rq_tensor *out)
{
    if (b->n_shapes || b->bound->graph->is_body) return RQ_OK;
    for (uint32_t i = 0; i < node->n_out; i++) {
        const rq_shape *declared = &b->bound->graph->values[node->out[i]]->shape;
        if (!rq_shape_is_static(declared) || rq_shape_equal(declared, &out[i].shape)) continue;
        char want[RQ_SHAPE_TEXT], got[RQ_SHAPE_TEXT];
        return rq_node_fail(node, RQ_EFORMAT,
                            "output %u has shape %s by its inputs and attributes, "
                            "but the file says %s",
                            i, rq_shape_text(&out[i].shape, got), rq_shape_text(declared, want));
    }
    return RQ_OK;
}

static rq_status bind_operator(rq_binder *b, const rq_node *node)
{
    rq_bound *bound = b->bound;
    rq_bound_node *bn = &bound->nodes[node->id];
    for (uint32_t i = 0; i < node->n_in; i++)
        b->in[i] = node->in[i] == RQ_NONE ? (rq_tensor){0} : bound->values[node->in[i]];
    for (uint32_t i = 0; i < node->n_out; i++) {
        rq_dtype declared = bound->graph->values[node->out[i]]->dtype;
        b->out[i] = (rq_tensor){declared, {-1, {0}}, NULL};
    }
    if (inputs_deferred(bound, node))
        bn->deferred = true;
    else
        RQ_TRY(rq_bound_infer(bound, node->id, b->in, b->out, &bn->deferred, &bn->scratch));
    if (bn->deferred) {
        for (uint32_t i = 0; i < node->n_out; i++) b->out[i].shape.rank = -1;
    } else {
        RQ_TRY(check_declared(b, node, b->out));
        if (can_fold(bound, node)) RQ_TRY(fold(b, node));
    }
    for (uint32_t i = 0; i < node->n_out; i++) bound->values[node->out[i]] = b->out[i];
    return RQ_OK;
}

rq_status rq_bind_node(rq_binder *b, const rq_node *node)
{
    rq_bound *bound = b->bound;
    rq_bound_node *bn = &bound->nodes[node->id];
    bn->op = rq_node_op(node);
    bn->version = rq_node_version(node);
    RQ_TRY(rq_attrs_parse(&bn->attrs, bound->arena, node, bn->op));
    for (uint32_t i = 0; i < node->n_out; i++) {
        const rq_value *value = bound->graph->values[node->out[i]];
        bound->values[value->id] = (rq_tensor){value->dtype, value->shape, NULL};
    }
    if (bn->op == &rq_op_Parameter) return bind_parameter(b, node);
    if (bn->op == &rq_op_Const) {
        bn->folded = bn->fixed = true;
        bound->values[node->out[0]].data = (void *)(uintptr_t)node->data;
        return RQ_OK;
    }
    if (bn->op == &rq_op_Result || take_fixed(b, node)) return RQ_OK;
    rq_status status = bind_operator(b, node);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", bound->graph->path);
}
