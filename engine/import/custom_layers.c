#include "engine/import/custom_layers.h"

#include "engine/base/formats/xml.h"
#include "engine/import/extension_map.h"
#include "engine/ops/requant_extension.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_BYTES ((size_t)1 << 20)

/* -- the file --------------------------------------------------------------------------------- */

static rq_status take_layer(rq_custom_layers *layers, const rq_xml *x, const char *path)
{
    const char *type = rq_xml_attr(x, "NativeType"), *has = rq_xml_attr(x, "hasParam");
    if (strcmp(x->name, "CustomLayer") != 0 || !type || !*type)
        return rq_fail(RQ_EFORMAT, "%s: expected <CustomLayer NativeType=\"...\"/>, found <%s>",
                       path, x->name);
    layers->layers[layers->n++] = (rq_custom_layer){
        .type = type,
        .has_param = has && !strcasecmp(has, "true"),
        .shape = rq_xml_attr(x, "shape"),
    };
    return RQ_OK;
}

static rq_status take_layers(rq_custom_layers *layers, const rq_xml *root, const char *path,
                             rq_arena *arena)
{
    size_t n = 0;
    if (strcmp(root->name, "CustomLayersMapping") != 0)
        return rq_fail(RQ_EFORMAT, "%s: expected <CustomLayersMapping>, found <%s>", path,
                       root->name);
    for (const rq_xml *x = root->first; x; x = x->next) n++;
    layers->layers = rq_arena_alloc(arena, n, sizeof *layers->layers);
    if (!layers->layers) return RQ_ENOMEM;
    for (const rq_xml *x = root->first; x; x = x->next) RQ_TRY(take_layer(layers, x, path));
    return RQ_OK;
}

rq_status rq_custom_layers_read(rq_custom_layers **out, const char *path, rq_arena *arena)
{
    char *text = NULL;
    size_t size;
    const rq_xml *root;
    *out = rq_arena_alloc(arena, 1, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    RQ_TRY(rq_read_file(&text, &size, path, MAX_BYTES));
    rq_status status = rq_xml_parse(&root, arena, text, size, path);
    if (status == RQ_OK) status = take_layers(*out, root, path, arena);
    free(text);
    return status;
}

const rq_custom_layer *rq_custom_layer_find(const rq_custom_layers *layers, const char *type)
{
    for (size_t i = 0; layers && i < layers->n; i++)
        if (!strcmp(layers->layers[i].type, type)) return &layers->layers[i];
    return NULL;
}

/* -- mapping ---------------------------------------------------------------------------------- */

static void set_params(rq_ir_builder *b, rq_node *node)
{
    for (size_t i = 0; i < b->node->n_attrs; i++) {
        const rq_framework_attr *attr = &b->node->attrs[i];
        rq_buf text = {0};
        rq_buf_append(&text, "");
        if (strcmp(attr->name, "bottoms") != 0 && strcmp(attr->name, "weightless") != 0 &&
            rq_map_attr_text(&text, attr))
            rq_ir_builder_ok(b, text.failed
                                    ? RQ_ENOMEM
                                    : rq_node_set_attr(b->graph, node, attr->name, text.data));
        rq_buf_free(&text);
    }
}

/* Of one size of what is not known; false where shapes of inputs are not. */
static bool apply_rule(rq_ir_builder *b, const rq_custom_layer *layer, const rq_node *node, int s)
{
    rq_shape in[RQ_X_MAX_PORTS], out;
    for (uint32_t i = 0; i < node->n_in; i++) {
        in[i] = rq_ir_builder_sample(b, node->in[i], s)->shape;
        if (!rq_shape_is_static(&in[i])) return false;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (!rq_ir_builder_ok(b, rq_custom_shape(&out, layer->shape, i, in, node->n_in)))
            return false;
        b->values[node->out[i]].t[s] = (rq_tensor){RQ_DT_F32, out, NULL};
    }
    return true;
}

/* Types and shapes where no extension infers them. */
static void infer_by_rule(rq_ir_builder *b, const rq_custom_layer *layer, const rq_node *node)
{
    for (int s = 0; layer->shape && s < RQ_IR_BUILDER_SAMPLES; s++)
        if (!apply_rule(b, layer, node, s)) break;
    if (b->status != RQ_OK)
        b->status = rq_fail_prefix(b->status, "%s: layer '%s' (%s)", b->source->path, b->node->name,
                                   b->node->type);
    else
        rq_ir_builder_note_outputs(b, node);
}

void rq_custom_layer_map(rq_ir_builder *b, const rq_custom_layer *layer)
{
    const char *type = rq_arena_printf(b->arena, "%s-extension", layer->type);
    rq_id in[RQ_X_MAX_PORTS];
    size_t n = b->node->n_in;
    if (n > RQ_X_MAX_PORTS) {
        rq_ir_builder_fail(b, RQ_EUNSUPPORTED, "%zu inputs of a custom layer", n);
        return;
    }
    if (!rq_ir_builder_ok(b, type ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_node *node = rq_emit_deferred(b, type, in, n, (uint32_t)b->node->n_out, "%s", "");
    if (node && layer->has_param) set_params(b, node);
    if (!node || b->status != RQ_OK) return;
    rq_ir_builder_infer(b, node, false);
    if (!rq_node_op(node)) infer_by_rule(b, layer, node);
    rq_ir_builder_set_all(b, node);
}
