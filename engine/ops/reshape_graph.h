/* Making a graph's shapes static, as inferred for given inputs. */
#ifndef RQ_OPS_RESHAPE_GRAPH_H
#define RQ_OPS_RESHAPE_GRAPH_H

#include "engine/ops/bind.h"

/* Writes the bound shapes into `graph` (the bound graph or a clone of it): every value, and the
 * shape attribute of Parameters. Values whose shape depends on data keep what they had. */
rq_status rq_graph_make_static(rq_graph *graph, const rq_bound *bound);

#endif
