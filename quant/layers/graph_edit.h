/* Small edits of a graph that quantization is made of. New nodes get shapes and dtypes. */
#ifndef RQ_QUANT_LAYERS_GRAPH_EDIT_H
#define RQ_QUANT_LAYERS_GRAPH_EDIT_H

#include "engine/ir/graph.h"

/* A Const of f32 named "<prefix>/<name>". */
rq_status rq_graph_edit_const_f32(rq_id *value, rq_graph *graph, const char *prefix,
                                  const char *name, const rq_shape *shape, const float *data);

/* A node of one output of the given dtype and shape, its inputs connected. */
rq_status rq_graph_edit_node(rq_node **out, rq_graph *graph, const char *name, const char *type,
                             const char *version, const rq_id *in, uint32_t n_in, rq_dtype dtype,
                             const rq_shape *shape);

/* 1 everywhere but on `axis`. */
rq_shape rq_graph_edit_axis_shape(int rank, int axis, size_t n);

#endif
