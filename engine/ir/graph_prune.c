/* Removing what nothing needs. */
#include "engine/base/mem.h"
#include "engine/ir/graph_build.h"

#include <stdlib.h>
#include <string.h>

static bool is_always_live(const rq_node *node)
{
    return node->n_out == 0 || strcmp(node->type, "Parameter") == 0 ||
           strcmp(node->type, "Result") == 0 || strcmp(node->type, "Assign") == 0;
}

/* Marks what the nodes on the stack need. needed[] entries are set when a node is stacked, so
 * each is stacked once at most. */
static void mark_needed(const rq_graph *graph, bool *needed, rq_id *stack, size_t depth)
{
    while (depth > 0) {
        const rq_node *node = graph->nodes[stack[--depth]];
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (node->in[k] == RQ_NONE) continue;
            rq_id producer = graph->values[node->in[k]]->producer;
            if (needed[producer]) continue;
            needed[producer] = true;
            stack[depth++] = producer;
        }
    }
}

static void prune_with(rq_graph *graph, bool *needed, rq_id *stack)
{
    size_t depth = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (!graph->nodes[i] || !is_always_live(graph->nodes[i])) continue;
        needed[i] = true;
        stack[depth++] = (rq_id)i;
    }
    mark_needed(graph, needed, stack, depth);
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && !needed[i]) rq_graph_drop_node(graph, graph->nodes[i]);
}

rq_status rq_graph_prune(rq_graph *graph)
{
    bool *needed = NULL;
    rq_id *stack = NULL;
    rq_status status = rq_calloc(&needed, graph->n_nodes, sizeof *needed, "pruning");
    if (status == RQ_OK) status = rq_calloc(&stack, graph->n_nodes, sizeof *stack, "pruning");
    if (status == RQ_OK) prune_with(graph, needed, stack);
    free(needed);
    free(stack);
    return status;
}
