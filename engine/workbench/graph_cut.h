/* A part of a graph, to be run by itself: from values that are known to what is computed of them.
 */
#ifndef RQ_WORKBENCH_GRAPH_CUT_H
#define RQ_WORKBENCH_GRAPH_CUT_H

#include "engine/exec/exec.h"

typedef struct rq_graph_cut_options {
    const rq_bound *bound; /* of the original */
    const uint8_t *wanted; /* by node id of the original: is kept */
    const uint8_t *border; /* by value id of the original: is known; see may_be_border */
} rq_graph_cut_options;

/* Whether a value may become an input of a cut graph: computed from the inputs, of a known shape.
 */
bool rq_graph_cut_may_be_border(const rq_bound *bound, rq_id value);

/* Keeps of `graph`, a clone of the original that may have been edited, what is wanted and what that
 * is computed from, up to the border, whose values become Parameters, of any dimensions where the
 * original has dynamic inputs: (*values)[i] is the value id, in the original, of model input i;
 * malloc'd. */
rq_status rq_graph_cut(rq_graph *graph, rq_id **values, size_t *n_values,
                       const rq_graph_cut_options *options);

/* Planned for the shapes that the original is bound to; inputs of others are planned for as they
 * come. `exec`: but for its shapes. */
rq_status rq_graph_cut_model(rq_model **out, const rq_graph *graph, const rq_id *values,
                             size_t n_values, const rq_bound *bound, const rq_exec_options *exec);

#endif
