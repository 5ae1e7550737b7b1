#include "engine/import/tensorflow/graph/tf_ends.h"

#include "engine/base/text.h"

#include <string.h>

static bool is_one_of(const char *op, const char *const *ops)
{
    for (; *ops; ops++)
        if (!strcmp(op, *ops)) return true;
    return false;
}

static bool begins_with_one_of(const char *op, const char *const *beginnings)
{
    for (; *beginnings; beginnings++)
        if (rq_starts_with(op, *beginnings)) return true;
    return false;
}

/* What a variable becomes in training. */
static bool trains(const char *op)
{
    static const char *const beginnings[] = {"Apply",  "ResourceApply",   "SparseApply",
                                             "Assign", "ResourceScatter", NULL};
    static const char *const ops[] = {"ScatterAdd", "ScatterSub", "ScatterUpdate", NULL};
    return begins_with_one_of(op, beginnings) || is_one_of(op, ops);
}

/* Checkpoints, data sets, queues, tables. */
static bool is_of_files(const char *op)
{
    static const char *const beginnings[] = {
        "Save",       "Restore",   "MergeV2Checkpoints", "ShardedFilename", "QueueEnqueue",
        "QueueClose", "QueueSize", "MakeIterator",       "InitializeTable", NULL};
    static const char *const endings[] = {"Summary",   "SummaryV2",  "Dataset",
                                          "DatasetV2", "QueueV2",    "Queue",
                                          "Iterator",  "IteratorV2", NULL};
    for (const char *const *p = endings; *p; p++)
        if (rq_ends_with(op, *p)) return true;
    return begins_with_one_of(op, beginnings);
}

bool rq_tf_has_only_effects(const char *op)
{
    static const char *const ops[] = {"NoOp",
                                      "Assert",
                                      "PrintV2",
                                      "Const",
                                      "VarHandleOp",
                                      "VariableV2",
                                      "Variable",
                                      "CheckNumerics",
                                      "VarIsInitializedOp",
                                      "IsVariableInitialized",
                                      NULL};
    return is_one_of(op, ops) || rq_tf_is_source(op) || trains(op) || is_of_files(op);
}

bool rq_tf_is_source(const char *op)
{
    return rq_starts_with(op, "Placeholder") || rq_starts_with(op, "QueueDequeue") ||
           !strcmp(op, "IteratorGetNext");
}

bool rq_tf_is_text(const rq_tf_graph *graph, uint32_t node)
{
    const Tf__NodeDef *def = graph->nodes[node].def;
    const Tf__AttrValue *type = rq_tf_find_attr(def, "T");
    if (!type) type = rq_tf_find_attr(def, "dtype");
    return rq_starts_with(def->op, "String") || (type && rq_tf_dtype(type->type) == RQ_DT_STRING);
}

static bool is_const(const rq_tf_node *node)
{
    return !strcmp(node->def->op, "Const");
}

/* live[i]: an input leads to node i, not by way of a file. Repeats while something changes: graphs
 * are mostly sorted, so that a few rounds do. */
static void find_live(const rq_tf_graph *graph, bool *live)
{
    bool changed = true;
    for (size_t i = 0; i < graph->n_nodes; i++)
        live[i] = rq_tf_is_source(graph->nodes[i].def->op) && !graph->nodes[i].value.data;
    for (int round = 0; changed && round < 100; round++) {
        changed = false;
        for (size_t i = 0; i < graph->n_nodes; i++) {
            const rq_tf_node *node = &graph->nodes[i];
            bool ends = live[i] || is_of_files(node->def->op);
            for (uint32_t k = 0; !ends && k < rq_tf_count_reads(graph, node); k++)
                if (live[rq_tf_read(graph, node, k)->node]) ends = live[i] = changed = true;
        }
    }
}

/* Does its value change from run to run, or belong to training? */
static bool is_stateful(const rq_tf_node *node)
{
    static const char *const beginnings[] = {
        "Variable",        "VarHandle", "ReadVariable", "Restore", "Save", "Random",
        "StatelessRandom", "Iterator",  "Queue",        "Assign",  NULL};
    const Tf__AttrValue *value = rq_tf_find_attr(node->def, "value");
    for (const char *const *p = beginnings; *p; p++)
        if (!strncmp(node->def->op, *p, strlen(*p))) return true;
    bool text = value && value->tensor && rq_dtype_bits(rq_tf_dtype(value->tensor->dtype)) < 8;
    return text || node->value.data || rq_tf_has_only_effects(node->def->op) != is_const(node);
}

/* fixed[i]: node i is computed from constants alone. */
static void find_fixed(const rq_tf_graph *graph, bool *fixed)
{
    bool changed = true;
    for (size_t i = 0; i < graph->n_nodes; i++) fixed[i] = !is_stateful(&graph->nodes[i]);
    while (changed) {
        changed = false;
        for (size_t i = 0; i < graph->n_nodes; i++) {
            const rq_tf_node *node = &graph->nodes[i];
            bool all = fixed[i];
            for (uint32_t k = 0; all && k < rq_tf_count_reads(graph, node); k++)
                all = fixed[rq_tf_read(graph, node, k)->node];
            changed |= all != fixed[i];
            fixed[i] = all;
        }
    }
}

/* read[i]: node i is not an end. What only observes (a summary, a check) leaves it one; what it
 * trains does not. */
static void find_read(const rq_tf_graph *graph, bool *read)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        if (node->results || (rq_tf_has_only_effects(node->def->op) && !trains(node->def->op)))
            continue;
        for (uint32_t k = 0; k < rq_tf_count_reads(graph, node); k++)
            read[rq_tf_read(graph, node, k)->node] = true;
    }
}

/* tf.gradients has a scope of its own, where those of inputs end. */
static bool is_gradient(const char *name)
{
    return rq_starts_with(name, "gradients/") || rq_starts_with(name, "gradients_");
}

/* inside[i]: node i computes in a loop or in a function's branch, whether something needs it or
 * not. */
static void find_inside(const rq_tf_graph *graph, bool *inside)
{
    bool changed = true;
    for (size_t i = 0; i < graph->n_nodes; i++) inside[i] = graph->nodes[i].region != 0;
    for (int round = 0; changed && round < 100; round++) {
        changed = false;
        for (size_t i = 0; i < graph->n_nodes; i++) {
            const rq_tf_node *node = &graph->nodes[i];
            for (uint32_t k = 0; !inside[i] && k < node->n_in; k++)
                if (inside[node->in[k].node]) inside[i] = changed = true;
        }
    }
}

/* What tells which way a loop or a condition goes. */
static bool is_switch(const rq_tf_node *node)
{
    return rq_tf_is_op(node, "Switch") || !strcmp(node->def->op, "_SwitchN");
}

static bool is_part_of_control(const rq_tf_graph *graph, const rq_tf_node *node)
{
    if (node->made || is_switch(node)) return true;
    return !strcmp(node->def->op, "Identity") && node->n_in == 1 &&
           is_switch(&graph->nodes[node->in[0].node]);
}

/* What a loop of TensorFlow 1 leaves behind in a state. */
static bool is_exit(const rq_tf_graph *graph, const rq_tf_node *node)
{
    return !strcmp(node->def->op, "Identity") && node->n_in == 1 &&
           graph->nodes[node->in[0].node].made;
}

/* States that nobody reads are the model's outputs only where there are no others. */
static void drop_exits(rq_tf_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_outputs; i++)
        if (!is_exit(graph, &graph->nodes[graph->outputs[i].port.node]))
            graph->outputs[n++] = graph->outputs[i];
    if (n) graph->n_outputs = n;
}

rq_status rq_tf_take_ends(rq_tf_graph *graph)
{
    bool *read = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    bool *live = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    bool *fixed = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    bool *inside = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    graph->outputs = rq_arena_alloc(graph->arena, graph->n_nodes, sizeof *graph->outputs);
    if (!read || !live || !fixed || !inside || !graph->outputs) return RQ_ENOMEM;
    find_live(graph, live);
    find_fixed(graph, fixed);
    find_read(graph, read);
    find_inside(graph, inside);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        if (read[i] || node->results || rq_tf_has_only_effects(node->def->op)) continue;
        if (rq_tf_is_text(graph, (uint32_t)i) || is_gradient(node->name)) continue;
        if (inside[i] || is_part_of_control(graph, node) || (!live[i] && !fixed[i])) continue;
        graph->outputs[graph->n_outputs++] = (rq_tf_output){node->name, NULL, {(uint32_t)i, 0}};
    }
    drop_exits(graph);
    return RQ_OK;
}
