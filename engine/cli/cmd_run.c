/* requant run: one inference; every output as .npy. */
#include "datasets/arrays/npy.h"
#include "engine/base/file.h"
#include "engine/cli/model_options.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const rq_args *args;
    rq_model_choice choice;
    rq_graph *graph;
    rq_model *model;
    rq_session *session;
    rq_tensor *given;        /* tensors of --input, in the order of the options */
    const char **given_name; /* in choice.arena */
    size_t n_given;
    rq_tensor *inputs; /* views for the session */
} run_state;

/* "NAME=FILE.npy"; a name may hold '=' only if the file name does not. */
static rq_status load_given(run_state *r, size_t i)
{
    const char *text = rq_settings_at(rq_args_settings(r->args), "input", i),
               *equals = strrchr(text, '=');
    if (!equals || equals == text)
        return rq_fail(RQ_EARG, "--input %s: expected NAME=FILE.npy", text);
    r->given_name[i] = rq_arena_strndup(r->choice.arena, text, (size_t)(equals - text));
    if (!r->given_name[i]) return RQ_ENOMEM;
    return rq_npy_read(&r->given[i], equals + 1);
}

static rq_status load_inputs(run_state *r)
{
    r->n_given = rq_settings_count(rq_args_settings(r->args), "input");
    RQ_TRY(rq_calloc(&r->given, r->n_given, sizeof *r->given, "inputs"));
    r->given_name = rq_arena_alloc(r->choice.arena, r->n_given, sizeof *r->given_name);
    if (!r->given_name) return RQ_ENOMEM;
    for (size_t i = 0; i < r->n_given; i++) RQ_TRY(load_given(r, i));
    return RQ_OK;
}

/* An array given for an input that has no static shape says its shape. */
static rq_status take_shapes(run_state *r)
{
    for (size_t i = 0; i < r->n_given; i++) {
        const rq_node *node = rq_graph_find(r->graph, r->given_name[i]);
        rq_id value =
            node && node->n_out ? node->out[0] : rq_graph_find_value(r->graph, r->given_name[i]);
        if (value == RQ_NONE || rq_shape_is_static(&r->graph->values[value]->shape)) continue;
        if (r->choice.n_shapes == RQ_MAX_SHAPES) return rq_fail(RQ_EARG, "too many inputs");
        r->choice.shapes[r->choice.n_shapes++] =
            (rq_input_shape){r->given_name[i], r->given[i].shape};
    }
    return RQ_OK;
}

static bool is_input(const run_state *r, const rq_node *node, const char *name)
{
    return !strcmp(node->name, name) || rq_graph_find_value(r->graph, name) == node->out[0];
}

static rq_status check_names(const run_state *r)
{
    for (size_t g = 0; g < r->n_given; g++) {
        bool used = false;
        for (size_t i = 0; i < rq_model_input_count(r->model); i++)
            used |= is_input(r, rq_model_input_node(r->model, i), r->given_name[g]);
        if (!used)
            return rq_fail(RQ_EARG, "--input %s: the model has no such input", r->given_name[g]);
    }
    return RQ_OK;
}

static rq_status connect_inputs(run_state *r)
{
    RQ_TRY(check_names(r));
    size_t n = rq_model_input_count(r->model);
    RQ_TRY(rq_calloc(&r->inputs, n, sizeof *r->inputs, "inputs"));
    for (size_t i = 0; i < n; i++) {
        const rq_node *node = rq_model_input_node(r->model, i);
        for (size_t g = 0; g < r->n_given; g++)
            if (is_input(r, node, r->given_name[g])) r->inputs[i] = r->given[g];
        if (r->inputs[i].dtype == RQ_DT_UNDEFINED)
            return rq_fail(RQ_EARG, "input '%s' is not given; expected --input %s=FILE.npy",
                           node->name, node->name);
    }
    return RQ_OK;
}

/* The file that an output is saved under: its tensor name (else its layer's), '/' and ':' as '_'.
 */
static void output_file_name(char *name, size_t size, const run_state *r, size_t i)
{
    const rq_node *result = rq_model_output_node(r->model, i);
    char buffer[512];
    snprintf(name, size, "%s.npy", rq_value_name(r->graph, result->in[0], buffer, sizeof buffer));
    for (char *c = name; *c; c++)
        if (*c == '/' || *c == ':') *c = '_';
}

static rq_status save_output(const run_state *r, size_t i, const char *dir)
{
    char name[600];
    output_file_name(name, sizeof name, r, i);
    char *path = rq_path_join(dir, name);
    if (!path) return rq_fail_memory(strlen(dir), "a path");
    rq_status status = rq_npy_write(path, rq_session_output(r->session, i));
    free(path);
    return status;
}

static rq_status show_outputs(const run_state *r)
{
    for (size_t i = 0; i < rq_model_output_count(r->model); i++) {
        char name[600], shape[RQ_SHAPE_TEXT];
        output_file_name(name, sizeof name, r, i);
        const rq_tensor *t = rq_session_output(r->session, i);
        printf("%s %s %s\n", name, rq_dtype_name(t->dtype), rq_shape_text(&t->shape, shape));
    }
    return RQ_OK;
}

static rq_status run_model(run_state *r)
{
    RQ_TRY(rq_ir_read(&r->graph, rq_args_operand(r->args, 0)));
    RQ_TRY(load_inputs(r));
    RQ_TRY(take_shapes(r));
    rq_exec_options options = rq_model_choice_exec(&r->choice);
    RQ_TRY(rq_model_create(&r->model, r->graph, &options));
    RQ_TRY(rq_session_create(&r->session, r->model));
    RQ_TRY(connect_inputs(r));
    RQ_TRY(rq_session_run(r->session, r->inputs, NULL, NULL));
    const char *dir = rq_args_get(r->args, "save", NULL);
    if (dir) {
        RQ_TRY(rq_make_dirs(dir));
        for (size_t i = 0; i < rq_model_output_count(r->model); i++) RQ_TRY(save_output(r, i, dir));
    }
    return show_outputs(r);
}

static rq_status run(const rq_args *args)
{
    run_state r = {.args = args};
    rq_status status = rq_model_choice_open(&r.choice, args);
    if (status == RQ_OK) status = run_model(&r);
    for (size_t i = 0; i < r.n_given; i++) free(r.given[i].data);
    free(r.given);
    free(r.inputs);
    rq_session_destroy(&r.session);
    rq_model_destroy(&r.model);
    rq_graph_destroy(&r.graph);
    rq_model_choice_close(&r.choice);
    return status;
}

static const rq_option own_options[] = {
    {"input", "NAME=FILE.npy", "an input, by its layer or tensor name (several times for several)",
     true},
    {"save", "DIR", "write every output as .npy into this folder", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_model_options, rq_common_options, NULL};
static const char *const examples[] = {
    "requant run model.xml --input image=x.npy --save out",
    "requant run det.xml --input x=page.npy --shape 'x[1,3,640,640]'",
    NULL,
};

const rq_command rq_command_run = {
    .name = "run",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "one inference; every output as .npy",
    .options = options,
    .examples = examples,
    .run = run,
};
