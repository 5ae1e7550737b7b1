/* Running products, which the IR has no operator for. */
#ifndef RQ_IMPORT_CUM_PROD_H
#define RQ_IMPORT_CUM_PROD_H

#include "engine/import/ir_builder.h"

/* Products of x's elements up to each along the axis, a constant. The node's `exclusive` leaves out
 * the element itself, its `reverse` begins at the end. RQ_NONE, and the node is marked as not
 * mapped or the builder failed, where the axis' size is not known. */
rq_id rq_emit_cum_prod(rq_ir_builder *b, rq_id x, rq_id axis);

#endif
