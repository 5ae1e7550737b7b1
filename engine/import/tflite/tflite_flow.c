/* Operators with graphs inside: conditions, loops, calls. */
#include "engine/import/tflite/tflite_write.h"

#define MAX_DEPTH 8

enum { CALL_GRAPH, IF_THEN = 0, IF_ELSE, WHILE_CONDITION = 0, WHILE_BODY, COMPOSITE_GRAPH = 1 };

/* How a graph's inputs come in: as values of the outer graph, or as inputs of its own. */
typedef enum binding { OUTER_VALUES, OWN_INPUTS } binding;

/* The tensor that end i of the graph is. */
static const rq_tflite_tensor *end_tensor(rq_tflite_writer *w, rq_flat_vector ends, size_t i)
{
    int64_t index = rq_flat_item_int(&w->model->file, ends, i, RQ_DT_I32);
    const rq_tflite_tensor *t = rq_tflite_find_tensor(w->graph, index);
    if (!t) rq_tflite_fail(w, RQ_EFORMAT, "end %zu of its graph is no tensor", i);
    return t;
}

static void bind_input(rq_tflite_writer *inner, size_t i, const char *outer, binding how)
{
    const rq_tflite_tensor *t = end_tensor(inner, inner->graph->inputs, i);
    if (!t || inner->status != RQ_OK) return;
    if (how == OUTER_VALUES) {
        inner->real[t - inner->graph->tensors] = outer;
        return;
    }
    rq_dtype dtype = rq_tflite_is_quantized(t) ? RQ_DT_F32 : t->dtype;
    rq_tflite_ok(inner, rq_framework_model_add_input(inner->out, t->name, dtype, &t->shape));
}

/* Graph number `index` written into `out`; the operator's inputs from number `first` on are its. */
static void write_inner(rq_tflite_writer *inner, rq_tflite_graph *graph, rq_tflite_writer *w,
                        int64_t index, size_t first, size_t n_out, binding how)
{
    size_t n = w->op->in.n > first ? w->op->in.n - first : 0;
    const char **outer = rq_arena_alloc(w->out->arena, n, sizeof *outer);
    inner->depth = w->depth + 1;
    if (inner->depth > MAX_DEPTH)
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "graphs nested deeper than %d", MAX_DEPTH);
    for (size_t i = 0; outer && i < n; i++) outer[i] = rq_tflite_in(w, first + i);
    if (!rq_tflite_ok(w, outer ? RQ_OK : RQ_ENOMEM) ||
        !rq_tflite_ok(w,
                      rq_tflite_graph_open(graph, w->model, index < 0 ? SIZE_MAX : (size_t)index)))
        return;
    if (graph->inputs.n != n || graph->outputs.n < n_out)
        rq_tflite_fail(w, RQ_EFORMAT, "its graph has %zu inputs and %zu outputs", graph->inputs.n,
                       graph->outputs.n);
    if (w->status != RQ_OK) return;
    rq_tflite_begin_graph(inner);
    for (size_t i = 0; i < n; i++) bind_input(inner, i, outer[i], how);
    rq_tflite_write_operators(inner);
    rq_tflite_ok(w, inner->status);
}

static rq_tflite_writer inner_writer(const rq_tflite_writer *w, const rq_tflite_graph *graph,
                                     rq_framework_model *out)
{
    return (rq_tflite_writer){
        .model = w->model, .graph = graph, .out = out, .row = w->row, .op = w->op, .name = w->name};
}

/* The value that output i of the graph is. */
static const char *inner_output(rq_tflite_writer *inner, size_t i)
{
    const rq_tflite_tensor *t = end_tensor(inner, inner->graph->outputs, i);
    return t && inner->status == RQ_OK ? inner->real[t - inner->graph->tensors] : "";
}

/* -- graphs in the place of their operator ---------------------------------------------------- */

static void write_inline(rq_tflite_writer *w, int64_t index)
{
    rq_tflite_graph graph;
    rq_tflite_writer inner = inner_writer(w, &graph, w->out);
    write_inner(&inner, &graph, w, index, 0, w->op->out.n, OUTER_VALUES);
    for (size_t i = 0; i < w->op->out.n && w->status == RQ_OK; i++) {
        const char *value = inner_output(&inner, i);
        rq_tflite_ok(w, inner.status);
        if (w->results[i][0]) rq_tflite_node(w, "Identity", w->results[i], RQ_VALUES(value));
    }
}

void rq_tflite_write_call(rq_tflite_writer *w)
{
    write_inline(w, rq_tflite_option(w, CALL_GRAPH, RQ_DT_U32, 0));
}

/* What other frameworks' operators are made of, whatever they are called. */
void rq_tflite_write_composite(rq_tflite_writer *w)
{
    write_inline(w,
                 rq_flat_int(&w->model->file, w->op->more_options, COMPOSITE_GRAPH, RQ_DT_I32, 0));
}

/* -- graphs as attributes --------------------------------------------------------------------- */

static rq_framework_model *write_model(rq_tflite_writer *w, int64_t index, size_t first,
                                       binding how, size_t n_out)
{
    rq_tflite_graph graph;
    rq_framework_model *model = rq_arena_alloc(w->out->arena, 1, sizeof *model);
    if (!rq_tflite_ok(w, model ? RQ_OK : RQ_ENOMEM)) return NULL;
    *model = (rq_framework_model){.arena = w->out->arena,
                                  .parent = w->out,
                                  .framework = w->out->framework,
                                  .path = w->out->path,
                                  .name = ""};
    rq_tflite_writer inner = inner_writer(w, &graph, model);
    write_inner(&inner, &graph, w, index, first, n_out, how);
    for (size_t i = 0; i < n_out && w->status == RQ_OK; i++) {
        const char *value = inner_output(&inner, i);
        rq_tflite_ok(w, inner.status);
        rq_tflite_ok(w, rq_framework_model_add_output(model, value));
    }
    return model;
}

static void add_graph(rq_tflite_writer *w, const char *name, rq_framework_model *graph)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_GRAPH);
    if (attr) attr->graph = graph;
}

/* The branches read the outer graph's values by their names. */
void rq_tflite_write_if(rq_tflite_writer *w)
{
    size_t n = w->op->out.n;
    rq_framework_model *graphs[2];
    for (unsigned k = 0; k < 2; k++)
        graphs[k] = write_model(w, rq_tflite_option(w, k ? IF_ELSE : IF_THEN, RQ_DT_I32, 0), 1,
                                OUTER_VALUES, n);
    rq_tflite_whole_node(w, w->row->type);
    if (w->status != RQ_OK) return;
    w->out->nodes[w->out->n_nodes - 1].n_in = 1;
    add_graph(w, "then_branch", graphs[0]);
    add_graph(w, "else_branch", graphs[1]);
}

void rq_tflite_write_while(rq_tflite_writer *w)
{
    rq_framework_model *condition =
        write_model(w, rq_tflite_option(w, WHILE_CONDITION, RQ_DT_I32, 0), 0, OWN_INPUTS, 1);
    rq_framework_model *body =
        write_model(w, rq_tflite_option(w, WHILE_BODY, RQ_DT_I32, 0), 0, OWN_INPUTS, w->op->out.n);
    rq_tflite_whole_node(w, w->row->type);
    add_graph(w, "cond", condition);
    add_graph(w, "body", body);
}
