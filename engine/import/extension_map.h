/* Operators of extensions (engine/ops/extension.h) among those of a framework's model. */
#ifndef RQ_IMPORT_EXTENSION_MAP_H
#define RQ_IMPORT_EXTENSION_MAP_H

#include "engine/base/text.h"
#include "engine/import/op_mapping.h"

/* The loaded operator that b->node is mapped to; NULL: there is none. They come before the
 * framework's own: the user named them. */
const rq_op *rq_map_find_extension(rq_ir_builder *b);
/* Maps b->node to it: the same inputs, of which Caffe's bottoms come before its blobs, and its
 * attributes, with their defaults where the model has none. */
void rq_map_extension(rq_ir_builder *b, const rq_op *op);

/* The attribute as an IR's <data> has it, appended; false of tensors and graphs, for which that has
 * no form. */
bool rq_map_attr_text(rq_buf *out, const rq_framework_attr *attr);

/* Says in the graph's rt_info which library each such layer needs. */
rq_status rq_map_name_extensions(rq_graph *graph);

#endif
