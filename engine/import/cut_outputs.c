/* Choosing outputs, and what they need. */
#include "engine/import/cut.h"
#include "engine/import/cut_find.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/kept_nodes.h"

#include <stdlib.h>
#include <string.h>

/* -- outputs --------------------------------------------------------------------------------- */

/* Values that a cut names: *n of node->out or one of node->in. */
static rq_status outputs_of(const char ***names, size_t *n, const rq_framework_model *source,
                            const rq_cut *cut)
{
    size_t output;
    rq_framework_node *node = rq_cut_find_node(source, cut->name);
    *n = 1;
    if (!node && cut->in_port < 0 && (node = rq_cut_find_producer(source, cut->name, &output))) {
        *names = &node->out[output];
        return RQ_OK;
    }
    if (!node) return rq_cut_no_such_name(source, cut->name);
    if (cut->in_port >= 0) {
        if ((size_t)cut->in_port >= node->n_in)
            return rq_cut_no_such_port(source, node, "input", cut->in_port, node->n_in);
        *names = &node->in[cut->in_port];
        return RQ_OK;
    }
    if (cut->out_port >= 0 && (size_t)cut->out_port >= node->n_out)
        return rq_cut_no_such_port(source, node, "output", cut->out_port, node->n_out);
    *names = cut->out_port >= 0 ? &node->out[cut->out_port] : node->out;
    if (cut->out_port < 0) *n = node->n_out;
    return RQ_OK;
}

rq_status rq_cut_outputs(rq_framework_model *source, const rq_cut_list *cuts)
{
    const char **names;
    size_t n, total = 0;
    for (size_t i = 0; i < cuts->n; i++) {
        RQ_TRY(outputs_of(&names, &n, source, &cuts->v[i]));
        total += n;
    }
    rq_framework_value *outputs =
        rq_arena_alloc(source->arena, rq_framework_model_room(total), sizeof *outputs);
    if (!outputs) return RQ_ENOMEM;
    total = 0;
    for (size_t i = 0; i < cuts->n; i++) {
        RQ_TRY(outputs_of(&names, &n, source, &cuts->v[i]));
        for (size_t k = 0; k < n; k++)
            if (names[k][0])
                outputs[total++] = (rq_framework_value){.name = names[k],
                                                        .tensor = rq_cut_hint_of(source, names[k])};
    }
    source->outputs = outputs;
    source->n_outputs = total;
    return RQ_OK;
}

rq_status rq_cut_batch(rq_framework_model *source, int64_t batch)
{
    for (size_t i = 0; i < source->n_inputs; i++) {
        rq_shape *shape = &source->inputs[i].tensor.shape;
        if (shape->rank > 0) shape->d[0] = batch;
    }
    return RQ_OK;
}

rq_status rq_cut_require_static(const rq_framework_model *source)
{
    char text[RQ_SHAPE_TEXT];
    for (size_t i = 0; i < source->n_inputs; i++) {
        const rq_shape *shape = &source->inputs[i].tensor.shape;
        if (!rq_shape_is_static(shape))
            return rq_fail(RQ_EARG, "%s: input '%s' has shape %s; give --input_shape or --batch",
                           source->path, source->inputs[i].name, rq_shape_text(shape, text));
    }
    return RQ_OK;
}

/* -- what no output needs -------------------------------------------------------------------- */

/* Walks from values to what gives them. */
typedef struct needs {
    const rq_framework_model *source;
    rq_map *producers; /* of values: nodes, then inputs behind them */
    bool *needed;      /* the same */
    rq_kept_nodes kept;
    uint32_t *stack;
    size_t n_stack;
} needs;

static void need(needs *n, const char *name)
{
    uint32_t at = rq_map_get(n->producers, name);
    if (at == RQ_NONE || n->needed[at]) return;
    n->needed[at] = true;
    n->stack[n->n_stack++] = at;
}

static void need_of_graph(needs *n, const rq_framework_model *graph)
{
    for (size_t i = 0; i < graph->n_outputs; i++) need(n, graph->outputs[i].name);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_framework_node *node = &graph->nodes[i];
        for (size_t k = 0; k < node->n_in; k++) need(n, node->in[k]);
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH) need_of_graph(n, node->attrs[a].graph);
    }
}

static void need_of_node(needs *n, const rq_framework_node *node)
{
    for (size_t k = 0; k < node->n_in; k++) need(n, node->in[k]);
    for (size_t a = 0; a < node->n_attrs; a++)
        if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH) need_of_graph(n, node->attrs[a].graph);
}

static rq_status index_values(needs *n)
{
    const rq_framework_model *s = n->source;
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; k < s->nodes[i].n_out; k++)
            if (s->nodes[i].out[k][0])
                RQ_TRY(rq_map_put(n->producers, s->nodes[i].out[k], (uint32_t)i));
    for (size_t i = 0; i < s->n_inputs; i++)
        RQ_TRY(rq_map_put(n->producers, s->inputs[i].name, (uint32_t)(s->n_nodes + i)));
    return RQ_OK;
}

static void need_kept(needs *n, uint32_t node)
{
    for (uint32_t i = n->kept.first[node]; i != RQ_NONE; i = n->kept.next[i]) {
        if (n->needed[i]) continue;
        n->needed[i] = true;
        n->stack[n->n_stack++] = i;
    }
}

/* From the outputs back. */
static rq_status mark_needed(needs *n)
{
    const rq_framework_model *s = n->source;
    RQ_TRY(index_values(n));
    RQ_TRY(rq_kept_nodes_open(&n->kept, s, n->producers));
    for (size_t i = 0; i < s->n_outputs; i++) need(n, s->outputs[i].name);
    while (n->n_stack) {
        uint32_t at = n->stack[--n->n_stack];
        if (at >= s->n_nodes) continue;
        need_of_node(n, &s->nodes[at]);
        need_kept(n, at);
    }
    return RQ_OK;
}

static void drop_inputs(rq_framework_model *source, const bool *needed, rq_buf *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->n_inputs; i++) {
        if (needed[source->n_nodes + i]) {
            source->inputs[kept++] = source->inputs[i];
            continue;
        }
        rq_buf_visible(dropped, source->inputs[i].name);
        rq_buf_append(dropped, "\n");
    }
    source->n_inputs = kept;
}

rq_status rq_cut_drop_unused(rq_framework_model *source, rq_buf *dropped)
{
    needs n = {.source = source};
    size_t room = source->n_nodes + source->n_inputs;
    rq_status status = rq_calloc(&n.needed, room, sizeof *n.needed, "nodes");
    if (status == RQ_OK) status = rq_calloc(&n.stack, room, sizeof *n.stack, "nodes");
    if (status == RQ_OK) status = rq_map_create(&n.producers);
    if (status == RQ_OK) status = mark_needed(&n);
    if (status == RQ_OK) drop_inputs(source, n.needed, dropped);
    rq_kept_nodes_close(&n.kept);
    rq_map_destroy(&n.producers);
    free(n.stack);
    free(n.needed);
    return status;
}
