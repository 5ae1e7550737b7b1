/* Looking into and making XML trees. */
#include "engine/base/formats/xml.h"

#include <string.h>

const char *rq_xml_attr(const rq_xml *element, const char *name)
{
    for (size_t i = 0; i < element->n_attrs; i++)
        if (strcmp(element->attrs[i].name, name) == 0) return element->attrs[i].value;
    return NULL;
}

const rq_xml *rq_xml_child(const rq_xml *element, const char *name)
{
    for (const rq_xml *child = element->first; child; child = child->next)
        if (strcmp(child->name, name) == 0) return child;
    return NULL;
}

size_t rq_xml_count(const rq_xml *element, const char *name)
{
    size_t n = 0;
    for (const rq_xml *child = element->first; child; child = child->next)
        n += strcmp(child->name, name) == 0;
    return n;
}

rq_xml *rq_xml_element(rq_arena *arena, const char *name, size_t n_attrs)
{
    rq_xml *element = rq_arena_alloc(arena, 1, sizeof *element);
    if (!element) return NULL;
    element->name = name;
    element->n_attrs = n_attrs;
    if (n_attrs == 0) return element;
    element->attrs = rq_arena_alloc(arena, n_attrs, sizeof *element->attrs);
    return element->attrs ? element : NULL;
}

static bool copy_attrs(rq_arena *arena, rq_xml *copy, const rq_xml *element)
{
    for (size_t i = 0; i < element->n_attrs; i++) {
        copy->attrs[i].name = rq_arena_strdup(arena, element->attrs[i].name);
        copy->attrs[i].value = rq_arena_strdup(arena, element->attrs[i].value);
        if (!copy->attrs[i].name || !copy->attrs[i].value) return false;
    }
    return true;
}

/* Recursion ends: a parsed tree is at most 256 deep. */
static rq_xml *copy_element(rq_arena *arena, const rq_xml *element)
{
    const char *name = rq_arena_strdup(arena, element->name);
    rq_xml *copy = name ? rq_xml_element(arena, name, element->n_attrs) : NULL;
    if (!copy || !copy_attrs(arena, copy, element)) return NULL;
    copy->text = rq_arena_strdup(arena, element->text);
    if (element->text && !copy->text) return NULL;
    rq_xml **link = &copy->first;
    for (const rq_xml *child = element->first; child; child = child->next) {
        *link = copy_element(arena, child);
        if (!*link) return NULL;
        link = &(*link)->next;
    }
    return copy;
}

const rq_xml *rq_xml_copy(rq_arena *arena, const rq_xml *element)
{
    return copy_element(arena, element);
}
