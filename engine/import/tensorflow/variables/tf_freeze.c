#include "engine/import/tensorflow/variables/tf_bundle.h"

#include <string.h>

static bool is_variable(const Tf__NodeDef *def)
{
    return !strcmp(def->op, "VarHandleOp") || !strcmp(def->op, "VariableV2") ||
           !strcmp(def->op, "Variable");
}

/* What the checkpoint calls the variable: its shared name, or the node's. */
static const char *variable_name(rq_arena *arena, const Tf__NodeDef *def)
{
    const Tf__AttrValue *shared = rq_tf_find_attr(def, "shared_name");
    if (!shared || !shared->has_s || !shared->s.len) return def->name;
    return rq_arena_strndup(arena, (const char *)shared->s.data, shared->s.len);
}

static rq_status freeze_variable(rq_tf_graph *graph, rq_tf_node *node, rq_tf_bundle *bundle)
{
    const rq_tensor *value;
    const char *name = variable_name(graph->arena, node->def);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_tf_bundle_find(&value, bundle, name));
    if (value) node->value = *value;
    return RQ_OK;
}

static rq_status freeze_all(rq_tf_graph *graph, rq_tf_bundle *bundle)
{
    RQ_TRY(rq_tf_restore_variables(graph, bundle));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_tf_node *node = &graph->nodes[i];
        if (is_variable(node->def) && !node->value.data)
            RQ_TRY(freeze_variable(graph, node, bundle));
    }
    RQ_TRY(rq_tf_freeze_keras_variables(graph, bundle));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_tf_node *node = &graph->nodes[i];
        if (strcmp(node->def->op, "ReadVariableOp") || node->n_in != 1) continue;
        if (!graph->nodes[node->in[0].node].value.data) continue;
        node->results = node->in;
        node->n_results = 1;
    }
    return rq_tf_graph_resolve_all(graph);
}

rq_status rq_tf_freeze(rq_tf_graph *graph, rq_framework_model *source, const char *checkpoint)
{
    rq_tf_bundle bundle;
    rq_status status = rq_tf_bundle_open(&bundle, graph, source, checkpoint);
    if (status == RQ_OK) status = freeze_all(graph, &bundle);
    rq_tf_bundle_close(&bundle);
    return status;
}
