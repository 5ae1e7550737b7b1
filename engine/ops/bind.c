/* Binding a graph: operators looked up, attributes parsed, shapes inferred, constants folded. */
#include "engine/ops/bind.h"

#include "engine/ops/attrs.h"

#include <stdlib.h>
#include <string.h>

static int version_number(const char *version)
{
    int64_t n;
    if (!version || !rq_starts_with(version, "opset") || !rq_parse_i64(version + 5, &n)) return 0;
    return n >= 0 && n < 32 ? (int)n : 31;
}

static const rq_op *find_op(const rq_node *node)
{
    const rq_op *op = rq_op_find(node->type);
    return op && (op->opsets & RQ_OPSET(version_number(node->version))) ? op : NULL;
}

/* -- missing operators --------------------------------------------------------------------- */

#define MISSING_SHOWN 5 /* layer names per type */

/* One line of the message for all layers of this node's type and version, unless an earlier node
 * already gave it. */
static void list_missing_type(rq_buf *text, const rq_graph *graph, const rq_node *node)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *other = graph->nodes[i];
        if (!other || strcmp(other->type, node->type) || strcmp(other->version, node->version))
            continue;
        if (count == 0 && other != node) return;
        if (count == 0) rq_buf_printf(text, "\n  %s (%s): ", node->type, node->version);
        if (count < MISSING_SHOWN) rq_buf_printf(text, "%s'%s'", count ? ", " : "", other->name);
        count++;
    }
    if (count > MISSING_SHOWN) rq_buf_printf(text, " and %zu more", count - MISSING_SHOWN);
    if (rq_op_find(node->type)) rq_buf_append(text, " (known, but not in this opset)");
}

static size_t list_missing(rq_buf *text, const rq_graph *graph)
{
    size_t count = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        for (size_t b = 0; b < node->n_bodies; b++)
            count += list_missing(text, node->bodies[b].graph);
        if (find_op(node)) continue;
        list_missing_type(text, graph, node);
        count++;
    }
    return count;
}

static rq_status check_operators(const rq_graph *graph)
{
    rq_buf text = {0};
    size_t count = list_missing(&text, graph);
    rq_status status = RQ_OK;
    if (count)
        status = rq_fail(RQ_EUNSUPPORTED,
                         "%s: %zu layers use operators that requant does not have "
                         "(`requant ops` lists those it has):%s",
                         graph->path, count, text.data ? text.data : "");
    rq_buf_free(&text);
    return status;
}

/* -- one node ------------------------------------------------------------------------------ */

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

rq_status rq_bound_run(const rq_bound *bound, rq_id id, const rq_tensor *in, rq_tensor *out,
                       void *scratch, const rq_services *services, void *executor)
{
    const rq_node *node = bound->graph->nodes[id];
    const rq_bound_node *b = &bound->nodes[id];
    rq_call call = {.graph = bound->graph,
                    .node = node,
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

/* -- the whole graph ----------------------------------------------------------------------- */

typedef struct binder {
    rq_bound *bound;
    const rq_input_shape *shapes;
    size_t n_shapes;
    bool *shape_used;
    rq_tensor *in, *out; /* room for the widest node */
} binder;

static bool names_parameter(const rq_graph *graph, const rq_node *node, const char *name)
{
    return !strcmp(node->name, name) || rq_graph_find_value(graph, name) == node->out[0];
}

static rq_status bind_parameter(binder *b, const rq_node *node)
{
    const rq_graph *graph = b->bound->graph;
    rq_tensor *value = &b->bound->values[node->out[0]];
    for (size_t i = 0; i < b->n_shapes; i++) {
        if (!names_parameter(graph, node, b->shapes[i].name)) continue;
        b->shape_used[i] = true;
        value->shape = b->shapes[i].shape;
        RQ_TRY(rq_shape_check(&value->shape, false, node->name));
    }
    if (rq_shape_is_static(&value->shape)) return rq_shape_check(&value->shape, false, node->name);
    char text[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EARG,
                   "%s: input '%s' has the dynamic shape %s; give it a static one, for example "
                   "--shape '%s[1,3,224,224]'",
                   graph->path, node->name, rq_shape_text(&value->shape, text), node->name);
}

static bool inputs_deferred(const rq_bound *bound, const rq_node *node)
{
    for (uint32_t i = 0; i < node->n_in; i++)
        if (node->in[i] != RQ_NONE && !rq_shape_is_static(&bound->values[node->in[i]].shape))
            return true;
    return false;
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

static rq_status fold(rq_bound *bound, const rq_node *node, const rq_tensor *in, rq_tensor *out)
{
    rq_bound_node *b = &bound->nodes[node->id];
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
    b->folded = true;
done:
    free(scratch);
    return status;
}

/* The file's own shapes are a check on shape inference, unless shapes were overridden. */
static rq_status check_declared(const binder *b, const rq_node *node, const rq_tensor *out)
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

static rq_status bind_operator(binder *b, const rq_node *node)
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
        if (can_fold(bound, node)) RQ_TRY(fold(bound, node, b->in, b->out));
    }
    for (uint32_t i = 0; i < node->n_out; i++) bound->values[node->out[i]] = b->out[i];
    return RQ_OK;
}

static rq_status bind_node(binder *b, const rq_node *node)
{
    rq_bound *bound = b->bound;
    rq_bound_node *bn = &bound->nodes[node->id];
    bn->op = find_op(node);
    bn->version = version_number(node->version);
    RQ_TRY(rq_attrs_parse(&bn->attrs, bound->arena, node, bn->op));
    for (uint32_t i = 0; i < node->n_out; i++) {
        const rq_value *value = bound->graph->values[node->out[i]];
        bound->values[value->id] = (rq_tensor){value->dtype, value->shape, NULL};
    }
    if (!strcmp(node->type, "Parameter")) return bind_parameter(b, node);
    if (!strcmp(node->type, "Const")) {
        bn->folded = true;
        bound->values[node->out[0]].data = (void *)(uintptr_t)node->data;
        return RQ_OK;
    }
    if (!strcmp(node->type, "Result")) return RQ_OK;
    rq_status status = bind_operator(b, node);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "%s", bound->graph->path);
}

static rq_status make_room(binder *b, const rq_graph *graph)
{
    size_t n_in = 1, n_out = 1;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && node->n_in > n_in) n_in = node->n_in;
        if (node && node->n_out > n_out) n_out = node->n_out;
    }
    b->in = rq_arena_alloc(b->bound->arena, n_in, sizeof *b->in);
    b->out = rq_arena_alloc(b->bound->arena, n_out, sizeof *b->out);
    b->shape_used = rq_arena_alloc(b->bound->arena, b->n_shapes, sizeof *b->shape_used);
    return b->in && b->out && b->shape_used ? RQ_OK : RQ_ENOMEM;
}

static rq_status check_shapes_used(const binder *b)
{
    for (size_t i = 0; i < b->n_shapes; i++) {
        if (b->shape_used[i]) continue;
        rq_buf known = {0};
        for (size_t p = 0; p < b->bound->n_parameters; p++)
            rq_buf_printf(&known, "%s'%s'", p ? ", " : "",
                          b->bound->graph->nodes[b->bound->parameters[p]]->name);
        rq_status status =
            rq_fail(RQ_EARG, "%s: --shape names '%s', but the inputs are %s", b->bound->graph->path,
                    b->shapes[i].name, known.data ? known.data : "none");
        rq_buf_free(&known);
        return status;
    }
    return RQ_OK;
}

/* Scales and zero points of weights, say: kept for those who look behind a constant. */
#define SMALL_FOLDED 65536 /* bytes */

/* Large folded values that only other folded nodes read have served their purpose. */
static rq_status drop_folded(rq_bound *bound)
{
    rq_uses uses;
    RQ_TRY(rq_uses_create(&uses, bound->graph));
    for (rq_id v = 0; v < bound->graph->n_values; v++) {
        if (!bound->folded_data[v]) continue;
        bool needed = rq_tensor_bytes(&bound->values[v]) <= SMALL_FOLDED;
        for (uint32_t u = uses.first[v]; u < uses.first[v + 1]; u++)
            needed |= !bound->nodes[uses.uses[u].node].folded;
        if (needed) continue;
        free(bound->folded_data[v]);
        bound->folded_data[v] = NULL;
        bound->values[v].data = NULL;
    }
    rq_uses_free(&uses);
    return RQ_OK;
}

static rq_status bind_graph(binder *b)
{
    rq_bound *bound = b->bound;
    const rq_graph *graph = bound->graph;
    RQ_TRY(rq_arena_create(&bound->arena));
    RQ_TRY(make_room(b, graph));
    RQ_TRY(rq_graph_topo_order(&bound->order, &bound->n_order, graph));
    RQ_TRY(rq_graph_list(&bound->parameters, &bound->n_parameters, graph, "Parameter"));
    RQ_TRY(rq_graph_list(&bound->results, &bound->n_results, graph, "Result"));
    RQ_TRY(rq_calloc(&bound->nodes, graph->n_nodes, sizeof *bound->nodes, "bound nodes"));
    RQ_TRY(rq_calloc(&bound->values, graph->n_values, sizeof *bound->values, "bound values"));
    RQ_TRY(rq_calloc(&bound->folded_data, graph->n_values, sizeof *bound->folded_data,
                     "folded constants"));
    for (size_t i = 0; i < bound->n_order; i++) RQ_TRY(bind_node(b, graph->nodes[bound->order[i]]));
    RQ_TRY(check_shapes_used(b));
    return drop_folded(bound);
}

rq_status rq_bind(rq_bound **out, const rq_graph *graph, const rq_input_shape *shapes, size_t n)
{
    *out = NULL;
    RQ_TRY(check_operators(graph));
    rq_bound *bound;
    RQ_TRY(rq_calloc(&bound, 1, sizeof *bound, "a bound graph"));
    bound->graph = graph;
    binder b = {.bound = bound, .shapes = shapes, .n_shapes = n};
    rq_status status = bind_graph(&b);
    if (status != RQ_OK) {
        rq_bound_destroy(&bound);
        return status;
    }
    *out = bound;
    return RQ_OK;
}

void rq_bound_destroy(rq_bound **bound)
{
    rq_bound *b = bound ? *bound : NULL;
    if (!b) return;
    if (b->folded_data)
        for (size_t v = 0; v < b->graph->n_values; v++) free(b->folded_data[v]);
    free(b->folded_data);
    free(b->values);
    free(b->nodes);
    free(b->order);
    free(b->parameters);
    free(b->results);
    rq_arena_destroy(&b->arena);
    free(b);
    *bound = NULL;
}

rq_status rq_input_shape_parse(rq_input_shape *out, const char *text, rq_arena *arena)
{
    const char *open = strchr(text, '[');
    size_t length = strlen(text), n = 0;
    int64_t dims[RQ_MAX_RANK];
    if (!open || open == text || text[length - 1] != ']')
        return rq_fail(RQ_EARG, "--shape %s: expected NAME[d,d,...], such as x[1,3,640,640]", text);
    char *name = rq_arena_strndup(arena, text, (size_t)(open - text));
    char *list = rq_arena_strndup(arena, open + 1, length - (size_t)(open - text) - 2);
    if (!name || !list) return RQ_ENOMEM;
    if (!rq_parse_i64_list(list, dims, RQ_MAX_RANK, &n))
        return rq_fail(RQ_EARG, "--shape %s: expected up to %d integers between [ and ]", text,
                       RQ_MAX_RANK);
    out->name = name;
    out->shape = rq_shape_make((int)n, dims);
    return rq_shape_check(&out->shape, false, text);
}
