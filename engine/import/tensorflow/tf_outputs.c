#include "engine/import/tensorflow/tf_graph.h"

#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *op, const char *const *ops)
{
    for (; *ops; ops++)
        if (!strcmp(op, *ops)) return true;
    return false;
}

/* What no model ends in, though nothing may read it. */
static bool has_only_effects(const char *op)
{
    static const char *const ops[] = {"NoOp",
                                      "Assert",
                                      "Print",
                                      "PrintV2",
                                      "Placeholder",
                                      "Const",
                                      "VarHandleOp",
                                      "VariableV2",
                                      "Variable",
                                      "Assign",
                                      "AssignVariableOp",
                                      "AssignAdd",
                                      "AssignSub",
                                      "AssignAddVariableOp",
                                      "AssignSubVariableOp",
                                      "SaveV2",
                                      "RestoreV2",
                                      "ShardedFilename",
                                      "MergeV2Checkpoints",
                                      "ScalarSummary",
                                      "HistogramSummary",
                                      "ImageSummary",
                                      "MergeSummary",
                                      "AudioSummary",
                                      "TensorSummary",
                                      "TensorSummaryV2",
                                      "CheckNumerics",
                                      "VarIsInitializedOp",
                                      "IsVariableInitialized",
                                      "PlaceholderWithDefault",
                                      NULL};
    return is_one_of(op, ops);
}

/* Marks what the node needs, on a stack of its own: graphs are deep, and may be circles. */
static void mark_needed(rq_tf_graph *graph, uint32_t start, uint32_t *stack)
{
    size_t n = 0;
    if (graph->nodes[start].needed) return;
    graph->nodes[start].needed = true;
    stack[n++] = start;
    while (n) {
        const rq_tf_node *node = &graph->nodes[stack[--n]];
        for (uint32_t k = 0; k < node->n_in; k++) {
            rq_tf_node *producer = &graph->nodes[node->in[k].node];
            if (producer->needed) continue;
            producer->needed = true;
            stack[n++] = node->in[k].node;
        }
    }
}

static rq_status add_output(rq_tf_graph *graph, const char *name, rq_tf_port port)
{
    graph->outputs[graph->n_outputs++] = (rq_tf_output){name, port};
    return RQ_OK;
}

static rq_status take_signature(rq_tf_graph *graph, const Tf__SignatureDef *signature)
{
    graph->outputs = rq_arena_alloc(graph->arena, signature->n_outputs, sizeof *graph->outputs);
    if (!graph->outputs) return RQ_ENOMEM;
    for (size_t i = 0; i < signature->n_outputs; i++) {
        const Tf__TensorInfoEntry *entry = signature->outputs[i];
        rq_tf_port port;
        if (!entry->key || !entry->value || !entry->value->name)
            return rq_fail(RQ_EFORMAT, "%s: output %zu of the signature names no tensor",
                           graph->path, i);
        RQ_TRY(rq_tf_graph_find(&port, graph, entry->value->name));
        RQ_TRY(rq_tf_graph_resolve(&port, graph));
        RQ_TRY(add_output(graph, entry->key, port));
    }
    return RQ_OK;
}

static bool is_const(const rq_tf_node *node)
{
    return !strcmp(node->def->op, "Const");
}

/* live[i]: a placeholder leads to node i. Repeats while something changes: files are mostly
 * sorted, so that a few rounds do. */
static void find_live(const rq_tf_graph *graph, bool *live)
{
    bool changed = true;
    for (size_t i = 0; i < graph->n_nodes; i++)
        live[i] =
            !strncmp(graph->nodes[i].def->op, "Placeholder", 11) && !graph->nodes[i].value.data;
    for (int round = 0; changed && round < 100; round++) {
        changed = false;
        for (size_t i = 0; i < graph->n_nodes; i++) {
            const rq_tf_node *node = &graph->nodes[i];
            for (uint32_t k = 0; !live[i] && k < node->n_in; k++)
                if (live[node->in[k].node]) live[i] = changed = true;
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
    return text || node->value.data || has_only_effects(node->def->op) != is_const(node);
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
            for (uint32_t k = 0; all && k < node->n_in; k++) all = fixed[node->in[k].node];
            changed |= all != fixed[i];
            fixed[i] = all;
        }
    }
}

static rq_status take_ends(rq_tf_graph *graph)
{
    bool *read = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    bool *live = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    bool *fixed = rq_arena_alloc(graph->arena, graph->n_nodes, 1);
    graph->outputs = rq_arena_alloc(graph->arena, graph->n_nodes, sizeof *graph->outputs);
    if (!read || !live || !fixed || !graph->outputs) return RQ_ENOMEM;
    find_live(graph, live);
    find_fixed(graph, fixed);
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        if (has_only_effects(node->def->op) || node->results) continue;
        for (uint32_t k = 0; k < node->n_in; k++) read[node->in[k].node] = true;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        if (read[i] || node->results || has_only_effects(node->def->op)) continue;
        if (!live[i] && !fixed[i]) continue;
        RQ_TRY(add_output(graph, node->name, (rq_tf_port){(uint32_t)i, 0}));
    }
    return RQ_OK;
}

rq_status rq_tf_choose_outputs(rq_tf_graph *graph, const Tf__SignatureDef *signature)
{
    uint32_t *stack;
    RQ_TRY(signature ? take_signature(graph, signature) : take_ends(graph));
    if (!graph->n_outputs)
        return rq_fail(RQ_EFORMAT, "%s: no output: no node depends on an input", graph->path);
    stack = rq_arena_alloc(graph->arena, graph->n_nodes, sizeof *stack);
    if (!stack) return RQ_ENOMEM;
    for (size_t i = 0; i < graph->n_outputs; i++)
        mark_needed(graph, graph->outputs[i].port.node, stack);
    return RQ_OK;
}
