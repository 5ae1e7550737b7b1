#include "engine/ops/work.h"
#include "engine/cli/show/show_model.h"

#include <math.h>
#include <string.h>

/* -- operators and constants of the source --------------------------------------------------- */

typedef struct walk {
    rq_model_facts *facts;
    const char **types; /* NULL: only counted */
    size_t n;
} walk;

static void weigh(rq_model_facts *facts, const rq_tensor *tensor)
{
    if (!tensor->data) return;
    facts->constants[tensor->dtype] += (double)rq_tensor_bytes(tensor);
    if (rq_dtype_is_float(tensor->dtype)) facts->parameters += (double)rq_tensor_count(tensor);
}

/* Bodies nest no deeper than the readers allow. */
static void visit(walk *w, const rq_framework_model *source)
{
    for (size_t i = 0; w->types && i < source->n_constants; i++)
        weigh(w->facts, &source->constants[i].tensor);
    for (size_t i = 0; i < source->n_nodes; i++) {
        const rq_framework_node *node = &source->nodes[i];
        if (w->types) w->types[w->n] = node->type;
        w->n++;
        for (size_t k = 0; k < node->n_attrs; k++) {
            const rq_framework_attr *attr = &node->attrs[k];
            if (attr->kind == RQ_FRAMEWORK_GRAPH) visit(w, attr->graph);
            if (attr->kind == RQ_FRAMEWORK_TENSOR && w->types) weigh(w->facts, &attr->tensor);
        }
    }
}

static rq_status look_at_source(rq_model_facts *facts, rq_arena *arena)
{
    walk w = {.facts = facts};
    size_t n = facts->source->n_outputs;
    facts->outputs = rq_arena_alloc(arena, n, sizeof *facts->outputs);
    if (!facts->outputs) return RQ_ENOMEM;
    if (n) memcpy(facts->outputs, facts->source->outputs, n * sizeof *facts->outputs);
    visit(&w, facts->source);
    w.types = rq_arena_alloc(arena, w.n, sizeof *w.types);
    if (!w.types) return RQ_ENOMEM;
    w.n = 0;
    visit(&w, facts->source);
    return rq_types_count(&facts->operators, w.types, w.n, arena);
}

/* -- the IR ---------------------------------------------------------------------------------- */

/* Shapes for the inputs whose batch is not known: 1. Of the IR's Parameters, in the arena. */
static size_t batch_of_one(rq_input_shape *shapes, const rq_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        rq_shape shape = graph->values[node->out[0]]->shape;
        if (shape.rank < 2 || shape.d[0] != RQ_DYNAMIC) continue;
        shape.d[0] = 1;
        shapes[n++] = (rq_input_shape){node->name, shape};
    }
    return n;
}

/* NAN where binding asks for more shapes. */
static rq_status count_gflops(double *out, const rq_graph *graph, rq_arena *arena)
{
    rq_bound *bound;
    rq_input_shape *shapes = rq_arena_alloc(arena, graph->n_nodes, sizeof *shapes);
    if (!shapes) return RQ_ENOMEM;
    *out = NAN;
    if (rq_bind(&bound, graph, shapes, batch_of_one(shapes, graph)) != RQ_OK) return RQ_OK;
    *out = rq_work_total_flops(bound) / 1e9;
    rq_bound_destroy(&bound);
    return RQ_OK;
}

/* Results stand in the order of the source's outputs. */
static void type_outputs(rq_model_facts *facts)
{
    const rq_graph *graph = facts->result.graph;
    size_t k = 0;
    for (size_t i = 0; i < graph->n_nodes && k < facts->source->n_outputs; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || strcmp(node->type, "Result") != 0) continue;
        const rq_value *value = graph->values[node->in[0]];
        rq_tensor *t = &facts->outputs[k++].tensor;
        if (t->shape.rank < 0) t->shape = value->shape;
        if (t->dtype == RQ_DT_UNDEFINED) t->dtype = value->dtype;
    }
}

static rq_status look_at_graph(rq_model_facts *facts, rq_arena *arena)
{
    const rq_graph *graph = facts->result.graph;
    const char **types = rq_arena_alloc(arena, graph->n_nodes, sizeof *types);
    size_t n = 0;
    if (!types) return RQ_ENOMEM;
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (graph->nodes[i] && strcmp(graph->nodes[i]->type, "Const") != 0)
            types[n++] = graph->nodes[i]->type;
    type_outputs(facts);
    RQ_TRY(count_gflops(&facts->gflops, graph, arena));
    return rq_types_count(&facts->layers, types, n, arena);
}

/* -- all ------------------------------------------------------------------------------------- */

static rq_status gather(rq_model_facts *facts, const rq_import_files *files, rq_arena *arena)
{
    uint64_t bytes;
    facts->gflops = facts->file_bytes = NAN;
    if (!rq_is_dir(files->model)) {
        RQ_TRY(rq_file_size(&bytes, files->model));
        facts->file_bytes = (double)bytes;
    }
    RQ_TRY(rq_import_open(&facts->source, files));
    RQ_TRY(look_at_source(facts, arena));
    facts->status = rq_import_graph(&facts->result, facts->source, NULL);
    if (facts->status != RQ_OK) {
        facts->why = rq_arena_strdup(arena, rq_error_text());
        return facts->why ? RQ_OK : RQ_ENOMEM;
    }
    return facts->result.graph ? look_at_graph(facts, arena) : RQ_OK;
}

rq_status rq_model_facts_open(rq_model_facts *out, const rq_import_files *files, rq_arena *arena)
{
    *out = (rq_model_facts){0};
    rq_status status = gather(out, files, arena);
    if (status != RQ_OK) rq_model_facts_close(out);
    return status;
}

void rq_model_facts_close(rq_model_facts *facts)
{
    rq_graph_destroy(&facts->result.graph);
    rq_framework_model_destroy(&facts->source);
}
