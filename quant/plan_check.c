/* Whether a plan file is for a given model. */
#include "engine/base/choice.h"
#include "engine/base/hash.h"
#include "engine/base/mem.h"
#include "engine/ops/operators.h"
#include "quant/plan_check_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the model's own plan somebody edited an entry; else it is of another model. */
rq_status rq_plan_other_model(const rq_plan_file *file, const rq_graph *graph, const char *what,
                              const char *name, const char *found, const char *expected)
{
    char digest[RQ_DIGEST_TEXT];
    RQ_TRY(rq_graph_digest(digest, graph));
    bool edited = !strcmp(digest, file->digest);
    if (edited && !strcmp(found, "absent"))
        return rq_fail(RQ_EFORMAT, "%s: %s '%s': expected one of %s, which has none of that name",
                       file->path, what, name, graph->path);
    if (edited)
        return rq_fail(RQ_EFORMAT, "%s: %s '%s': found %s, expected what %s has: %s", file->path,
                       what, name, expected, graph->path, found);
    return rq_fail(RQ_EFORMAT,
                   "%s is a plan for another model than %s: %s '%s' is %s, in the plan %s",
                   file->path, graph->path, what, name, found, expected);
}

/* With the name that is meant, if one is near. */
static rq_status fail_absent(const rq_plan_file *file, const rq_graph *graph, const char *name,
                             const char *type)
{
    const char **known;
    RQ_TRY(rq_calloc(&known, graph->n_nodes, sizeof *known, "layer names"));
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i]) known[i] = graph->nodes[i]->name;
    rq_status status =
        rq_choice_fail(rq_plan_other_model(file, graph, "layer", name, "absent", type), name, known,
                       graph->n_nodes, "%s", rq_error_text());
    free(known);
    return status;
}

static rq_status check_layer(const rq_node **out, const rq_plan_file *file, const rq_graph *graph,
                             const char *name, const char *type)
{
    const rq_node *node = rq_graph_find(graph, name);
    if (out) *out = node;
    if (!node) return fail_absent(file, graph, name, type);
    return strcmp(node->type, type) != 0
               ? rq_plan_other_model(file, graph, "layer", name, node->type, type)
               : RQ_OK;
}

rq_status rq_plan_check_channels(const rq_plan_file *file, const rq_graph *graph, const char *what,
                                 const char *name, size_t found, size_t expected)
{
    char is[48], was[48];
    if (found == expected) return RQ_OK;
    snprintf(is, sizeof is, "of %zu channels", found);
    snprintf(was, sizeof was, "of %zu", expected);
    return rq_plan_other_model(file, graph, what, name, is, was);
}

static rq_status check_weight(const rq_plan_file *file, const rq_bound *bound,
                              const rq_plan_file_weight *w)
{
    const rq_node *node;
    rq_weight_layout layout;
    RQ_TRY(check_layer(&node, file, bound->graph, w->layer, w->type));
    const rq_op *op = bound->nodes[node->id].op;
    bool is_table = op == &rq_op_Gather;
    if ((op->weights == RQ_WEIGHTS_NONE && !is_table) || w->port >= node->n_in ||
        node->in[w->port] == RQ_NONE || !bound->values[node->in[w->port]].data)
        return rq_plan_other_model(file, bound->graph, "layer", w->layer,
                                   "without constant weights", "with");
    if (is_table || w->n == 0) return RQ_OK; /* no scales are listed */
    rq_weight_point point = rq_placement_weights_at(bound, node, w->port);
    if (w->axis >= 0 && w->axis != point.axis)
        return rq_fail(RQ_EFORMAT, "%s: weights: layer '%s': axis: found %d, expected %d",
                       file->path, w->layer, w->axis, point.axis);
    RQ_TRY(rq_weight_layout_find(&layout, bound, &point));
    return rq_plan_check_channels(file, bound->graph, "layer", w->layer,
                                  rq_weight_channels(&layout), w->n);
}

static rq_status check_digest(const rq_plan_file *file, const rq_graph *graph)
{
    char digest[RQ_DIGEST_TEXT];
    RQ_TRY(rq_graph_digest(digest, graph));
    if (!strcmp(digest, file->digest)) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "%s is a plan for another model than %s: its layers have the same names, but "
                   "other weights or attributes (digest %s, in the plan %s)",
                   file->path, graph->path, digest, file->digest);
}

static rq_status check_weights(const rq_plan_file *file, const rq_bound *bound)
{
    for (size_t i = 0; i < file->n_weights; i++)
        RQ_TRY(check_weight(file, bound, &file->weights[i]));
    return RQ_OK;
}

rq_status rq_plan_file_check_layers(const rq_plan_file *file, const rq_bound *bound)
{
    RQ_TRY(check_weights(file, bound));
    RQ_TRY(rq_plan_check_activations(file, bound));
    for (size_t i = 0; i < file->n_ignored; i++)
        RQ_TRY(
            check_layer(NULL, file, bound->graph, file->ignored[i].layer, file->ignored[i].type));
    return RQ_OK;
}

rq_status rq_plan_file_check(const rq_plan_file *file, const rq_bound *bound)
{
    /* Equalization may add layers that the model has not got. */
    RQ_TRY(file->n_equalizations ? check_weights(file, bound)
                                 : rq_plan_file_check_layers(file, bound));
    return check_digest(file, bound->graph);
}
