#include "engine/import/cut_find.h"

#include "engine/base/choice.h"

#include <stdlib.h>
#include <string.h>

rq_framework_value *rq_cut_find_input(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_inputs; i++)
        if (!strcmp(source->inputs[i].name, name)) return &source->inputs[i];
    return NULL;
}

rq_framework_node *rq_cut_find_node(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_nodes; i++)
        if (!strcmp(source->nodes[i].name, name)) return &source->nodes[i];
    return NULL;
}

rq_framework_node *rq_cut_find_producer(const rq_framework_model *source, const char *name,
                                        size_t *output)
{
    for (size_t i = 0; i < source->n_nodes; i++)
        for (size_t k = 0; k < source->nodes[i].n_out; k++)
            if (!strcmp(source->nodes[i].out[k], name)) {
                *output = k;
                return &source->nodes[i];
            }
    return NULL;
}

rq_status rq_cut_no_such_name(const rq_framework_model *source, const char *name)
{
    const char **names = NULL;
    size_t n = 0, room = source->n_inputs;
    for (size_t i = 0; i < source->n_nodes; i++) room += 1 + source->nodes[i].n_out;
    RQ_TRY(rq_calloc(&names, room, sizeof *names, "names"));
    for (size_t i = 0; i < source->n_inputs; i++) names[n++] = source->inputs[i].name;
    for (size_t i = 0; i < source->n_nodes; i++) {
        names[n++] = source->nodes[i].name;
        for (size_t k = 0; k < source->nodes[i].n_out; k++) names[n++] = source->nodes[i].out[k];
    }
    rq_status status =
        rq_choice_fail(RQ_EARG, name, names, n, "%s: there is no node '%s'", source->path, name);
    free(names);
    return status;
}

rq_status rq_cut_no_such_port(const rq_framework_model *source, const rq_framework_node *node,
                              const char *side, int port, size_t n)
{
    return rq_fail(RQ_EARG, "%s: node '%s' (%s) has %zu %ss, there is no %s %d", source->path,
                   node->name, node->type, n, side, side, port);
}

rq_tensor rq_cut_hint_of(const rq_framework_model *source, const char *name)
{
    rq_tensor t = {RQ_DT_F32, {-1, {0}}, NULL};
    const rq_framework_value *lists[] = {source->hints, source->outputs};
    const size_t counts[] = {source->n_hints, source->n_outputs};
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < counts[l]; i++)
            if (!strcmp(lists[l][i].name, name)) {
                t = lists[l][i].tensor;
                if (t.dtype == RQ_DT_UNDEFINED) t.dtype = RQ_DT_F32;
            }
    return t;
}
