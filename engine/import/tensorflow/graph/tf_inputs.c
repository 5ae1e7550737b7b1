/* Nodes that become inputs: placeholders, and what takes from queues and data sets. */
#include "engine/import/framework_model_make.h"
#include "engine/import/tensorflow/graph/tf_ends.h"

#include <string.h>

/* One with a default is a switch ("is_training") when it is a scalar, else an image. */
bool rq_tf_is_input(const Tf__NodeDef *def)
{
    const Tf__AttrValue *shape = rq_tf_find_attr(def, "shape");
    const Tf__AttrValue *dtype = rq_tf_find_attr(def, "dtype");
    if (dtype && dtype->type == TF__DATA_TYPE__DT_RESOURCE) return false; /* a lost variable */
    if (!strcmp(def->op, "PlaceholderWithDefault"))
        return shape && shape->shape && shape->shape->n_dim;
    return rq_tf_is_source(def->op);
}

/* dtype and shape as the node says them; what TensorFlow infers is in "_output_shapes". */
static rq_status emit_placeholder(rq_framework_model *source, const rq_tf_node *node)
{
    const Tf__AttrValue *dtype = rq_tf_find_attr(node->def, "dtype");
    const Tf__AttrValue *shape = rq_tf_find_attr(node->def, "shape");
    const Tf__AttrValue *shapes = rq_tf_find_attr(node->def, "_output_shapes");
    const Tf__TensorShapeProto *found = shape ? shape->shape : NULL;
    if ((!found || (found->unknown_rank && !found->n_dim)) && shapes && shapes->list &&
        shapes->list->n_shape)
        found = shapes->list->shape[0];
    rq_shape read;
    RQ_TRY(rq_tf_shape(&read, found, node->name));
    return rq_framework_model_add_input(source, node->name,
                                        dtype ? rq_tf_dtype(dtype->type) : RQ_DT_UNDEFINED, &read);
}

/* -- several at once -------------------------------------------------------------------------- */

/* Attribute `name` of the node, or of what it takes from (a queue, an iterator). */
static const Tf__AttrValue__ListValue *find_list(const rq_tf_graph *graph, const rq_tf_node *node,
                                                 const char *const *names)
{
    const Tf__NodeDef *defs[] = {node->def, node->n_in ? graph->nodes[node->in[0].node].def : NULL};
    for (size_t i = 0; i < 2 && defs[i]; i++)
        for (const char *const *name = names; *name; name++) {
            const Tf__AttrValue *attr = rq_tf_find_attr(defs[i], *name);
            if (attr && attr->list && (attr->list->n_type || attr->list->n_shape))
                return attr->list;
        }
    return NULL;
}

/* Of several elements of a queue at once, whose number is a batch. */
static rq_status add_batch(rq_shape *shape, const char *name)
{
    if (shape->rank < 0) return RQ_OK;
    if (shape->rank == RQ_MAX_RANK)
        return rq_fail(RQ_EFORMAT, "%s: more than %d dimensions", name, RQ_MAX_RANK);
    memmove(shape->d + 1, shape->d, (size_t)shape->rank * sizeof *shape->d);
    shape->d[0] = RQ_DYNAMIC;
    shape->rank++;
    return RQ_OK;
}

static rq_status emit_element(rq_framework_model *source, rq_tf_graph *graph,
                              const rq_tf_node *node, uint32_t k)
{
    static const char *const of_types[] = {"output_types", "component_types", NULL};
    static const char *const of_shapes[] = {"output_shapes", "shapes", NULL};
    const Tf__AttrValue__ListValue *types = find_list(graph, node, of_types);
    const Tf__AttrValue__ListValue *shapes = find_list(graph, node, of_shapes);
    const char *name = rq_tf_value_name(graph, node, k);
    rq_shape shape;
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_tf_shape(&shape, shapes && k < shapes->n_shape ? shapes->shape[k] : NULL, name));
    if (strstr(node->def->op, "Many") || strstr(node->def->op, "UpTo"))
        RQ_TRY(add_batch(&shape, name));
    return rq_framework_model_add_input(
        source, name, types && k < types->n_type ? rq_tf_dtype(types->type[k]) : RQ_DT_UNDEFINED,
        &shape);
}

/* "x:0", as TensorFlow calls the tensor, and what the signature does. */
static rq_status name_input(rq_framework_model *source, const rq_tf_graph *graph)
{
    rq_framework_value *input = &source->inputs[source->n_inputs - 1];
    bool later = strchr(input->name, ':') != NULL; /* "x:1" */
    const char *tensor = later ? input->name : rq_arena_printf(source->arena, "%s:0", input->name);
    if (!tensor) return RQ_ENOMEM;
    if (!later) rq_framework_value_add_name(input, tensor);
    for (size_t i = 0; graph->signature && i < graph->signature->n_inputs; i++) {
        const Tf__TensorInfoEntry *entry = graph->signature->inputs[i];
        bool same =
            entry->key && entry->value && entry->value->name && !strcmp(entry->value->name, tensor);
        if (same) rq_framework_value_add_name(input, entry->key);
    }
    return RQ_OK;
}

rq_status rq_tf_emit_inputs(rq_framework_model *source, rq_tf_graph *graph, const rq_tf_node *node)
{
    if (!strncmp(node->def->op, "Placeholder", 11)) {
        RQ_TRY(emit_placeholder(source, node));
        return name_input(source, graph);
    }
    RQ_TRY(rq_tf_spend(graph, node->n_out, 64, node->name));
    for (uint32_t k = 0; k < node->n_out; k++) {
        RQ_TRY(emit_element(source, graph, node, k));
        RQ_TRY(name_input(source, graph));
    }
    return RQ_OK;
}
