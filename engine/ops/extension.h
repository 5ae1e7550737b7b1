/* Operators of extensions: shared libraries that the user names (requant_extension.h).
 *
 * They belong to the process: loaded once, never unloaded, found by rq_op_find and rq_node_op like
 * the IR's own, by all threads. A library's code is trusted, its answers are checked. */
#ifndef RQ_OPS_EXTENSION_H
#define RQ_OPS_EXTENSION_H

#include "engine/ops/op.h"
#include "engine/ops/requant_extension.h"

/* Where an IR says which library a layer type came from: rq_graph_rt_info, the type behind it. */
#define RQ_EXTENSION_RT_INFO "requant/extensions/"

/* Loads the library at `path` (relative to the current folder), if that is not done yet. RQ_EIO: it
 * cannot be loaded; RQ_EUNSUPPORTED: it has no rq_extension, or one of another ABI; RQ_EFORMAT: its
 * table is wrong, or has an operator that there is already. */
rq_status rq_extension_load(const char *path);

/* The operator of this source ("onnx:com.example:HardShrink"), the first that there is; NULL: no
 * library has it. */
const rq_op *rq_extension_find_source(const char *source);

/* Of an operator that is found: */
const rq_x_op *rq_extension_row(const rq_op *op); /* NULL: it is none of an extension */
const char *rq_extension_path(const rq_op *op);   /* of its library, absolute; NULL likewise */

/* Paths of the loaded libraries, the last first; NULL past their end. */
const char *rq_extension_path_at(size_t i);
/* Whether the graph, or a body of it, has an operator of that library. */
bool rq_extension_is_used(const rq_graph *graph, const char *path);

#endif
