#include "engine/import/framework_model.h"

#include <stdlib.h>
#include <string.h>

void rq_framework_model_destroy(rq_framework_model **source)
{
    rq_framework_model *s = *source;
    *source = NULL;
    if (!s || s->parent) return;
    for (size_t i = 0; i < s->n_files; i++) rq_unmap_file(&s->files[i]);
    rq_arena *arena = s->arena;
    rq_arena_destroy(&arena);
}

const rq_framework_attr *rq_framework_find_attr(const rq_framework_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (!strcmp(node->attrs[i].name, name)) return &node->attrs[i];
    return NULL;
}

static const rq_framework_attr *find_kind(const rq_framework_node *node, const char *name,
                                          rq_framework_attr_kind kind)
{
    const rq_framework_attr *attr = rq_framework_find_attr(node, name);
    return attr && attr->kind == kind ? attr : NULL;
}

int64_t rq_framework_int64(const rq_framework_node *node, const char *name, int64_t fallback)
{
    const rq_framework_attr *attr = find_kind(node, name, RQ_FRAMEWORK_INT);
    return attr ? attr->i : fallback;
}

int64_t rq_framework_int(const rq_framework_node *node, const char *name, int64_t fallback)
{
    const rq_framework_attr *attr = find_kind(node, name, RQ_FRAMEWORK_INT);
    if (!attr) return fallback;
    return attr->i < INT32_MIN ? INT32_MIN : attr->i > INT32_MAX ? INT32_MAX : attr->i;
}

bool rq_framework_number(double *out, const rq_framework_attr *attr, size_t i)
{
    bool list = attr && (attr->kind == RQ_FRAMEWORK_INTS || attr->kind == RQ_FRAMEWORK_FLOATS);
    if (!attr || i >= (list ? attr->n : 1)) return false;
    switch (attr->kind) {
    case RQ_FRAMEWORK_INT:
        *out = (double)attr->i;
        return true;
    case RQ_FRAMEWORK_FLOAT:
        *out = attr->f;
        return true;
    case RQ_FRAMEWORK_INTS:
        *out = (double)attr->ints[i];
        return true;
    case RQ_FRAMEWORK_FLOATS:
        *out = attr->floats[i];
        return true;
    default:
        return false;
    }
}

double rq_framework_float(const rq_framework_node *node, const char *name, double fallback)
{
    const rq_framework_attr *attr = rq_framework_find_attr(node, name);
    bool single = attr && (attr->kind == RQ_FRAMEWORK_INT || attr->kind == RQ_FRAMEWORK_FLOAT);
    if (single) rq_framework_number(&fallback, attr, 0);
    return fallback;
}

const char *rq_framework_string(const rq_framework_node *node, const char *name,
                                const char *fallback)
{
    const rq_framework_attr *attr = find_kind(node, name, RQ_FRAMEWORK_STRING);
    return attr ? attr->s : fallback;
}

const int64_t *rq_framework_ints(const rq_framework_node *node, const char *name, size_t *n)
{
    const rq_framework_attr *attr = find_kind(node, name, RQ_FRAMEWORK_INTS);
    *n = attr ? attr->n : 0;
    return attr ? attr->ints : NULL;
}
