/* Outputs and inputs of graphs that name none. Private to tf_*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_ENDS_H
#define RQ_IMPORT_TENSORFLOW_TF_ENDS_H

#include "engine/import/tensorflow/graph/tf_graph.h"

/* Operators that no model ends in, though nothing may read them: of training, files, pipelines. */
bool rq_tf_has_only_effects(const char *op);
/* Is the node's value text, such as a file's name? */
bool rq_tf_is_text(const rq_tf_graph *graph, uint32_t node);
/* Operators that bring an input from outside: placeholders, and what takes from queues and data
 * sets. */
bool rq_tf_is_source(const char *op);

/* The graph's outputs are the nodes that no other reads and that depend on an input, or on
 * constants alone. */
rq_status rq_tf_take_ends(rq_tf_graph *graph);

#endif
