/* Layers by the part of their name that tables and cards show (reports/short_names.h). */
#ifndef RQ_QUANT_PLACEMENT_SHOWN_NAME_H
#define RQ_QUANT_PLACEMENT_SHOWN_NAME_H

#include "engine/ir/graph.h"

/* *layer: the one whose name ends in `shown`, or has it before at most two last parts such as
 * "/Conv"; of several that which has weights, then that which computes at all. NULL: there is none.
 * RQ_EARG, with their names, where several remain. */
rq_status rq_shown_name_find(const rq_node **layer, const rq_graph *graph, const char *shown);

#endif
