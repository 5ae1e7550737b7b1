#include "engine/import/tflite/tflite.h"
#include "engine/import/tflite/tflite_write.h"

#include <stdlib.h>
#include <string.h>

static const rq_tflite_row rows[] = {
#define RQ_TFLITE_OP(name, code, activation, moves, function, type, attrs)                         \
    {#name, code, activation, moves, rq_tflite_write_##function, type, attrs},
#include "engine/import/tflite/tflite_op_mapping.def"
#undef RQ_TFLITE_OP
};

#define CUSTOM 32

const rq_tflite_row *rq_tflite_find_row(const rq_tflite_operator *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (op->code == CUSTOM ? !strcmp(rows[i].name, op->custom) : rows[i].code == op->code)
            return &rows[i];
    return NULL;
}

/* An operator of TensorFlow Lite's own, by its name and as it is. */
void rq_tflite_write_own(rq_tflite_writer *w)
{
    rq_tflite_whole_node(w, w->row->name);
    rq_tflite_attrs_of_row(w);
}

/* -- one operator ------------------------------------------------------------------------------ */

/* Moved codes are those that came in. */
static bool keeps_codes(const rq_tflite_writer *w, const rq_tflite_tensor *out)
{
    if (!w->row->moves) return false;
    bool some = false;
    for (size_t i = 0; i < w->op->in.n; i++) {
        const rq_tflite_tensor *t = rq_tflite_in_tensor(w, i);
        if (!rq_tflite_is_quantized(t)) continue;
        if (!rq_tflite_same_range(w, t, out)) return false;
        some = true;
    }
    return some;
}

static const char *activation_of(rq_tflite_writer *w)
{
    static const char *const types[] = {NULL, "Relu", "ClipByValue", "Relu6", "Tanh"};
    int64_t code =
        w->row->activation < 0 ? 0 : rq_tflite_option(w, (unsigned)w->row->activation, RQ_DT_I8, 0);
    if (code >= 0 && (size_t)code < sizeof types / sizeof *types) return types[code];
    rq_tflite_fail(w, RQ_EUNSUPPORTED, "activation number %d", (int)code);
    return NULL;
}

static void activate(rq_tflite_writer *w, const char *type, const char *in, const char *out)
{
    const bool clips = !strcmp(type, "ClipByValue");
    const char *low = clips ? rq_tflite_float(w, -1) : "",
               *high = clips ? rq_tflite_float(w, 1) : "";
    rq_tflite_node(w, type, out, RQ_VALUES(in, low, high));
}

/* How an output becomes its tensor: what the operator gives, then activated, then rounded. */
typedef struct stages {
    const char *raw, *activated, *real;
} stages;

static stages plan(rq_tflite_writer *w, size_t i, const char *activation)
{
    const rq_tflite_tensor *t = rq_tflite_out_tensor(w, i);
    stages s = {"", "", ""};
    if (!t || w->status != RQ_OK) return s;
    s.real = w->real[t - w->graph->tensors];
    bool rounds = rq_tflite_is_quantized(t) && !keeps_codes(w, t);
    s.activated = rounds ? rq_tflite_new_name(w, t->name, "exact") : s.real;
    s.raw = activation && i == 0 ? rq_tflite_new_name(w, t->name, "linear") : s.activated;
    return s;
}

static void finish(rq_tflite_writer *w, size_t i, const stages *s, const char *activation)
{
    if (s->raw != s->activated) activate(w, activation, s->raw, s->activated);
    if (s->activated != s->real)
        rq_tflite_round(w, s->activated, s->real, rq_tflite_out_tensor(w, i));
}

/* The operator's name goes to the node that does its work. */
static void name_main(rq_tflite_writer *w, size_t first)
{
    size_t n = w->out->n_nodes;
    if (w->status != RQ_OK || n == first) return;
    w->out->nodes[w->main >= first && w->main < n ? w->main : n - 1].name = w->name;
}

static void write_operator(rq_tflite_writer *w, const rq_tflite_operator *op)
{
    size_t n = op->out.n, first = w->out->n_nodes;
    stages *s = rq_arena_alloc(w->out->arena, n, sizeof *s);
    w->results = rq_arena_alloc(w->out->arena, n, sizeof *w->results);
    if (!rq_tflite_ok(w, s && w->results ? RQ_OK : RQ_ENOMEM)) return;
    const char *activation = activation_of(w);
    for (size_t i = 0; i < n; i++) {
        s[i] = plan(w, i, activation);
        w->results[i] = s[i].raw;
    }
    w->main = SIZE_MAX;
    if (w->status == RQ_OK) w->row->write(w);
    name_main(w, first);
    for (size_t i = 0; i < n; i++) finish(w, i, &s[i], activation);
}

/* One that no line names: listed as what does not map. */
static void write_unknown(rq_tflite_writer *w, const rq_tflite_operator *op)
{
    const char *name = op->code == CUSTOM && op->custom[0]
                           ? op->custom
                           : rq_arena_printf(w->out->arena, "BUILTIN_%d", (int)op->code);
    if (!rq_tflite_ok(w, name ? RQ_OK : RQ_ENOMEM)) return;
    const rq_tflite_row row = {name, op->code, -1, false, rq_tflite_write_own, "", ""};
    w->row = &row;
    write_operator(w, op);
}

static void write_operator_of(rq_tflite_writer *w, const rq_tflite_operator *op, size_t i)
{
    w->op = op;
    const rq_tflite_tensor *out = rq_tflite_out_tensor(w, 0);
    w->name = out ? out->name : rq_arena_printf(w->out->arena, "operator#%zu", i);
    if (!rq_tflite_ok(w, w->name ? RQ_OK : RQ_ENOMEM)) return;
    w->row = rq_tflite_find_row(op);
    if (w->row)
        write_operator(w, op);
    else
        write_unknown(w, op);
    rq_tflite_ok(w, rq_tflite_check(w->model));
}

/* What comes behind the operators is the graph's again. */
static void write_one(rq_tflite_writer *w, size_t i)
{
    rq_tflite_operator op;
    const rq_tflite_writer around = *w;
    if (!rq_tflite_ok(w, rq_tflite_operator_open(&op, w->model, w->graph, i))) return;
    write_operator_of(w, &op, i);
    w->op = around.op;
    w->row = around.row;
    w->name = around.name;
}

/* -- a graph ----------------------------------------------------------------------------------- */

static rq_tflite_tensor *end_of(rq_tflite_writer *w, rq_flat_vector list, size_t i)
{
    int64_t index = rq_flat_item_int(&w->model->file, list, i, RQ_DT_I32);
    rq_tflite_tensor *t = rq_tflite_find_tensor(w->graph, index);
    if (!t && index != -1)
        rq_tflite_ok(w, rq_fail(RQ_EFORMAT, "%s: end %zu of the graph is tensor %lld of %zu",
                                w->out->path, i, (long long)index, w->graph->n_tensors));
    return t;
}

/* Real numbers that have no tensor of their own. */
static void rename_real(rq_tflite_writer *w, const rq_tflite_tensor *t)
{
    if (rq_tflite_is_quantized(t) && !t->data)
        w->real[t - w->graph->tensors] = rq_tflite_new_name(w, t->name, "real");
}

/* A second name of the value; the value's own where there is none. */
static const char *add_name(rq_tflite_writer *w, const rq_tflite_tensor *t, bool input)
{
    const char *key = rq_tflite_signature_key(w, t, input);
    return key[0] ? rq_tflite_node(w, "Identity", key, RQ_VALUES(t->name)) : t->name;
}

static void write_input(rq_tflite_writer *w, size_t i)
{
    rq_tflite_tensor *t = w->status == RQ_OK ? end_of(w, w->graph->inputs, i) : NULL;
    if (!t || t->made || w->status != RQ_OK) return;
    const char **real = &w->real[t - w->graph->tensors];
    t->made = true;
    rq_tflite_ok(w, rq_framework_model_add_input(w->out, t->name, t->dtype, &t->shape));
    *real = add_name(w, t, true);
    if (!rq_tflite_is_quantized(t) || t->data) return;
    const char *codes = *real;
    *real = rq_tflite_new_name(w, t->name, "real");
    rq_tflite_from_codes(w, t, codes, *real);
}

/* The tensor itself is codes then. */
static void plan_output(rq_tflite_writer *w, size_t i)
{
    rq_tflite_tensor *t = end_of(w, w->graph->outputs, i);
    if (t && w->status == RQ_OK && w->real[t - w->graph->tensors] == t->name) rename_real(w, t);
}

static void write_output(rq_tflite_writer *w, size_t i)
{
    rq_tflite_tensor *t = end_of(w, w->graph->outputs, i);
    if (!t || w->status != RQ_OK) return;
    const char *real = w->real[t - w->graph->tensors];
    if (real != t->name && !t->made && !t->data) rq_tflite_to_codes(w, real, t);
    rq_tflite_ok(w, rq_framework_model_add_output(w->out, add_name(w, t, false)));
    t->made = true;
}

/* Of graphs inside, too, they are the whole model's: names are unique in it. */
static void write_constants(rq_tflite_writer *w)
{
    for (size_t i = 0; i < w->graph->n_tensors && w->status == RQ_OK; i++) {
        const rq_tflite_tensor *t = &w->graph->tensors[i];
        const rq_tensor tensor = {t->dtype, t->shape, (void *)t->data};
        w->real[i] = t->name;
        if (t->data)
            rq_tflite_ok(w, rq_framework_model_add_constant(w->model->source, t->name, &tensor));
    }
}

void rq_tflite_begin_graph(rq_tflite_writer *w)
{
    size_t n = w->graph->n_tensors;
    w->real = rq_arena_alloc(w->out->arena, n, sizeof *w->real);
    w->written = rq_arena_alloc(w->out->arena, n, sizeof *w->written);
    if (rq_tflite_ok(w, w->real && w->written ? RQ_OK : RQ_ENOMEM)) write_constants(w);
}

void rq_tflite_write_operators(rq_tflite_writer *w)
{
    for (size_t i = 0; i < w->graph->operators.n && w->status == RQ_OK; i++) write_one(w, i);
}

static void write_graph(rq_tflite_writer *w)
{
    rq_tflite_begin_graph(w);
    for (size_t i = 0; i < w->graph->inputs.n; i++) write_input(w, i);
    for (size_t i = 0; i < w->graph->outputs.n; i++) plan_output(w, i);
    rq_tflite_find_states(w);
    rq_tflite_write_operators(w);
    rq_tflite_leave_states(w);
    for (size_t i = 0; i < w->graph->outputs.n; i++) write_output(w, i);
}

static rq_status read_graph(rq_tflite_model *model)
{
    rq_tflite_graph graph;
    const rq_tflite_row none = {.name = "graph"};
    rq_framework_model *source = model->source;
    rq_tflite_writer w = {
        .model = model, .graph = &graph, .out = source, .row = &none, .name = source->path};
    RQ_TRY(rq_tflite_graph_open(&graph, model, 0));
    write_graph(&w);
    return w.status;
}

static rq_status read_model(rq_framework_model *source)
{
    rq_tflite_model model;
    RQ_TRY(rq_tflite_model_open(&model, source));
    RQ_TRY(rq_map_create(&model.names));
    rq_status status = rq_map_create(&model.variables);
    if (status == RQ_OK) status = read_graph(&model);
    rq_map_destroy(&model.names);
    rq_map_destroy(&model.variables);
    free(model.variable);
    return status;
}

rq_status rq_tflite_open(rq_framework_model **out, const char *path)
{
    rq_framework_model *source;
    RQ_TRY(rq_framework_model_create(&source, rq_framework_tflite, path));
    rq_status status = read_model(source);
    if (status == RQ_OK)
        *out = source;
    else
        rq_framework_model_destroy(&source);
    return status;
}
