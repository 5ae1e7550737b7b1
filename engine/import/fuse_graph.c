#include "engine/import/fuse_graph.h"

#include "engine/import/op_mapping.h"

#include <stdlib.h>

static uint64_t bytes_of_constants(const rq_graph *graph)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) bytes += graph->nodes[i]->data_bytes;
    return bytes;
}

rq_status rq_fuse_graph(size_t *n_changes, rq_graph *graph, const rq_pass_choice *choice)
{
    const rq_framework_model nothing = {.path = graph->path, .arena = graph->arena};
    rq_ir_builder b = {0};
    rq_pass p = {0};
    rq_status status = rq_ir_builder_begin(&b, &nothing, NULL, graph);
    b.fold_budget = rq_fold_budget(bytes_of_constants(graph));
    if (status == RQ_OK) rq_ir_builder_adopt(&b);
    if (status == RQ_OK) status = b.status;
    if (status == RQ_OK) status = rq_passes_run(&p, &b, choice);
    *n_changes = p.n_fused;
    free(p.fused);
    rq_ir_builder_end(&b);
    return status;
}
