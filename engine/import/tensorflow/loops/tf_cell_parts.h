/* Looking for a cell in a body. Private to tf_cell*.c. */
#ifndef RQ_IMPORT_TENSORFLOW_TF_CELL_PARTS_H
#define RQ_IMPORT_TENSORFLOW_TF_CELL_PARTS_H

#include "engine/import/tensorflow/loops/tf_cell.h"

#include <string.h>

typedef struct rq_tf_cell_search {
    const rq_tf_steps *steps;
    const rq_graph *graph; /* the body's */
    rq_tf_affine_bases bases;
    rq_id ended; /* condition of steps behind a sequence's end; RQ_NONE: none so far */
    rq_id new_h, new_c;
} rq_tf_cell_search;

static inline const rq_node *rq_tf_cell_node(const rq_tf_cell_search *s, rq_id value)
{
    return rq_value_producer(s->graph, value);
}

static inline bool rq_tf_cell_is(const rq_node *node, const char *type)
{
    return !strcmp(node->type, type);
}

/* *out is a value, or, where the step selects by s->ended, what it is before a sequence's end.
 * `kept`: what it has to be behind it; RQ_NONE: anything. Sets s->ended; false for another one. */
bool rq_tf_cell_strip_ended(rq_tf_cell_search *s, rq_id value, rq_id kept, rq_id *out);
/* Each item is h', behind a sequence's end 0. */
bool rq_tf_cell_find_items(rq_tf_cell_search *s);
/* cell->lengths of a condition "trip >= lengths". */
bool rq_tf_cell_find_lengths(const rq_tf_cell_search *s, rq_tf_cell *cell);

#endif
