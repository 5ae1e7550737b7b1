/* Whose names layers bear: what tests of import and preparation share. */
#ifndef RQ_TESTS_LAYER_NAMES_H
#define RQ_TESTS_LAYER_NAMES_H

#include "tests/unit/import_run.h"

#include "engine/ops/bind.h"

static inline bool layer_computes(const rq_node *node)
{
    const rq_op *op = node ? rq_op_find(node->type) : NULL;
    return op && op->weights != RQ_WEIGHTS_NONE;
}

/* A node of the framework's model of that name. */
static inline bool framework_names(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_nodes; i++)
        if (!strcmp(source->nodes[i].name, name)) return true;
    return false;
}

/* Convolutions and products bear names of the framework's nodes; gives how many there are. */
static inline size_t check_layer_names(const rq_graph *graph, const rq_framework_model *source,
                                       const char *what)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!layer_computes(node)) continue;
        if (!framework_names(source, node->name))
            fail_msg("%s: %s '%s' is no name of the framework", what, node->type, node->name);
        n++;
    }
    return n;
}

#endif
