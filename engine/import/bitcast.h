/* The same bits as numbers of another type, which the IR has no operator for. */
#ifndef RQ_IMPORT_BITCAST_H
#define RQ_IMPORT_BITCAST_H

#include "engine/import/ir_builder.h"

/* x's bits as numbers of that type: of constants any, of others between integers of 8 or of 16
 * bits. Where the types differ in size, parts of an element are a last axis. RQ_NONE, and the node
 * is marked as not mapped, for anything else. */
rq_id rq_emit_bitcast(rq_ir_builder *b, rq_id x, rq_dtype dtype);

#endif
