/* The model's rt_info: <a><b value="..."/></a>; a name that XML does not allow as an element's
 * stands in an attribute instead, <info name="a b" value="..."/>, as OpenVINO writes it. */
#include "engine/base/text.h"
#include "engine/ir/graph.h"

#include <ctype.h>
#include <string.h>

static bool is_element_name(const char *name)
{
    if (!isalpha((unsigned char)name[0]) && name[0] != '_') return false;
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-.", *c)) return false;
    return true;
}

static bool is_named(const rq_xml *element, const char *name, size_t length)
{
    const char *label = strcmp(element->name, "info") == 0 ? rq_xml_attr(element, "name") : NULL;
    if (!label) label = element->name;
    return strlen(label) == length && memcmp(label, name, length) == 0;
}

static rq_xml *make_element(rq_arena *arena, const char *name)
{
    if (is_element_name(name)) return rq_xml_element(arena, name, 0);
    rq_xml *element = rq_xml_element(arena, "info", 1);
    if (element) element->attrs[0] = (rq_attr){"name", name};
    return element;
}

static rq_status set_value(rq_arena *arena, rq_xml *element, const char *value)
{
    for (size_t i = 0; i < element->n_attrs; i++) {
        if (strcmp(element->attrs[i].name, "value") != 0) continue;
        element->attrs[i].value = value;
        return RQ_OK;
    }
    rq_attr *attrs = rq_arena_alloc(arena, element->n_attrs + 1, sizeof *attrs);
    if (!attrs) return RQ_ENOMEM;
    if (element->n_attrs) memcpy(attrs, element->attrs, element->n_attrs * sizeof *attrs);
    attrs[element->n_attrs] = (rq_attr){"value", value};
    element->attrs = attrs;
    element->n_attrs++;
    return RQ_OK;
}

/* The element of that name in the list at *link, made at its end if there is none. */
static rq_xml *obtain(rq_arena *arena, rq_xml **link, const char *name)
{
    size_t length = strlen(name);
    while (*link && !is_named(*link, name, length)) link = &(*link)->next;
    if (!*link) *link = make_element(arena, name);
    return *link;
}

rq_status rq_graph_set_rt_info(rq_graph *graph, const char *path, const char *value)
{
    char *names = rq_arena_strdup(graph->arena, path);
    const char *kept = rq_arena_strdup(graph->arena, value);
    if (!names || !kept) return RQ_ENOMEM;
    rq_xml *extra = (rq_xml *)(uintptr_t)graph->extra; /* in our arena, ours to change */
    rq_xml *element = obtain(graph->arena, &extra, "rt_info");
    graph->extra = extra;
    for (char *name; element && (name = strsep(&names, "/"));)
        element = obtain(graph->arena, &element->first, name);
    return element ? set_value(graph->arena, element, kept) : RQ_ENOMEM;
}

static const rq_xml *find_in(const rq_xml *list, const char *name, size_t length)
{
    while (list && !is_named(list, name, length)) list = list->next;
    return list;
}

void rq_graph_remove_rt_info(rq_graph *graph, const char *name)
{
    const rq_xml *found = find_in(graph->extra, "rt_info", strlen("rt_info"));
    rq_xml *info = (rq_xml *)(uintptr_t)found; /* in our arena, ours to change */
    rq_xml **link = info ? &info->first : NULL;
    while (link && *link && !is_named(*link, name, strlen(name))) link = &(*link)->next;
    if (link && *link) *link = (*link)->next;
}

const char *rq_graph_rt_info(const rq_graph *graph, const char *path)
{
    const rq_xml *element = find_in(graph->extra, "rt_info", strlen("rt_info"));
    for (const char *name = path; element && name;) {
        size_t length = strcspn(name, "/");
        element = find_in(element->first, name, length);
        name = name[length] ? name + length + 1 : NULL;
    }
    return element ? rq_xml_attr(element, "value") : NULL;
}
