/* A model of another framework: what is in it, and what import makes of it. */
#include "engine/cli/show/show_model.h"
#include "reports/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static rq_import_files files_of(const rq_show *show)
{
    return (rq_import_files){
        .model = show->path, .proto = show->proto, .checkpoint = show->checkpoint};
}

static bool matches(const char *path, const char *head, size_t n)
{
    (void)head, (void)n;
    return rq_import_kind(&(rq_import_files){.model = path}) != NULL;
}

/* -- text ------------------------------------------------------------------------------------ */

static const char *number(rq_show *show, rq_unit unit, double x)
{
    char text[RQ_NUMBER_TEXT];
    return rq_arena_strdup(show->arena, rq_unit_text(unit, x, text));
}

static void put_title(rq_show *show, const rq_model_facts *facts)
{
    const rq_framework_model *source = facts->source;
    char *stem = rq_path_stem(show->path); /* few frameworks name their models */
    const char *name = source->name[0] || !stem ? source->name : stem;
    const char *opset =
        source->opset ? rq_arena_printf(show->arena, " opset %d", (int)source->opset) : "";
    rq_show_heading(show, rq_arena_printf(show->arena, "%s, %s%s", name, source->framework, opset));
    free(stem);
    if (isfinite(facts->file_bytes))
        rq_buf_printf(show->out, "  %s\n", number(show, RQ_UNIT_BYTES, facts->file_bytes));
    rq_buf_printf(show->out, "  parameters  %s\n", number(show, RQ_UNIT_COUNT, facts->parameters));
    if (isfinite(facts->gflops))
        rq_buf_printf(show->out, "  GFLOPs      %.4g an image\n", facts->gflops);
    else if (facts->result.graph)
        rq_buf_append(show->out, "  GFLOPs      not known: depend on the inputs' shapes\n");
}

static void put_values(rq_show *show, const char *title, const rq_framework_value *values, size_t n)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    rq_text_table_row(&table, (const char *[]){title, "shape", "type"}, 3);
    for (size_t i = 0; i < n; i++) {
        const rq_tensor *t = &values[i].tensor;
        char shape[RQ_SHAPE_TEXT];
        const char *dtype = t->dtype == RQ_DT_UNDEFINED ? "" : rq_dtype_name(t->dtype);
        rq_text_table_row(
            &table, (const char *[]){values[i].name, rq_shape_text(&t->shape, shape), dtype}, 3);
    }
    rq_show_table(show, &table, n);
}

static void put_constants(rq_show *show, const rq_model_facts *facts)
{
    rq_text_table table = {0};
    rq_text_table_row(&table, (const char *[]){"constants in", "size"}, 2);
    for (int dt = 0; dt < RQ_DT_COUNT; dt++)
        if (facts->constants[dt] != 0)
            rq_text_table_row(&table,
                              (const char *[]){rq_dtype_name((rq_dtype)dt),
                                               number(show, RQ_UNIT_BYTES, facts->constants[dt])},
                              2);
    rq_show_table(show, &table, 0);
}

static void put_import(rq_show *show, const rq_model_facts *facts)
{
    rq_show_heading(show, "Imported without options");
    if (facts->why) {
        rq_buf_append(show->out, "  it fails: ");
        rq_buf_visible(show->out, facts->why);
        rq_buf_append(show->out, "\n");
    } else if (facts->result.n_unmapped) {
        rq_buf_printf(show->out, "  %zu node%s not supported:\n", facts->result.n_unmapped,
                      facts->result.n_unmapped == 1 ? " is" : "s are");
        rq_import_list_unmapped(show->out, facts->source, &facts->result);
    } else {
        rq_show_types(show, &facts->layers, "operator in the IR", "layers");
        if (facts->result.n_fused) rq_buf_append(show->out, "\n  passes\n");
        rq_import_list_fused(show->out, &facts->result, show->all);
    }
}

static void put_nodes(rq_show *show, const rq_framework_model *source)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    size_t picked = 0;
    rq_text_table_row(&table, (const char *[]){"node", "operator", "output"}, 3);
    for (size_t i = 0; i < source->n_nodes; i++) {
        const rq_framework_node *node = &source->nodes[i];
        if (!rq_show_picks(show, node->name)) continue;
        if (picked++ >= rq_show_rows(show, source->n_nodes)) continue;
        rq_text_table_row(
            &table, (const char *[]){node->name, node->type, node->n_out ? node->out[0] : ""}, 3);
    }
    rq_show_table(show, &table, picked);
}

static rq_status text(rq_show *show)
{
    rq_model_facts facts;
    rq_import_files files = files_of(show);
    RQ_TRY(rq_model_facts_open(&facts, &files, show->arena));
    const rq_framework_model *source = facts.source;
    if (!show->layer) {
        put_title(show, &facts);
        put_values(show, "input", source->inputs, source->n_inputs);
        put_values(show, "output", facts.outputs, source->n_outputs);
        put_constants(show, &facts);
        rq_show_types(show, &facts.operators, "operator", "nodes");
        put_import(show, &facts);
    }
    if (show->layer || show->all) put_nodes(show, source);
    rq_model_facts_close(&facts);
    return RQ_OK;
}

/* -- JSON ------------------------------------------------------------------------------------ */

static rq_json *values_json(const rq_framework_value *values, size_t n)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < n; i++) {
        char shape[RQ_SHAPE_TEXT];
        rq_json *value = rq_json_object();
        rq_json_set(value, "name", rq_json_string(values[i].name));
        rq_json_set(value, "shape", rq_json_string(rq_shape_text(&values[i].tensor.shape, shape)));
        rq_json_set(value, "type", rq_json_string(rq_dtype_name(values[i].tensor.dtype)));
        rq_json_push(list, value);
    }
    return list;
}

static rq_json *fused_json(const rq_import_result *result)
{
    rq_json *json = rq_json_object();
    for (size_t i = 0; i < rq_pass_count(); i++) {
        size_t n = rq_import_count_fused(result, rq_pass_at(i));
        if (n) rq_json_set(json, rq_pass_at(i)->name, rq_json_integer((int64_t)n));
    }
    return json;
}

static rq_json *unmapped_json(const rq_import_result *result)
{
    rq_json *list = rq_json_array();
    for (size_t i = 0; i < result->n_unmapped; i++) {
        const rq_unmapped *u = &result->unmapped[i];
        rq_json *entry = rq_json_object();
        rq_json_set(entry, "name", rq_json_string(u->node->name));
        rq_json_set(entry, "type", rq_json_string(u->node->type));
        rq_json_set(entry, "why", rq_json_string(u->why));
        rq_json_push(list, entry);
    }
    return list;
}

static rq_json *facts_json(const rq_model_facts *facts)
{
    const rq_framework_model *source = facts->source;
    rq_json *json = rq_json_object();
    rq_json_set(json, "name", rq_json_string(source->name));
    rq_json_set(json, "framework", rq_json_string(source->framework));
    rq_json_set(json, "opset", source->opset ? rq_json_integer(source->opset) : rq_json_null());
    rq_json_set(json, "bytes", rq_json_number(facts->file_bytes));
    rq_json_set(json, "parameters", rq_json_number(facts->parameters));
    rq_json_set(json, "gflops", rq_json_number(facts->gflops));
    rq_json_set(json, "inputs", values_json(source->inputs, source->n_inputs));
    rq_json_set(json, "outputs", values_json(facts->outputs, source->n_outputs));
    rq_json_set(json, "operators", rq_types_json(&facts->operators));
    rq_json_set(json, "imports", rq_json_bool(facts->result.graph != NULL));
    rq_json_set(json, "error", rq_json_string(facts->why));
    rq_json_set(json, "unmapped", unmapped_json(&facts->result));
    rq_json_set(json, "layers", rq_types_json(&facts->layers));
    rq_json_set(json, "fused", fused_json(&facts->result));
    return json;
}

static rq_status json(rq_show *show, rq_json **out)
{
    rq_model_facts facts;
    rq_import_files files = files_of(show);
    RQ_TRY(rq_model_facts_open(&facts, &files, show->arena));
    *out = facts_json(&facts);
    rq_model_facts_close(&facts);
    return RQ_OK;
}

const rq_show_kind rq_show_kind_model = {
    .name = "model",
    .help = "an ONNX, TensorFlow, TensorFlow Lite or Caffe model",
    .matches = matches,
    .text = text,
    .json = json,
};
