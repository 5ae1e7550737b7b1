/* Choosing outputs, and what they need. */
#include "engine/import/cut.h"
#include "engine/import/cut_find.h"

#include <stdlib.h>
#include <string.h>

/* -- outputs --------------------------------------------------------------------------------- */

/* Values that a cut names: *n of node->out or one of node->in. */
static rq_status outputs_of(const char ***names, size_t *n, const rq_framework_model *source,
                            const rq_cut *cut)
{
    size_t output;
    rq_framework_node *node = rq_cut_find_node(source, cut->name);
    *n = 1;
    if (!node && cut->in_port < 0 && (node = rq_cut_find_producer(source, cut->name, &output))) {
        *names = &node->out[output];
        return RQ_OK;
    }
    if (!node) return rq_cut_no_such_name(source, cut->name);
    if (cut->in_port >= 0) {
        if ((size_t)cut->in_port >= node->n_in)
            return rq_cut_no_such_port(source, node, "input", cut->in_port, node->n_in);
        *names = &node->in[cut->in_port];
        return RQ_OK;
    }
    if (cut->out_port >= 0 && (size_t)cut->out_port >= node->n_out)
        return rq_cut_no_such_port(source, node, "output", cut->out_port, node->n_out);
    *names = cut->out_port >= 0 ? &node->out[cut->out_port] : node->out;
    if (cut->out_port < 0) *n = node->n_out;
    return RQ_OK;
}

rq_status rq_cut_outputs(rq_framework_model *source, const rq_cut_list *cuts)
{
    const char **names;
    size_t n, total = 0;
    for (size_t i = 0; i < cuts->n; i++) {
        RQ_TRY(outputs_of(&names, &n, source, &cuts->v[i]));
        total += n;
    }
    rq_framework_value *outputs = rq_arena_alloc(source->arena, total, sizeof *outputs);
    if (!outputs) return RQ_ENOMEM;
    total = 0;
    for (size_t i = 0; i < cuts->n; i++) {
        RQ_TRY(outputs_of(&names, &n, source, &cuts->v[i]));
        for (size_t k = 0; k < n; k++)
            if (names[k][0])
                outputs[total++] = (rq_framework_value){.name = names[k],
                                                        .tensor = rq_cut_hint_of(source, names[k])};
    }
    source->outputs = outputs;
    source->n_outputs = total;
    return RQ_OK;
}

rq_status rq_cut_batch(rq_framework_model *source, int64_t batch)
{
    for (size_t i = 0; i < source->n_inputs; i++) {
        rq_shape *shape = &source->inputs[i].tensor.shape;
        if (shape->rank > 0) shape->d[0] = batch;
    }
    return RQ_OK;
}

rq_status rq_cut_require_static(const rq_framework_model *source)
{
    char text[RQ_SHAPE_TEXT];
    for (size_t i = 0; i < source->n_inputs; i++) {
        const rq_shape *shape = &source->inputs[i].tensor.shape;
        if (!rq_shape_is_static(shape))
            return rq_fail(RQ_EARG, "%s: input '%s' has shape %s; give --input_shape or --batch",
                           source->path, source->inputs[i].name, rq_shape_text(shape, text));
    }
    return RQ_OK;
}

/* -- what no output needs -------------------------------------------------------------------- */

static bool reads(const rq_framework_model *graph, const char *name, const bool *needed)
{
    for (size_t i = 0; i < graph->n_outputs; i++)
        if (!strcmp(graph->outputs[i].name, name)) return true;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_framework_node *node = &graph->nodes[i];
        if (needed && !needed[i]) continue;
        for (size_t k = 0; k < node->n_in; k++)
            if (!strcmp(node->in[k], name)) return true;
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH &&
                reads(node->attrs[a].graph, name, NULL))
                return true;
    }
    return false;
}

/* needed[i]: an output depends on node i. From the outputs back, until nothing is added. */
static void mark_needed(const rq_framework_model *source, bool *needed)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = source->n_nodes; i-- > 0;) {
            const rq_framework_node *node = &source->nodes[i];
            for (size_t k = 0; k < node->n_out && !needed[i]; k++)
                if (node->out[k][0] && reads(source, node->out[k], needed)) needed[i] = more = true;
        }
    }
}

rq_status rq_cut_drop_unused(rq_framework_model *source, rq_buf *dropped)
{
    bool *needed = NULL;
    size_t kept = 0;
    RQ_TRY(rq_calloc(&needed, source->n_nodes, sizeof *needed, "nodes"));
    mark_needed(source, needed);
    for (size_t i = 0; i < source->n_inputs; i++) {
        if (reads(source, source->inputs[i].name, needed))
            source->inputs[kept++] = source->inputs[i];
        else
            rq_buf_printf(dropped, "%s\n", source->inputs[i].name);
    }
    source->n_inputs = kept;
    free(needed);
    return RQ_OK;
}
