/* requant run: one inference; every output as .npy. */
#include "engine/base/file.h"
#include "engine/api/options/image_options.h"
#include "engine/api/options/model_options.h"
#include "engine/cli/command.h"
#include "engine/import/model_folder.h"
#include "engine/run/output_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct run {
    const rq_args *args;
    rq_workload workload; /* the model, and tensors of --input in the order of the options */
    rq_model *model;
    rq_session *session;
    rq_tensor *inputs; /* views for the session */
} run_state;

/* An array given for an input that has no static shape says its shape. */
static rq_status take_shapes(rq_workload *w)
{
    for (size_t i = 0; i < w->request.n_fixed; i++) {
        const rq_fixed_input *given = &w->request.fixed[i];
        const rq_node *node = rq_graph_find_parameter(w->graph, given->name);
        if (!node || rq_shape_is_static(&w->graph->values[node->out[0]]->shape)) continue;
        if (w->exec.n_shapes == RQ_MAX_SHAPES) return rq_fail(RQ_EARG, "too many inputs");
        w->shapes[w->exec.n_shapes++] = (rq_input_shape){given->name, given->tensor.shape};
    }
    return RQ_OK;
}

static rq_status connect_inputs(run_state *r)
{
    const rq_image_request *request = &r->workload.request;
    size_t n = rq_model_input_count(r->model), at = 0;
    RQ_TRY(rq_calloc(&r->inputs, n, sizeof *r->inputs, "inputs"));
    for (size_t g = 0; g < request->n_fixed; g++) {
        RQ_TRY(rq_fixed_input_find(&at, r->model, &request->fixed[g]));
        r->inputs[at] = request->fixed[g].tensor;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = rq_model_input_node(r->model, i)->name;
        if (r->inputs[i].dtype == RQ_DT_UNDEFINED)
            return rq_fail(RQ_EARG, "input '%s' is not given; expected --input %s=FILE.npy", name,
                           name);
    }
    return RQ_OK;
}

static rq_status show_outputs(const run_state *r)
{
    rq_buf text = {0};
    for (size_t i = 0; i < rq_model_output_count(r->model); i++) {
        char name[RQ_OUTPUT_FILE_NAME], shape[RQ_SHAPE_TEXT];
        rq_output_file_name(name, r->model, i);
        const rq_tensor *t = rq_session_output(r->session, i);
        rq_buf_printf_visible(&text, "%s %s %s", name, rq_dtype_name(t->dtype),
                              rq_shape_text(&t->shape, shape));
        rq_buf_append(&text, "\n");
    }
    if (!text.failed) fputs(text.data ? text.data : "", stdout);
    rq_status status = text.failed ? rq_fail_memory(text.length, "a text") : RQ_OK;
    rq_buf_free(&text);
    return status;
}

static rq_status run_model(run_state *r)
{
    rq_workload *w = &r->workload;
    const rq_settings *settings = rq_args_settings(r->args);
    const char *path;
    RQ_TRY(rq_workload_open(w));
    RQ_TRY(rq_model_options_read(w, settings));
    RQ_TRY(rq_import_find_model(&path, rq_args_operand(r->args, 0), w->arena));
    RQ_TRY(rq_import_refuse_other(path));
    RQ_TRY(rq_workload_read(w, path));
    RQ_TRY(rq_fixed_inputs_read(w, settings));
    RQ_TRY(take_shapes(w));
    RQ_TRY(rq_model_create(&r->model, w->graph, &w->exec));
    RQ_TRY(rq_session_create(&r->session, r->model));
    RQ_TRY(connect_inputs(r));
    RQ_TRY(rq_session_run(r->session, r->inputs, NULL, NULL));
    const char *dir = rq_args_get(r->args, "save", NULL);
    if (dir) {
        RQ_TRY(rq_make_dirs(dir));
        RQ_TRY(rq_output_files_write(dir, r->model, r->session));
    }
    return show_outputs(r);
}

static rq_status run(const rq_args *args)
{
    run_state r = {.args = args};
    rq_status status = run_model(&r);
    free(r.inputs);
    rq_session_destroy(&r.session);
    rq_model_destroy(&r.model);
    rq_workload_close(&r.workload);
    return status;
}

static const rq_option own_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("input", "NAME=FILE.npy", "an input, by its layer or tensor name", .repeats = true),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("save", "DIR", "write every output as .npy into this folder"),
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_model_options, rq_common_options, NULL};
static const char *const examples[] = {
    "requant run model.xml --input image=x.npy --save out",
    "requant run det.xml --input x=page.npy --shape 'x[1,3,640,640]'",
    NULL,
};

static const rq_short shorts[] = {{"-o", "save"}, {NULL, NULL}};

const rq_command rq_command_run = {
    .name = "run",
    .operands = "MODEL.xml",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "run one inference; every output as .npy",
    .options = options,
    .examples = examples,
    .run = run,
    .shorts = shorts,
};
