/* The passes of import over a graph that is an IR already. */
#ifndef RQ_IMPORT_FUSE_GRAPH_H
#define RQ_IMPORT_FUSE_GRAPH_H

#include "engine/import/pass.h"

/* Rewrites the graph in place; layers that stay keep their names, inputs and outputs keep theirs.
 * Shapes become what inference says. *n_changes: how often a pass changed something. After a
 * failure the graph is of no use but to be destroyed. */
rq_status rq_fuse_graph(size_t *n_changes, rq_graph *graph, const rq_pass_choice *choice);

#endif
