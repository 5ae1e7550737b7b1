#include "engine/import/tensorflow/graph/tf_ends.h"

#include <stdlib.h>
#include <string.h>

/* Marks what the node needs, on a stack of its own: graphs are deep, and may be circles. */
static void mark_needed(rq_tf_graph *graph, uint32_t start, uint32_t *stack)
{
    size_t n = 0;
    if (graph->nodes[start].needed) return;
    graph->nodes[start].needed = true;
    stack[n++] = start;
    while (n) {
        const rq_tf_node *node = &graph->nodes[stack[--n]];
        for (uint32_t k = 0; k < rq_tf_count_reads(graph, node); k++) {
            uint32_t producer = rq_tf_read(graph, node, k)->node;
            if (graph->nodes[producer].needed) continue;
            graph->nodes[producer].needed = true;
            stack[n++] = producer;
        }
    }
}

static rq_status take_signature(rq_tf_graph *graph, const Tf__SignatureDef *signature)
{
    graph->outputs = rq_arena_alloc(graph->arena, signature->n_outputs, sizeof *graph->outputs);
    if (!graph->outputs) return RQ_ENOMEM;
    for (size_t i = 0; i < signature->n_outputs; i++) {
        const Tf__TensorInfoEntry *entry = signature->outputs[i];
        rq_tf_port port;
        if (!entry->key || !entry->value || !entry->value->name)
            return rq_fail(RQ_EFORMAT, "%s: output %zu of the signature names no tensor",
                           graph->path, i);
        RQ_TRY(rq_tf_graph_find(&port, graph, entry->value->name));
        RQ_TRY(rq_tf_graph_resolve(&port, graph));
        if (graph->nodes[port.node].region)
            return rq_fail(RQ_EUNSUPPORTED, "%s: output '%s' is inside of a loop or a branch",
                           graph->path, entry->key);
        graph->outputs[graph->n_outputs++] = (rq_tf_output){entry->key, entry->value->name, port};
    }
    return RQ_OK;
}

/* Roots of what is kept beside the outputs: whatever --output may name. */
static void mark_all(rq_tf_graph *graph, uint32_t *stack)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        if (!node->results && !node->region && !rq_tf_has_only_effects(node->def->op) &&
            !rq_tf_is_text(graph, (uint32_t)i))
            mark_needed(graph, (uint32_t)i, stack);
    }
}

rq_status rq_tf_choose_outputs(rq_tf_graph *graph)
{
    uint32_t *stack;
    RQ_TRY(graph->signature ? take_signature(graph, graph->signature) : rq_tf_take_ends(graph));
    if (!graph->n_outputs && !graph->whole)
        return rq_fail(RQ_EFORMAT, "%s: no output: no node depends on an input", graph->path);
    stack = rq_arena_alloc(graph->arena, graph->n_nodes, sizeof *stack);
    if (!stack) return RQ_ENOMEM;
    for (size_t i = 0; i < graph->n_outputs; i++)
        mark_needed(graph, graph->outputs[i].port.node, stack);
    if (graph->whole) mark_all(graph, stack);
    return RQ_OK;
}
