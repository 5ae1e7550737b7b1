/* What targets do with a graph that was read: bind it and run it once. */
#ifndef RQ_TESTS_FUZZ_RUN_GRAPH_H
#define RQ_TESTS_FUZZ_RUN_GRAPH_H

#include "engine/ir/graph.h"

/* On both of requant's backends, inputs of 1 for every dynamic size; nothing where values would
 * need more than some MB, or where the graph does not bind. */
void fuzz_run_graph(const rq_graph *graph);

#endif
