#include "engine/import/extension_map.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/ops/extension.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- which ------------------------------------------------------------------------------------ */

/* "onnx" */
static const char *framework_word(const char *framework)
{
    static const struct {
        const char *word, *framework;
    } words[] = {
#define RQ_READER(word, name) {#word, rq_framework_##word},
#include "engine/import/readers.def"
#undef RQ_READER
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].framework, framework)) return words[i].word;
    return framework;
}

const rq_op *rq_map_find_extension(rq_ir_builder *b)
{
    const char *framework = b->source->framework;
    rq_buf source = {0};
    rq_buf_printf(&source, "%s:", framework_word(framework));
    if (!strcmp(framework, rq_framework_onnx)) rq_buf_printf(&source, "%s:", b->node->domain);
    rq_buf_append(&source, b->node->type);
    rq_ir_builder_ok(b, source.failed ? RQ_ENOMEM : RQ_OK);
    const rq_op *op = source.failed ? NULL : rq_extension_find_source(source.data);
    rq_buf_free(&source);
    return op;
}

/* -- attributes ------------------------------------------------------------------------------- */

/* The shortest of a float's digits that give it back. */
static void put_real(rq_buf *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.7g", value);
    if ((float)strtod(text, NULL) != (float)value) snprintf(text, sizeof text, "%.9g", value);
    rq_buf_append(out, text);
}

bool rq_map_attr_text(rq_buf *out, const rq_framework_attr *attr)
{
    size_t n = attr->n;
    switch (attr->kind) {
    case RQ_FRAMEWORK_INT:
        rq_buf_printf(out, "%" PRId64, attr->i);
        return true;
    case RQ_FRAMEWORK_FLOAT:
        put_real(out, attr->f);
        return true;
    case RQ_FRAMEWORK_STRING:
        rq_buf_append(out, attr->s);
        return true;
    case RQ_FRAMEWORK_DTYPE:
        rq_buf_append(out, rq_dtype_name((rq_dtype)attr->i));
        return true;
    case RQ_FRAMEWORK_INTS:
        for (size_t i = 0; i < n; i++)
            rq_buf_printf(out, "%s%" PRId64, i ? "," : "", attr->ints[i]);
        return true;
    case RQ_FRAMEWORK_FLOATS:
        for (size_t i = 0; i < n; i++) {
            rq_buf_append(out, i ? "," : "");
            put_real(out, attr->floats[i]);
        }
        return true;
    case RQ_FRAMEWORK_SHAPE:
        for (int i = 0; i < attr->shape.rank; i++)
            rq_buf_printf(out, "%s%" PRId64, i ? "," : "", attr->shape.d[i]);
        return true;
    default:
        return false;
    }
}

static void set_attr(rq_ir_builder *b, rq_node *node, const rq_x_attr *attr)
{
    const char *model_name = attr->model_name ? attr->model_name : attr->name;
    const rq_framework_attr *given = rq_framework_find_attr(b->node, model_name);
    rq_buf text = {0};
    bool fits = true;
    rq_buf_append(&text, "");
    if (given)
        fits = rq_map_attr_text(&text, given);
    else if (attr->fallback)
        rq_buf_append(&text, attr->fallback);
    if (!fits)
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "attribute '%s' is a tensor or a graph", model_name);
    else if (given || attr->fallback)
        rq_ir_builder_ok(b, text.failed ? RQ_ENOMEM
                                        : rq_node_set_attr(b->graph, node, attr->name, text.data));
    rq_buf_free(&text);
}

/* -- the node --------------------------------------------------------------------------------- */

void rq_map_extension(rq_ir_builder *b, const rq_op *op)
{
    const rq_x_op *row = rq_extension_row(op);
    const char *type = rq_arena_printf(b->arena, "%s-%s", row->type, row->opset);
    rq_id in[RQ_X_MAX_PORTS];
    size_t n = b->node->n_in;
    if (n > RQ_X_MAX_PORTS)
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "%zu inputs, extensions take at most %d", n,
                           RQ_X_MAX_PORTS);
    if (!rq_ir_builder_ok(b, type ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_node *node = rq_emit_deferred(b, type, in, n, row->n_out, "%s", "");
    for (size_t i = 0; node && i < row->n_attrs; i++) set_attr(b, node, &row->attrs[i]);
    if (!node || b->status != RQ_OK) return;
    rq_ir_builder_infer(b, node, !b->no_fold);
    rq_ir_builder_set_all(b, node);
}

/* -- naming the libraries --------------------------------------------------------------------- */

static rq_status name_library(rq_graph *graph, const rq_node *node)
{
    const char *path = rq_extension_path(rq_node_op(node));
    if (!path) return RQ_OK;
    const char *place = rq_arena_printf(graph->arena, RQ_EXTENSION_RT_INFO "%s", node->type);
    return place ? rq_graph_set_rt_info(graph, place, rq_path_name(path)) : RQ_ENOMEM;
}

/* Of the nodes in `of`: the graph itself, or a body of it. */
static rq_status name_libraries(rq_graph *graph, const rq_graph *of)
{
    for (size_t i = 0; i < of->n_nodes; i++) {
        const rq_node *node = of->nodes[i];
        if (!node) continue;
        RQ_TRY(name_library(graph, node));
        for (size_t b = 0; b < node->n_bodies; b++)
            RQ_TRY(name_libraries(graph, node->bodies[b].graph));
    }
    return RQ_OK;
}

rq_status rq_map_name_extensions(rq_graph *graph)
{
    return name_libraries(graph, graph);
}
