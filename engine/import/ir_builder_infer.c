/* What comes out of a node: types, shapes and content, inferred by engine/ops. */
#include "engine/import/ir_builder.h"

#include "engine/ops/attrs.h"
#include "engine/ops/common/control_flow.h"
#include "engine/ops/operators.h"

#include <stdlib.h>
#include <string.h>

#define KNOWN_ELEMENTS 4096 /* at most, of content that depends on the inputs' sizes */

/* -- what is known of new nodes -------------------------------------------------------------- */

/* The array with room for n elements, the new ones zeroed; as it was where b->status fails. */
static void *grown(rq_ir_builder *b, void *array, size_t *room, size_t n, size_t size)
{
    size_t want = n + n / 2 + 64;
    if (n <= *room || !rq_ir_builder_ok(b, rq_realloc(&array, want, size, "a graph"))) return array;
    memset((char *)array + *room * size, 0, (want - *room) * size);
    *room = want;
    return array;
}

bool rq_ir_builder_make_room(rq_ir_builder *b)
{
    size_t had = b->n_values;
    if (b->status != RQ_OK) return false;
    b->values = grown(b, b->values, &b->n_values, b->graph->n_values, sizeof *b->values);
    b->bound = grown(b, b->bound, &b->n_bound, b->graph->n_nodes, sizeof *b->bound);
    if (b->status != RQ_OK) return false;
    for (size_t i = had; i < b->n_values; i++)
        for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) b->values[i].t[s].shape.rank = -1;
    return true;
}

/* -- inference ------------------------------------------------------------------------------- */

typedef struct inference {
    rq_ir_builder *b;
    const rq_node *node;
    rq_bound stub; /* one node is all that rq_bound_infer and rq_bound_run look at */
    rq_tensor *in, *out;
    size_t scratch;
    bool deferred; /* shapes of inputs do not tell those of outputs */
} inference;

/* Attributes that name the type of the output, by the operators' specifications. */
static rq_dtype named_dtype(const rq_node *node)
{
    static const char *const names[] = {"destination_type", "output_type", "index_element_type"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = rq_node_attr(node, names[i]);
        if (text) return rq_dtype_parse(text);
    }
    return RQ_DT_COUNT;
}

/* Of the body's result that is output number `output`. */
static rq_dtype body_dtype(const inference *i, uint32_t output)
{
    rq_control_flow flow;
    bool branches = rq_node_is(i->node, &rq_op_If);
    rq_dtype dtype = RQ_DT_UNDEFINED;
    rq_status status =
        rq_control_flow_open(&flow, i->b->graph, i->node, branches ? "then_port_map" : "port_map",
                             branches ? "then_body" : "body");
    if (status == RQ_ENOMEM) i->b->status = status;
    if (status == RQ_OK) {
        const rq_node *result = flow.body->nodes[flow.results[flow.outputs[output].inner]];
        dtype = flow.body->values[result->in[0]]->dtype;
    }
    rq_control_flow_close(&flow);
    return dtype;
}

/* The type where shapes are not known, so that inference cannot tell. */
static rq_dtype guess_dtype(const inference *i, uint32_t output)
{
    static const rq_op *const booleans[] = {
        &rq_op_Equal,        &rq_op_NotEqual, &rq_op_Less,  &rq_op_LessEqual, &rq_op_Greater,
        &rq_op_GreaterEqual, &rq_op_IsNaN,    &rq_op_IsInf, &rq_op_IsFinite,  NULL};
    rq_dtype named = named_dtype(i->node);
    if (named != RQ_DT_COUNT) return named;
    if (rq_node_is_any(i->node, booleans)) return RQ_DT_BOOL;
    if (rq_node_is(i->node, &rq_op_ShapeOf)) return RQ_DT_I64;
    if (i->node->n_bodies) return body_dtype(i, output);
    uint32_t data = rq_node_is(i->node, &rq_op_Select) ? 1 : 0;
    return data < i->node->n_in ? i->in[data].dtype : RQ_DT_UNDEFINED;
}

static void forget(const inference *i, int sample)
{
    for (uint32_t k = 0; k < i->node->n_out; k++) {
        rq_tensor *t = &i->b->values[i->node->out[k]].t[sample];
        rq_dtype dtype = i->out[k].dtype;
        *t = (rq_tensor){
            dtype != RQ_DT_UNDEFINED ? dtype : guess_dtype(i, k),
            rq_ir_builder_unknown_shape(i->node, i->in, k, rq_ir_builder_data_dims[sample]), NULL};
    }
}

static bool load_inputs(const inference *i, int sample)
{
    bool known = true;
    for (uint32_t k = 0; k < i->node->n_in; k++) {
        i->in[k] = i->b->values[i->node->in[k]].t[sample];
        known &= rq_shape_is_static(&i->in[k].shape);
    }
    for (uint32_t k = 0; k < i->node->n_out; k++)
        i->out[k] = (rq_tensor){RQ_DT_UNDEFINED, {-1, {0}}, NULL};
    return known;
}

static bool inputs_vary(const inference *i)
{
    for (uint32_t k = 0; k < i->node->n_in; k++) {
        const rq_tensor *t = i->b->values[i->node->in[k]].t;
        if (!rq_shape_equal(&t[0].shape, &t[1].shape) || t[0].data != t[1].data) return true;
    }
    return false;
}

static bool have_data(const inference *i)
{
    const rq_op *op = i->b->bound[i->node->id].op;
    if (op->flags & RQ_OP_NO_FOLD || i->node->n_bodies) return false;
    if (op->role == RQ_ROLE_SHAPE) return true;
    for (uint32_t k = 0; k < i->node->n_in; k++)
        if (!i->in[k].data && rq_tensor_count(&i->in[k]) > 0) return false;
    return i->node->n_in > 0;
}

static bool all_constant(const inference *i)
{
    for (uint32_t k = 0; k < i->node->n_in; k++)
        if (!i->b->values[i->node->in[k]].constant) return false;
    return true;
}

/* Large content is computed only for constants, and within what the file's size allows. */
static bool may_compute(const inference *i, bool constant)
{
    size_t bytes = 0, count = 0;
    for (uint32_t k = 0; k < i->node->n_out; k++) {
        bytes += rq_tensor_bytes(&i->out[k]);
        count += rq_tensor_count(&i->out[k]);
    }
    if (count <= KNOWN_ELEMENTS) return true;
    if (!constant || bytes > i->b->fold_budget) return false;
    i->b->fold_budget -= bytes;
    return true;
}

static rq_status compute(const inference *i)
{
    rq_ir_builder *b = i->b;
    void *scratch = NULL;
    for (uint32_t k = 0; k < i->node->n_out; k++) {
        i->out[k].data = rq_arena_alloc(b->arena, rq_tensor_bytes(&i->out[k]), 1);
        if (!i->out[k].data) return RQ_ENOMEM;
    }
    if (b->bound[i->node->id].op->flags & RQ_OP_VIEW) {
        size_t bytes = rq_tensor_bytes(&i->out[0]);
        if (bytes) memcpy(i->out[0].data, i->in[0].data, bytes); /* nothing may be at NULL */
        return RQ_OK;
    }
    if (i->scratch) RQ_TRY(rq_alloc_aligned(&scratch, i->scratch, "scratch of a constant"));
    rq_status status = rq_bound_run(&i->stub, i->node->id, i->in, i->out, scratch, NULL, NULL);
    free(scratch);
    return status;
}

/* Content, where the inputs' is known. What cannot be computed stays in the graph; where memory is
 * short, nothing is written: it must not be another graph than with more of it. */
static rq_status compute_known(const inference *i, bool constant)
{
    if (!have_data(i) || !may_compute(i, constant)) return RQ_OK;
    rq_status status = compute(i);
    if (status == RQ_OK || status == RQ_ENOMEM) return status;
    for (uint32_t k = 0; k < i->node->n_out; k++) i->out[k].data = NULL;
    return RQ_OK;
}

static rq_status infer_sample(inference *i, int sample, bool constant)
{
    bool deferred = false;
    bool known = load_inputs(i, sample);
    if (known) RQ_TRY(rq_bound_infer(&i->stub, i->node->id, i->in, i->out, &deferred, &i->scratch));
    if (!known || deferred) {
        i->deferred = true;
        forget(i, sample);
        return RQ_OK;
    }
    RQ_TRY(compute_known(i, constant));
    for (uint32_t k = 0; k < i->node->n_out; k++)
        i->b->values[i->node->out[k]].t[sample] = i->out[k];
    return RQ_OK;
}

/* The sizes that are taken for unknown ones do not go together. */
static void infer_partial(const inference *i)
{
    for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) {
        bool known = load_inputs(i, s);
        forget(i, s);
        for (uint32_t k = 0; known && k < i->node->n_out; k++) {
            rq_shape shape;
            if (rq_ir_builder_partial_shape(&shape, i->node, i->in, k, s))
                i->b->values[i->node->out[k]].t[s].shape = shape;
        }
    }
}

static void infer_samples(inference *i)
{
    rq_ir_builder *b = i->b;
    const rq_op *op = b->bound[i->node->id].op;
    bool vary = inputs_vary(i);
    bool constant = (i->node->n_in > 0 && all_constant(i)) || (op->role == RQ_ROLE_SHAPE && !vary);
    for (int s = 0; s < (vary ? RQ_IR_BUILDER_SAMPLES : 1); s++) {
        rq_status status = infer_sample(i, s, constant);
        if (status == RQ_OK) continue;
        if (!vary || status == RQ_ENOMEM) {
            b->status = b->node ? rq_fail_prefix(status, "%s: node '%s' (%s)", b->source->path,
                                                 b->node->name, b->node->type)
                                : rq_fail_prefix(status, "%s", b->source->path);
            return;
        }
        infer_partial(i);
        return;
    }
    if (!vary && i->deferred) forget(i, 1);
    for (uint32_t k = 0; k < i->node->n_out; k++) {
        rq_ir_builder_value *value = &b->values[i->node->out[k]];
        if (!vary && !i->deferred) value->t[1] = value->t[0];
        value->constant = constant && value->t[0].data;
    }
}

/* Without an operator nothing is known but what the framework says. */
static bool find_operator(rq_ir_builder *b, const rq_node *node)
{
    rq_bound_node *bound = &b->bound[node->id];
    const rq_op *op = rq_node_op(node);
    if (!op) return false;
    bound->op = op;
    bound->version = rq_node_version(node);
    return true;
}

/* -- one node ---------------------------------------------------------------- */

void rq_ir_builder_note_outputs(rq_ir_builder *b, const rq_node *node)
{
    for (uint32_t k = 0; k < node->n_out; k++) {
        rq_value *value = b->graph->values[node->out[k]];
        value->dtype = b->values[value->id].t[0].dtype;
        value->shape = rq_ir_builder_shape(b, value->id);
    }
}

void rq_ir_builder_infer(rq_ir_builder *b, rq_node *node, bool fold)
{
    inference i = {.b = b, .node = node};
    if (!rq_ir_builder_make_room(b)) return;
    rq_status status =
        rq_calloc(&i.in, (size_t)node->n_in + node->n_out + 1, sizeof *i.in, "shape inference");
    if (!rq_ir_builder_ok(b, status)) return;
    i.out = i.in + node->n_in;
    i.stub = (rq_bound){.graph = b->graph, .nodes = b->bound, .arena = b->arena};
    if (!find_operator(b, node)) {
        load_inputs(&i, 0);
        for (int s = 0; s < RQ_IR_BUILDER_SAMPLES; s++) forget(&i, s);
    } else if (rq_ir_builder_ok(b, rq_attrs_parse(&b->bound[node->id].attrs, b->arena, node,
                                                  b->bound[node->id].op))) {
        infer_samples(&i);
    }
    free(i.in);
    if (b->status != RQ_OK) return;
    rq_ir_builder_note_outputs(b, node);
    const rq_ir_builder_value *value = node->n_out == 1 ? &b->values[node->out[0]] : NULL;
    if (fold && value && value->constant) rq_ir_builder_make_const(b, node, &value->t[0]);
}
