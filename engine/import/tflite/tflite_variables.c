/* Variables: a graph that is called once gives them their values, which others read. Those that a
 * run assigns are states: it begins with what the run before left. A handle's value is the name of
 * its variable. */
#include "engine/import/tflite/tflite_write.h"

enum { CALL_ONCE_GRAPH, HANDLE_NAME = 1, VAR_HANDLE = 142, ASSIGN_VARIABLE = 144 };

/* NULL: there is none. */
static rq_tflite_variable *find_variable(const rq_tflite_writer *w, const char *name)
{
    uint32_t i = rq_map_get(w->model->variables, name);
    return i == RQ_NONE ? NULL : &w->model->variable[i];
}

static rq_tflite_variable *need_variable(rq_tflite_writer *w, const char *name)
{
    rq_tflite_model *m = w->model;
    rq_tflite_variable *known = find_variable(w, name);
    if (known || w->status != RQ_OK) return known;
    if (!rq_tflite_ok(w, rq_grow(&m->variable, &m->cap_variables, m->n_variables,
                                 sizeof *m->variable, "variables")) ||
        !rq_tflite_ok(w, rq_map_put(m->variables, name, (uint32_t)m->n_variables)))
        return NULL;
    m->variable[m->n_variables] = (rq_tflite_variable){.name = name};
    return &m->variable[m->n_variables++];
}

void rq_tflite_write_var_handle(rq_tflite_writer *w)
{
    const rq_tflite_tensor *t = rq_tflite_out_tensor(w, 0);
    const char *name = rq_flat_string(&w->model->file, w->op->options, HANDLE_NAME);
    if (!t || w->status != RQ_OK) return;
    if (find_variable(w, name) || w->initializes)
        w->real[t - w->graph->tensors] = name;
    else
        rq_tflite_write_own(w);
}

void rq_tflite_write_assign_variable(rq_tflite_writer *w)
{
    const char *name = rq_tflite_in(w, 0), *value = rq_tflite_in(w, 1);
    if (!w->initializes && w->depth)
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "a state inside a loop or a condition");
    rq_tflite_variable *v = need_variable(w, name);
    if (!v || w->status != RQ_OK) return;
    *(w->initializes ? &v->initial : &v->now) = value;
}

/* As the run before left it. */
static void read_state(rq_tflite_writer *w, rq_tflite_variable *v)
{
    if (!v->initial || w->depth) {
        rq_tflite_fail(w, RQ_EUNSUPPORTED,
                       w->depth ? "a state inside a loop or a condition"
                                : "a state that nothing begins with");
        return;
    }
    v->now = v->before = rq_tflite_node(w, "READ_STATE", w->results[0], RQ_VALUES(v->initial));
    rq_tflite_attr_text(w, "variable", v->name);
}

void rq_tflite_write_read_variable(rq_tflite_writer *w)
{
    const char *name = rq_tflite_in(w, 0);
    rq_tflite_variable *v = find_variable(w, name);
    if (v && v->changes && !w->initializes && !v->now)
        read_state(w, v);
    else if (w->status == RQ_OK)
        rq_tflite_node(w, "Identity", w->results[0],
                       RQ_VALUES(!v           ? name
                                 : v->now     ? v->now
                                 : v->initial ? v->initial
                                              : name));
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

/* -- states ----------------------------------------------------------------------------------- */

/* By tensor: what the handle is called; NULL: it is none. */
static const char **name_handles(rq_tflite_writer *w)
{
    const char **names = rq_arena_alloc(w->out->arena, w->graph->n_tensors, sizeof *names);
    rq_tflite_ok(w, names ? RQ_OK : RQ_ENOMEM);
    for (size_t i = 0; i < w->graph->operators.n && w->status == RQ_OK; i++) {
        rq_tflite_operator op;
        if (!rq_tflite_ok(w, rq_tflite_operator_open(&op, w->model, w->graph, i))) break;
        if (op.code != VAR_HANDLE || !op.out.n) continue;
        const rq_tflite_tensor *t = rq_tflite_find_tensor(
            w->graph, rq_flat_item_int(&w->model->file, op.out, 0, RQ_DT_I32));
        if (t)
            names[t - w->graph->tensors] = rq_flat_string(&w->model->file, op.options, HANDLE_NAME);
    }
    return names;
}

void rq_tflite_find_states(rq_tflite_writer *w)
{
    const char **names = name_handles(w);
    for (size_t i = 0; i < w->graph->operators.n && w->status == RQ_OK; i++) {
        rq_tflite_operator op;
        if (!rq_tflite_ok(w, rq_tflite_operator_open(&op, w->model, w->graph, i))) return;
        if (op.code != ASSIGN_VARIABLE || !op.in.n) continue;
        const rq_tflite_tensor *t =
            rq_tflite_find_tensor(w->graph, rq_flat_item_int(&w->model->file, op.in, 0, RQ_DT_I32));
        const char *name = t ? names[t - w->graph->tensors] : NULL;
        rq_tflite_variable *v = name ? need_variable(w, name) : NULL;
        if (v) v->changes = true;
    }
}

/* What nobody reads has no effect. */
void rq_tflite_leave_states(rq_tflite_writer *w)
{
    for (size_t i = 0; i < w->model->n_variables && w->status == RQ_OK; i++) {
        const rq_tflite_variable *v = &w->model->variable[i];
        if (!v->before || v->now == v->before) continue;
        w->name = v->before;
        rq_tflite_node(w, "LEAVE_STATE", NULL, RQ_VALUES(v->now));
        rq_tflite_attr_text(w, "variable", v->name);
        if (w->status == RQ_OK) w->out->nodes[w->out->n_nodes - 1].kept_with = v->before;
    }
}
