#include "engine/import/import.h"

#include "engine/base/text.h"
#include "engine/import/extension_map.h"

#include <stdlib.h>
#include <string.h>

#define RQ_READER(word, name) extern const rq_reader rq_reader_##word;
#include "engine/import/readers.def"
#undef RQ_READER

static const rq_reader *const readers[] = {
#define RQ_READER(word, name) &rq_reader_##word,
#include "engine/import/readers.def"
#undef RQ_READER
};
#define N_READERS (sizeof readers / sizeof readers[0])

static bool is_pytorch(const char *path)
{
    return rq_ends_with(path, ".pt") || rq_ends_with(path, ".pth");
}

static rq_status explain_pytorch(const char *path)
{
    return rq_fail(RQ_EUNSUPPORTED,
                   "%s: PyTorch's own format is not read; export ONNX from Python, with the shape "
                   "of your input:\n"
                   "import torch; model = torch.load('%s', weights_only=False).eval(); "
                   "torch.onnx.export(model, torch.zeros(1, 3, 224, 224), 'model.onnx')",
                   path, path);
}

static bool is_keras(const char *path)
{
    return rq_ends_with(path, ".keras") || rq_ends_with(path, ".h5") || rq_ends_with(path, ".hdf5");
}

static rq_status explain_keras(const char *path)
{
    return rq_fail(RQ_EUNSUPPORTED,
                   "%s: Keras's own format is not read; export a SavedModel from Python, and give "
                   "its folder:\n"
                   "import keras; keras.models.load_model('%s', compile=False).export('model')",
                   path, path);
}

static rq_status unknown_kind(const char *path)
{
    if (is_keras(path)) return explain_keras(path);
    if (is_pytorch(path)) return explain_pytorch(path);
    rq_buf names = {0};
    for (size_t i = 0; i < N_READERS; i++)
        rq_buf_printf(&names, "%s%s", i ? ", " : "", readers[i]->op_mapping->framework);
    rq_status status = rq_fail(RQ_EFORMAT, "%s: not a model of a known kind (%s)", path,
                               names.data ? names.data : "");
    rq_buf_free(&names);
    return status;
}

/* NULL when no reader takes it. */
static rq_status find_reader(const rq_reader **out, const rq_import_files *files)
{
    rq_mapping file = {0};
    *out = NULL;
    if (files->model && !rq_is_dir(files->model)) RQ_TRY(rq_map_file(&file, files->model));
    for (size_t i = 0; i < N_READERS && !*out; i++)
        if (readers[i]->sniff(files, file.data, file.size)) *out = readers[i];
    rq_unmap_file(&file);
    return RQ_OK;
}

const char *rq_import_kind(const rq_import_files *files)
{
    const rq_reader *reader;
    return find_reader(&reader, files) == RQ_OK && reader ? reader->op_mapping->framework : NULL;
}

rq_status rq_import_open(rq_framework_model **out, const rq_import_files *files)
{
    const rq_reader *reader;
    *out = NULL;
    RQ_TRY(find_reader(&reader, files));
    return reader ? reader->read(out, files) : unknown_kind(files->model ? files->model : "");
}

rq_status rq_import_read_mean(rq_tensor *out, rq_arena *arena, const char *path)
{
    for (size_t i = 0; i < N_READERS; i++)
        if (readers[i]->read_mean) return readers[i]->read_mean(out, arena, path);
    return rq_fail(RQ_EUNSUPPORTED, "%s: no framework that is read here has mean images", path);
}

static const rq_op_mapping *find_op_mapping(const rq_framework_model *source)
{
    for (size_t i = 0; i < N_READERS; i++)
        if (!strcmp(readers[i]->op_mapping->framework, source->framework))
            return readers[i]->op_mapping;
    return NULL;
}

/* -- mapping --------------------------------------------------------------------------------- */

static void add_names(rq_ir_builder *b, const rq_framework_value *of, rq_id value)
{
    for (size_t i = 0; i < sizeof of->also / sizeof *of->also; i++)
        if (of->also[i]) rq_ir_builder_add_tensor_name(b, value, of->also[i]);
}

static void map_input(rq_ir_builder *b, const rq_framework_value *input)
{
    rq_dtype inside = input->tensor.dtype, fed = input->fed;
    if (fed == RQ_DT_UNDEFINED) fed = inside;
    rq_id value = rq_ir_builder_parameter(b, input->name, fed, &input->tensor.shape);
    add_names(b, input, value);
    if (input->ranges && value != RQ_NONE)
        rq_ir_builder_ok(b, rq_node_set_attr(b->graph, rq_value_producer(b->graph, value), "shape",
                                             input->ranges));
    if (fed != inside) rq_ir_builder_name(b, input->name, rq_emit_convert(b, value, inside));
}

static void map_source(rq_ir_builder *b)
{
    const rq_framework_model *source = b->source;
    if (source->n_outputs == 0) rq_ir_builder_fail(b, RQ_EFORMAT, "the model has no outputs");
    for (size_t i = 0; i < source->n_inputs; i++) map_input(b, &source->inputs[i]);
    rq_ir_builder_nodes(b, source);
    for (size_t i = 0; i < source->n_outputs; i++) {
        rq_id value = rq_ir_builder_find(b, source->outputs[i].name);
        if (value == RQ_NONE)
            rq_ir_builder_fail(b, RQ_EFORMAT, "output '%s' is given by no node",
                               source->outputs[i].name);
        add_names(b, &source->outputs[i], value);
        rq_ir_builder_result(b, source->outputs[i].name, value);
    }
}

/* A copy of a list in the framework's model's arena; NULL when memory is short. */
static void *keep_list(const rq_framework_model *source, const void *list, size_t n, size_t size)
{
    void *copy = rq_arena_alloc(source->arena, n, size);
    if (copy && n) memcpy(copy, list, n * size);
    return copy;
}

static rq_status fuse(rq_import_result *out, rq_ir_builder *b, const rq_import_options *options)
{
    rq_pass p;
    rq_keep *keep = NULL;
    rq_pass_choice choice = {0};
    if (options)
        choice =
            (rq_pass_choice){.disable_fusing = options->disable_fusing, .skip = options->skip_pass};
    if (options && options->keep) RQ_TRY(rq_keep_create(&keep, options->keep));
    choice.keep = keep;
    rq_status status = rq_passes_run(&p, b, &choice);
    rq_keep_destroy(&keep);
    out->n_fused = p.n_fused;
    if (status == RQ_OK) out->fused = keep_list(b->source, p.fused, p.n_fused, sizeof *p.fused);
    free(p.fused);
    return status == RQ_OK && !out->fused ? RQ_ENOMEM : status;
}

static rq_status build_graph(rq_import_result *out, rq_ir_builder *b,
                             const rq_import_options *options)
{
    const rq_framework_model *source = b->source;
    b->offload = options ? options->offload : NULL;
    b->custom = options ? options->custom : NULL;
    b->fold_budget = rq_fold_budget(rq_framework_model_constant_bytes(source));
    map_source(b);
    RQ_TRY(b->status);
    out->n_unmapped = b->n_unmapped;
    out->lacks_weights = b->lacks_weights;
    if (b->n_unmapped) {
        out->unmapped = keep_list(source, b->unmapped, b->n_unmapped, sizeof *b->unmapped);
        return out->unmapped ? RQ_OK : RQ_ENOMEM;
    }
    RQ_TRY(rq_passes_run_first(b));
    if (options) RQ_TRY(rq_prepare_graph(b, &options->prepare));
    RQ_TRY(fuse(out, b, options));
    return rq_map_name_extensions(b->graph);
}

rq_status rq_import_graph(rq_import_result *out, const rq_framework_model *source,
                          const rq_import_options *options)
{
    rq_graph *graph = NULL;
    rq_ir_builder b = {0};
    *out = (rq_import_result){0};
    RQ_TRY(rq_graph_create(&graph, source->name));
    graph->path = rq_arena_strdup(graph->arena, source->path);
    rq_status status = graph->path ? RQ_OK : RQ_ENOMEM;
    if (status == RQ_OK) status = rq_ir_builder_begin(&b, source, find_op_mapping(source), graph);
    if (status == RQ_OK) status = build_graph(out, &b, options);
    rq_ir_builder_end(&b);
    if (status == RQ_OK && !out->n_unmapped)
        out->graph = graph;
    else
        rq_graph_destroy(&graph);
    return status;
}

/* -- what is known before a cut --------------------------------------------------------------- */

static rq_status add_hints(rq_framework_model *source, const rq_ir_builder *b)
{
    size_t n = source->n_hints, room = n;
    for (size_t i = 0; i < source->n_nodes; i++) room += source->nodes[i].n_out;
    rq_framework_value *hints = rq_arena_alloc(source->arena, room, sizeof *hints);
    if (!hints) return RQ_ENOMEM;
    if (n) memcpy(hints, source->hints, n * sizeof *hints);
    for (size_t i = 0; i < source->n_nodes; i++)
        for (size_t k = 0; k < source->nodes[i].n_out; k++) {
            const char *name = source->nodes[i].out[k];
            rq_id value = rq_map_get(b->names, name);
            if (value == RQ_NONE || value >= b->n_values) continue;
            const rq_tensor t = {rq_ir_builder_dtype(b, value), rq_ir_builder_shape(b, value),
                                 NULL};
            if (t.dtype != RQ_DT_UNDEFINED && t.shape.rank >= 0)
                hints[n++] = (rq_framework_value){.name = name, .tensor = t};
        }
    source->hints = hints;
    source->n_hints = n;
    return RQ_OK;
}

rq_status rq_import_infer(rq_framework_model *source)
{
    rq_graph *graph = NULL;
    rq_ir_builder b = {0};
    RQ_TRY(rq_graph_create(&graph, source->name));
    rq_status status = rq_ir_builder_begin(&b, source, find_op_mapping(source), graph);
    if (status == RQ_OK) {
        b.fold_budget = rq_fold_budget(rq_framework_model_constant_bytes(source));
        map_source(&b);
        status = add_hints(source, &b);
    }
    rq_ir_builder_end(&b);
    rq_graph_destroy(&graph);
    return status;
}

size_t rq_import_count_fused(const rq_import_result *result, const rq_pass_row *pass)
{
    size_t n = 0;
    for (size_t i = 0; i < result->n_fused; i++) n += !strcmp(result->fused[i].pass, pass->name);
    return n;
}

void rq_import_list_fused(rq_buf *out, const rq_import_result *result, bool names)
{
    for (size_t k = 0; k < rq_pass_count(); k++) {
        const rq_pass_row *row = rq_pass_at(k);
        size_t n = rq_import_count_fused(result, row);
        if (!n) continue;
        rq_buf_printf(out, "  %-12s %4zu  %s\n", row->name, n, row->help);
        for (size_t i = 0; i < result->n_fused && names; i++)
            if (!strcmp(result->fused[i].pass, row->name)) {
                rq_buf_printf_visible(out, "    %s", result->fused[i].layer);
                rq_buf_append(out, "\n");
            }
    }
}

/* -- what does not map ----------------------------------------------------------------------- */

#define NAMES_SHOWN 3

static bool same_type(const rq_unmapped *a, const rq_unmapped *b)
{
    return !strcmp(a->node->type, b->node->type) && !strcmp(a->node->domain, b->node->domain);
}

static void list_type(rq_buf *out, const rq_op_mapping *op_mapping, const rq_import_result *result,
                      size_t first)
{
    const rq_unmapped *entry = &result->unmapped[first];
    size_t count = 0;
    for (size_t i = 0; i < first; i++)
        if (same_type(&result->unmapped[i], entry)) return;
    for (size_t i = first; i < result->n_unmapped; i++)
        count += same_type(&result->unmapped[i], entry);
    rq_buf_printf_visible(out, "  %s%s%s x%zu:", entry->node->domain,
                          entry->node->domain[0] ? "." : "", entry->node->type, count);
    size_t shown = 0;
    for (size_t i = first; i < result->n_unmapped && shown < NAMES_SHOWN; i++)
        if (same_type(&result->unmapped[i], entry))
            rq_buf_printf_visible(out, "%s '%s'", shown++ ? "," : "",
                                  result->unmapped[i].node->name);
    if (count > shown) rq_buf_printf_visible(out, " and %zu more", count - shown);
    const char *near = entry->why ? NULL : rq_op_mapping_suggest(op_mapping, entry->node->type);
    if (entry->why) rq_buf_printf_visible(out, ": %s", entry->why);
    if (near) rq_buf_printf_visible(out, "; the nearest that maps is %s", near);
    rq_buf_append(out, "\n");
}

static bool lacks_operators(const rq_import_result *result)
{
    for (size_t i = 0; i < result->n_unmapped; i++)
        if (!result->unmapped[i].why) return true;
    return false;
}

void rq_import_list_unmapped(rq_buf *out, const rq_framework_model *source,
                             const rq_import_result *result)
{
    const rq_op_mapping *op_mapping = find_op_mapping(source);
    for (size_t i = 0; i < result->n_unmapped; i++) list_type(out, op_mapping, result, i);
    if (!result->n_unmapped) return;
    if (lacks_operators(result))
        rq_buf_append(out, "An operator of your own comes from a library: --extensions (`requant "
                           "extension new NAME` begins one)\n");
    const rq_framework_node *first = result->unmapped[0].node;
    if (!first->n_in || !first->in[0][0]) return;
    rq_buf_printf_visible(out, "To import only what comes before them, cut there: --output '%s'",
                          first->in[0]);
    rq_buf_append(out, "\n");
}
