#include "engine/import/source.h"

#include <stdlib.h>
#include <string.h>

void rq_source_destroy(rq_source **source)
{
    rq_source *s = *source;
    *source = NULL;
    if (!s || s->parent) return;
    for (size_t i = 0; i < s->n_files; i++) rq_unmap_file(&s->files[i]);
    rq_arena *arena = s->arena;
    rq_arena_destroy(&arena);
}

const rq_source_attr *rq_source_find_attr(const rq_source_node *node, const char *name)
{
    for (size_t i = 0; i < node->n_attrs; i++)
        if (!strcmp(node->attrs[i].name, name)) return &node->attrs[i];
    return NULL;
}

static const rq_source_attr *find_kind(const rq_source_node *node, const char *name,
                                       rq_source_kind kind)
{
    const rq_source_attr *attr = rq_source_find_attr(node, name);
    return attr && attr->kind == kind ? attr : NULL;
}

int64_t rq_source_int(const rq_source_node *node, const char *name, int64_t fallback)
{
    const rq_source_attr *attr = find_kind(node, name, RQ_SOURCE_INT);
    return attr ? attr->i : fallback;
}

double rq_source_float(const rq_source_node *node, const char *name, double fallback)
{
    const rq_source_attr *attr = find_kind(node, name, RQ_SOURCE_FLOAT);
    return attr ? attr->f : fallback;
}

const char *rq_source_string(const rq_source_node *node, const char *name, const char *fallback)
{
    const rq_source_attr *attr = find_kind(node, name, RQ_SOURCE_STRING);
    return attr ? attr->s : fallback;
}

const int64_t *rq_source_ints(const rq_source_node *node, const char *name, size_t *n)
{
    const rq_source_attr *attr = find_kind(node, name, RQ_SOURCE_INTS);
    *n = attr ? attr->n : 0;
    return attr ? attr->ints : NULL;
}
