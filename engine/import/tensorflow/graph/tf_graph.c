#include "engine/import/tensorflow/graph/tf_graph.h"

#include "engine/base/text.h"
#include "engine/import/tensorflow/graph/tf_input_text.h"

#include <stdlib.h>
#include <string.h>

const Tf__AttrValue *rq_tf_find_attr(const Tf__NodeDef *def, const char *name)
{
    for (size_t i = 0; i < def->n_attr; i++)
        if (def->attr[i]->key && def->attr[i]->value && !strcmp(def->attr[i]->key, name))
            return def->attr[i]->value;
    return NULL;
}

bool rq_tf_is_op(const rq_tf_node *node, const char *op)
{
    const char *own = node->def->op;
    return !strcmp(own, op) || (rq_starts_with(own, "Ref") && !strcmp(own + 3, op));
}

rq_status rq_tf_graph_open(rq_tf_graph *graph, const Tf__GraphDef *def)
{
    RQ_TRY(rq_map_create(&graph->names));
    RQ_TRY(rq_tf_add_graph(graph, def));
    rq_status status = rq_tf_expand_calls(graph);
    if (status == RQ_OK) status = rq_tf_graph_resolve_all(graph);
    if (status == RQ_OK) status = rq_tf_join_branches(graph); /* those inside of loops */
    if (status == RQ_OK && !graph->keep_loops) {
        status = rq_tf_find_loops(graph);
        if (status == RQ_OK) status = rq_tf_join_branches(graph); /* those around loops */
    }
    rq_tf_cut_loops(graph);
    return status == RQ_OK && !graph->keep_loops ? rq_tf_find_invariants(graph) : status;
}

void rq_tf_graph_close(rq_tf_graph *graph)
{
    rq_map_destroy(&graph->names);
    rq_map_destroy(&graph->functions);
    free(graph->nodes);
    free(graph->regions);
    graph->nodes = NULL;
    graph->regions = NULL;
}

rq_status rq_tf_graph_find(rq_tf_port *out, const rq_tf_graph *graph, const char *text)
{
    rq_tf_input_text parts;
    uint32_t i = rq_tf_split_input(&parts, text) ? rq_map_get(graph->names, parts.name) : RQ_NONE;
    if (i == RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: '%.64s' is not in the graph", graph->path, text);
    *out = (rq_tf_port){i, parts.output};
    return RQ_OK;
}

static rq_status next_result(rq_tf_port **next, const rq_tf_graph *graph, rq_tf_port at)
{
    const rq_tf_node *node = &graph->nodes[at.node];
    *next = node->results ? &node->results[at.output] : NULL;
    if (node->results && at.output >= node->n_results)
        return rq_fail(RQ_EFORMAT, "%s: node '%s' has no output %u", graph->path, node->name,
                       at.output);
    return RQ_OK;
}

rq_status rq_tf_graph_resolve(rq_tf_port *port, rq_tf_graph *graph)
{
    rq_tf_port end = *port, *next;
    for (size_t steps = 0;; steps++) {
        RQ_TRY(next_result(&next, graph, end));
        if (!next) break;
        if (steps > graph->n_nodes)
            return rq_fail(RQ_EFORMAT, "%s: node '%s' reads itself", graph->path,
                           graph->nodes[end.node].name);
        end = *next;
    }
    for (rq_tf_port at = *port; at.node != end.node;) { /* the next one gets there in a step */
        RQ_TRY(next_result(&next, graph, at));
        at = *next;
        *next = end;
    }
    *port = end;
    return RQ_OK;
}

rq_status rq_tf_graph_resolve_all(rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        for (size_t k = 0; k < graph->nodes[i].n_in; k++)
            RQ_TRY(rq_tf_graph_resolve(&graph->nodes[i].in[k], graph));
    RQ_TRY(rq_tf_resolve_regions(graph));
    for (size_t i = 0; i < graph->n_outputs; i++)
        RQ_TRY(rq_tf_graph_resolve(&graph->outputs[i].port, graph));
    return RQ_OK;
}
