#include "engine/import/replacements/replacer.h"

#include "engine/import/framework_model_make.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nodes that a search back looks at: what it looks for is near. */
#define MAX_SEARCHED 512

/* -- finding --------------------------------------------------------------------------------- */

static rq_status index_node(rq_replacer *r, uint32_t i)
{
    const rq_framework_node *node = &r->source->nodes[i];
    RQ_TRY(rq_map_put(r->nodes, node->name, i));
    for (size_t k = 0; k < node->n_out; k++)
        if (node->out[k][0]) RQ_TRY(rq_map_put(r->producers, node->out[k], i));
    return RQ_OK;
}

rq_status rq_replacer_open(rq_replacer *r, rq_framework_model *source)
{
    r->source = source;
    r->arena = source->arena;
    RQ_TRY(rq_map_create(&r->producers));
    RQ_TRY(rq_map_create(&r->nodes));
    RQ_TRY(rq_map_create(&r->constants));
    for (size_t i = 0; i < source->n_nodes; i++) RQ_TRY(index_node(r, (uint32_t)i));
    for (size_t i = 0; i < source->n_constants; i++)
        RQ_TRY(rq_map_put(r->constants, source->constants[i].name, (uint32_t)i));
    return RQ_OK;
}

void rq_replacer_close(rq_replacer *r)
{
    rq_map_destroy(&r->producers);
    rq_map_destroy(&r->nodes);
    rq_map_destroy(&r->constants);
}

rq_framework_node *rq_replacer_find(const rq_replacer *r, const char *name)
{
    static const char call[] = "StatefulPartitionedCall/";
    uint32_t i = rq_map_get(r->nodes, name);
    if (i == RQ_NONE && rq_starts_with(name, call)) i = rq_map_get(r->nodes, name + strlen(call));
    return i == RQ_NONE ? NULL : &r->source->nodes[i];
}

rq_framework_node *rq_replacer_producer(const rq_replacer *r, const char *value)
{
    uint32_t i = value ? rq_map_get(r->producers, value) : RQ_NONE;
    return i == RQ_NONE ? NULL : &r->source->nodes[i];
}

const rq_tensor *rq_replacer_constant(const rq_replacer *r, const char *value)
{
    uint32_t i = value ? rq_map_get(r->constants, value) : RQ_NONE;
    return i == RQ_NONE ? NULL : &r->source->constants[i].tensor;
}

static bool passes_on(const char *type)
{
    return !strcmp(type, "Identity") || !strcmp(type, "Enter") || !strcmp(type, "StopGradient");
}

bool rq_replacer_numbers(const rq_replacer *r, const char *value, double *out, size_t capacity,
                         size_t *n)
{
    const rq_tensor *t = rq_replacer_constant(r, value);
    for (int steps = 0; !t && steps < 8; steps++) {
        const rq_framework_node *node = rq_replacer_producer(r, value);
        if (!node || !passes_on(node->type) || !node->n_in) return false;
        value = node->in[0];
        t = rq_replacer_constant(r, value);
    }
    if (!t || !t->data || rq_dtype_bits(t->dtype) < 8 || !rq_shape_is_static(&t->shape))
        return false;
    *n = rq_tensor_count(t);
    if (*n > capacity) return false;
    for (size_t i = 0; i < *n; i++) out[i] = rq_load_f64(t->data, t->dtype, i);
    return true;
}

bool rq_replacer_number(const rq_replacer *r, const char *value, double *out)
{
    size_t n;
    return rq_replacer_numbers(r, value, out, 1, &n) && n == 1;
}

/* -- walking --------------------------------------------------------------------------------- */

/* The only input that is no constant; NULL: none, or several. */
static const char *only_data(const rq_replacer *r, const rq_framework_node *node)
{
    const char *found = NULL;
    for (size_t k = 0; k < node->n_in; k++) {
        if (rq_replacer_constant(r, node->in[k])) continue;
        if (found) return NULL;
        found = node->in[k];
    }
    return found;
}

const char *rq_replacer_step_back(const rq_replacer *r, const char *value)
{
    static const char *const first[] = {"Identity",   "Reshape",      "Squeeze",
                                        "ExpandDims", "StopGradient", "Cast",
                                        "Slice",      "StridedSlice", NULL};
    static const char *const only[] = {"ConcatV2", "Pack", NULL};
    const rq_framework_node *node = rq_replacer_producer(r, value);
    if (!node || !node->n_in || node->mapping) return NULL;
    for (int i = 0; first[i]; i++)
        if (!strcmp(node->type, first[i])) return node->in[0];
    for (int i = 0; only[i]; i++)
        if (!strcmp(node->type, only[i])) return only_data(r, node);
    return NULL;
}

static bool tells_shape(const rq_framework_node *node)
{
    return !strcmp(node->type, "Shape") || !strcmp(node->type, "Size") ||
           !strcmp(node->type, "Rank");
}

rq_framework_node *rq_replacer_search_back(const rq_replacer *r, const char *value,
                                           bool (*wanted)(const rq_framework_node *node,
                                                          const void *about),
                                           const void *about)
{
    uint32_t queue[MAX_SEARCHED];
    size_t n = 0;
    uint32_t first = value ? rq_map_get(r->producers, value) : RQ_NONE;
    if (first == RQ_NONE) return NULL;
    queue[n++] = first;
    for (size_t at = 0; at < n; at++) {
        rq_framework_node *node = &r->source->nodes[queue[at]];
        if (wanted(node, about)) return node;
        if (tells_shape(node)) continue;
        for (size_t k = 0; k < node->n_in && n < MAX_SEARCHED; k++) {
            uint32_t next = rq_map_get(r->producers, node->in[k]);
            bool seen = next == RQ_NONE;
            for (size_t i = 0; i < n && !seen; i++) seen = queue[i] == next;
            if (!seen) queue[n++] = next;
        }
    }
    return NULL;
}

/* -- changing -------------------------------------------------------------------------------- */

/* A name that no node or value has. */
static const char *free_name(const rq_replacer *r, const char *name)
{
    const char *free = name;
    for (unsigned k = 1; free && (rq_map_get(r->nodes, free) != RQ_NONE ||
                                  rq_map_get(r->producers, free) != RQ_NONE);
         k++)
        free = rq_arena_printf(r->arena, "%s_%u", name, k);
    return free;
}

rq_status rq_replacer_add(rq_framework_node **out, rq_replacer *r, const char *name,
                          const char *type, const rq_op_mapping_row *mapping, const char *const *in,
                          size_t n_in)
{
    name = free_name(r, name);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_framework_model_add_node(out, r->source, name, type, n_in, 1));
    (*out)->mapping = mapping;
    (*out)->out[0] = name;
    for (size_t k = 0; k < n_in; k++) (*out)->in[k] = in[k];
    return index_node(r, (uint32_t)(r->source->n_nodes - 1));
}

rq_status rq_replacer_add_float(rq_replacer *r, rq_framework_node *node, const char *name,
                                double value)
{
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, r->source, node, name, RQ_FRAMEWORK_FLOAT));
    attr->f = value;
    return RQ_OK;
}

rq_status rq_replacer_add_text(rq_replacer *r, rq_framework_node *node, const char *name,
                               const char *value)
{
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, r->source, node, name, RQ_FRAMEWORK_STRING));
    attr->s = rq_arena_strdup(r->arena, value);
    attr->n = strlen(value);
    return attr->s ? RQ_OK : RQ_ENOMEM;
}

void rq_replacer_redirect(rq_replacer *r, const char *from, const char *to)
{
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        rq_framework_node *node = &r->source->nodes[i];
        for (size_t k = 0; k < node->n_in; k++)
            if (!strcmp(node->in[k], from)) node->in[k] = to;
    }
    for (size_t i = 0; i < r->source->n_outputs; i++)
        if (!strcmp(r->source->outputs[i].name, from)) r->source->outputs[i].name = to;
}

rq_status rq_replacer_set_element(rq_replacer *r, const rq_tensor *constant, size_t i, double value)
{
    rq_tensor *changed = (rq_tensor *)(uintptr_t)constant; /* the list's own */
    void *data = rq_arena_alloc(r->arena, 1, rq_tensor_bytes(constant));
    if (!data) return RQ_ENOMEM;
    memcpy(data, constant->data, rq_tensor_bytes(constant));
    changed->data = data;
    rq_store_f64(data, constant->dtype, i, value);
    return RQ_OK;
}

rq_status rq_replacer_retire(rq_replacer *r, const char *name)
{
    rq_framework_node *node = rq_replacer_find(r, name);
    if (!node) return RQ_OK;
    uint32_t i = (uint32_t)(node - r->source->nodes);
    RQ_TRY(rq_map_put(r->nodes, name, RQ_NONE));
    for (size_t k = 0; k < node->n_out; k++)
        if (node->out[k][0]) RQ_TRY(rq_map_put(r->producers, node->out[k], RQ_NONE));
    const char *name_now = rq_arena_printf(r->arena, "%s/replaced", name);
    name_now = name_now ? free_name(r, name_now) : NULL;
    if (!name_now) return RQ_ENOMEM;
    node->name = name_now;
    for (size_t k = 0; k < node->n_out; k++) node->out[k] = "";
    return rq_map_put(r->nodes, name_now, i);
}

void rq_replacer_note(const rq_replacer *r, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    rq_buf_visible(r->notes, line);
    rq_buf_append(r->notes, "\n");
}
