/* requant import: an ONNX, TensorFlow or Caffe model into an IR. */
#include "engine/base/file.h"
#include "engine/cli/command.h"
#include "engine/import/import.h"
#include "engine/ir/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct import_state {
    const rq_args *args;
    rq_import_files files;
    rq_source *source;
    rq_import_result result;
    char *xml; /* where the IR goes */
} import_state;

static rq_status find_model(import_state *s)
{
    const char *operand = rq_args_operand(s->args, 0);
    const char *option = rq_args_get(s->args, "input_model", NULL);
    if (operand && option)
        return rq_fail(RQ_EARG, "the model is given twice: %s and --input_model %s", operand,
                       option);
    s->files.model = operand ? operand : option;
    return s->files.model ? RQ_OK : rq_fail(RQ_EARG, "expected MODEL or --input_model");
}

/* -o NAME.xml is the file itself; -o DIR holds <model_name>.xml. */
static rq_status find_output(import_state *s)
{
    const char *out = rq_args_get(s->args, "output_dir", ".");
    if (rq_ends_with(out, ".xml")) {
        char *dir = rq_path_dir(out);
        s->xml = strdup(out);
        rq_status status = s->xml && dir ? rq_make_dirs(dir) : rq_fail_memory(0, "a file name");
        free(dir);
        return status;
    }
    char *stem = rq_path_stem(s->files.model), *name = NULL;
    const char *base = rq_args_get(s->args, "model_name", stem);
    if (base && asprintf(&name, "%s.xml", base) < 0) name = NULL;
    if (name) s->xml = rq_path_join(out, name);
    free(stem);
    free(name);
    if (!s->xml) return rq_fail_memory(strlen(out), "a file name");
    return rq_make_dirs(out);
}

static rq_status refuse_unmapped(const import_state *s)
{
    rq_buf text = {0};
    rq_import_list_unmapped(&text, s->source, &s->result);
    rq_status status =
        rq_fail(RQ_EUNSUPPORTED, "%s: %zu of its nodes have no counterpart in the IR:\n%s",
                s->files.model, s->result.n_unmapped, text.data ? text.data : "");
    rq_buf_free(&text);
    return status;
}

static size_t count_nodes(const rq_graph *graph)
{
    size_t n = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        n += graph->nodes[i] && strcmp(graph->nodes[i]->type, "Const");
    return n;
}

static rq_status import_model(import_state *s)
{
    RQ_TRY(find_model(s));
    RQ_TRY(rq_import_open(&s->source, &s->files));
    const rq_import_options import_options = {
        .disable_fusing = rq_args_has(s->args, "disable_fusing"),
    };
    RQ_TRY(rq_import_graph(&s->result, s->source, &import_options));
    if (s->result.n_unmapped) return refuse_unmapped(s);
    RQ_TRY(find_output(s));
    RQ_TRY(rq_ir_write(s->result.graph, s->xml));
    printf("%s: %s, %zu nodes -> %s, %zu layers\n", s->files.model, s->source->framework,
           s->source->n_nodes, s->xml, count_nodes(s->result.graph));
    return RQ_OK;
}

static rq_status run(const rq_args *args)
{
    import_state s = {.args = args};
    rq_status status = import_model(&s);
    rq_graph_destroy(&s.result.graph);
    rq_source_destroy(&s.source);
    free(s.xml);
    return status;
}

static const rq_option own_options[] = {
    {"output_dir", "OUT", "folder for the IR, or its name ending in .xml; also -o (default: here)",
     false},
    {"input_model", "MODEL", "the model, instead of the operand", false},
    {"disable_fusing", NULL, "keep the layers as they are in the model", false},
    {"model_name", "NAME", "name of the IR (default: the model's)", false},
    RQ_OPTIONS_END,
};
static const rq_option *const options[] = {own_options, rq_common_options, NULL};
static const char *const examples[] = {"requant import model.onnx -o ir", NULL};

const rq_command rq_command_import = {
    .name = "import",
    .operands = "MODEL",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "an ONNX, TensorFlow or Caffe model into an IR",
    .options = options,
    .examples = examples,
    .run = run,
};
