#include "engine/import/framework_model_make.h"

#include <string.h>

#define RQ_READER(word, name) const char rq_framework_##word[] = name;
#include "engine/import/readers.def"
#undef RQ_READER

size_t rq_framework_model_room(size_t n)
{
    size_t room = 1;
    while (room < n) room *= 2;
    return room;
}

/* Room for one more element. The list doubles at every power of two, so that its length tells
 * its room. */
static rq_status grow(void *list, size_t n, size_t size, rq_arena *arena)
{
    if (n & (n - 1)) return RQ_OK;
    void *wider = rq_arena_alloc(arena, n ? n * 2 : 1, size), *old;
    if (!wider) return RQ_ENOMEM;
    memcpy(&old, list, sizeof old);
    if (n) memcpy(wider, old, n * size);
    memcpy(list, &wider, sizeof wider);
    return RQ_OK;
}

rq_status rq_framework_model_create(rq_framework_model **out, const char *framework,
                                    const char *path)
{
    rq_arena *arena;
    RQ_TRY(rq_arena_create(&arena));
    rq_framework_model *source = rq_arena_alloc(arena, 1, sizeof *source);
    char *copy = rq_arena_strdup(arena, path);
    if (!source || !copy) {
        rq_arena_destroy(&arena);
        return RQ_ENOMEM;
    }
    *source =
        (rq_framework_model){.arena = arena, .framework = framework, .path = copy, .name = ""};
    *out = source;
    return RQ_OK;
}

uint64_t rq_framework_model_constant_bytes(const rq_framework_model *source)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < source->n_constants; i++)
        if (source->constants[i].tensor.data)
            bytes += rq_tensor_bytes(&source->constants[i].tensor);
    return bytes;
}

rq_status rq_framework_model_map(rq_mapping *out, rq_framework_model *source, const char *path)
{
    RQ_TRY(grow(&source->files, source->n_files, sizeof *source->files, source->arena));
    RQ_TRY(rq_map_file(out, path));
    source->files[source->n_files++] = *out;
    source->bytes += out->size;
    return RQ_OK;
}

rq_status rq_framework_model_add_node(rq_framework_node **out, rq_framework_model *source,
                                      const char *name, const char *type, size_t n_in, size_t n_out)
{
    RQ_TRY(grow(&source->nodes, source->n_nodes, sizeof *source->nodes, source->arena));
    rq_framework_node *node = &source->nodes[source->n_nodes];
    *node =
        (rq_framework_node){.name = name, .domain = "", .type = type, .n_in = n_in, .n_out = n_out};
    node->in = rq_arena_alloc(source->arena, n_in, sizeof *node->in);
    node->out = rq_arena_alloc(source->arena, n_out, sizeof *node->out);
    if (!node->in || !node->out) return RQ_ENOMEM;
    source->n_nodes++;
    *out = node;
    return RQ_OK;
}

rq_status rq_framework_model_add_attr(rq_framework_attr **out, rq_framework_model *source,
                                      rq_framework_node *node, const char *name,
                                      rq_framework_attr_kind kind)
{
    RQ_TRY(grow(&node->attrs, node->n_attrs, sizeof *node->attrs, source->arena));
    rq_framework_attr *attr = &node->attrs[node->n_attrs++];
    *attr = (rq_framework_attr){.name = name, .kind = kind};
    *out = attr;
    return RQ_OK;
}

rq_status rq_framework_model_add_int(rq_framework_model *source, rq_framework_node *node,
                                     const char *name, int64_t value)
{
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, source, node, name, RQ_FRAMEWORK_INT));
    attr->i = value;
    return RQ_OK;
}

static rq_status add_value(rq_framework_value **list, size_t *n, rq_arena *arena, const char *name,
                           const rq_tensor *tensor)
{
    RQ_TRY(grow(list, *n, sizeof **list, arena));
    (*list)[(*n)++] = (rq_framework_value){.name = name, .tensor = *tensor};
    return RQ_OK;
}

rq_status rq_framework_model_add_input(rq_framework_model *source, const char *name, rq_dtype dtype,
                                       const rq_shape *shape)
{
    rq_tensor tensor = {dtype, *shape, NULL};
    return add_value(&source->inputs, &source->n_inputs, source->arena, name, &tensor);
}

void rq_framework_value_add_name(rq_framework_value *value, const char *name)
{
    if (name && !value->also[0])
        value->also[0] = name;
    else if (name && !value->also[1] && strcmp(value->also[0], name) != 0)
        value->also[1] = name;
}

rq_status rq_framework_model_add_output(rq_framework_model *source, const char *name)
{
    rq_tensor unknown = {RQ_DT_UNDEFINED, {.rank = -1}, NULL};
    return add_value(&source->outputs, &source->n_outputs, source->arena, name, &unknown);
}

rq_status rq_framework_model_add_constant(rq_framework_model *source, const char *name,
                                          const rq_tensor *tensor)
{
    return add_value(&source->constants, &source->n_constants, source->arena, name, tensor);
}
