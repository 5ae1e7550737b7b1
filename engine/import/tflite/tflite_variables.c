/* Variables: a graph that is called once gives them their values, which others read. */
#include "engine/import/tflite/tflite_write.h"

enum { CALL_ONCE_GRAPH, HANDLE_NAME = 1 };

/* A handle stands for what its variable was assigned; until then for the variable's name. */
void rq_tflite_write_var_handle(rq_tflite_writer *w)
{
    const rq_tflite_tensor *t = rq_tflite_out_tensor(w, 0);
    const char *name = rq_flat_string(&w->model->file, w->op->options, HANDLE_NAME);
    if (!t || w->status != RQ_OK) return;
    uint32_t i = rq_map_get(w->model->variables, name);
    if (i != RQ_NONE || w->initializes)
        w->real[t - w->graph->tensors] = i != RQ_NONE ? w->model->assigned[i] : name;
    else
        rq_tflite_write_own(w);
}

/* Only before the first run: what runs leave to each other is a state. */
void rq_tflite_write_assign_variable(rq_tflite_writer *w)
{
    rq_tflite_model *m = w->model;
    const char *name = rq_tflite_in(w, 0), *value = rq_tflite_in(w, 1);
    if (!w->initializes)
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "a state that a run leaves to the next one");
    if (w->status != RQ_OK ||
        !rq_tflite_ok(w, rq_grow(&m->assigned, &m->cap_assigned, m->n_assigned, sizeof *m->assigned,
                                 "variables")) ||
        !rq_tflite_ok(w, rq_map_put(m->variables, name, (uint32_t)m->n_assigned)))
        return;
    m->assigned[m->n_assigned++] = value;
}

void rq_tflite_write_read_variable(rq_tflite_writer *w)
{
    rq_tflite_node(w, "Identity", w->results[0], RQ_VALUES(rq_tflite_in(w, 0)));
}

void rq_tflite_write_call_once(rq_tflite_writer *w)
{
    rq_tflite_graph graph;
    int64_t index = rq_tflite_option(w, CALL_ONCE_GRAPH, RQ_DT_I32, 0);
    if (w->depth || w->initializes) {
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "a graph inside another that is called once");
        return;
    }
    if (!rq_tflite_ok(w,
                      rq_tflite_graph_open(&graph, w->model, index < 0 ? SIZE_MAX : (size_t)index)))
        return;
    rq_tflite_writer inner = {.model = w->model,
                              .graph = &graph,
                              .out = w->out,
                              .row = w->row,
                              .op = w->op,
                              .name = w->name,
                              .depth = w->depth + 1,
                              .initializes = true};
    rq_tflite_begin_graph(&inner);
    rq_tflite_write_operators(&inner);
    rq_tflite_ok(w, inner.status);
}
