/* XML in a form that is equal for equal IRs: attributes sorted, `offset` left out, edges sorted,
 * the parts of a layer sorted by their tags. The order of layers, ports and dims stays. */
#ifndef RQ_TESTS_XML_CANON_H
#define RQ_TESTS_XML_CANON_H

#include "tests/unit/test.h"

#include "engine/base/file.h"
#include "engine/base/formats/xml.h"

typedef struct canon_part {
    const char *tag;
    size_t index;
    char *text;
} canon_part;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const canon_part *)a)->text, ((const canon_part *)b)->text);
}

static int by_tag(const void *a, const void *b)
{
    const canon_part *x = a, *y = b;
    int order = strcmp(x->tag, y->tag);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const rq_attr *)a)->name, ((const rq_attr *)b)->name);
}

static void canon_attrs(rq_buf *out, const rq_xml *element)
{
    if (element->n_attrs) qsort(element->attrs, element->n_attrs, sizeof(rq_attr), by_name);
    for (size_t i = 0; i < element->n_attrs; i++) {
        if (strcmp(element->attrs[i].name, "offset") == 0) continue;
        rq_buf_printf(out, " %s=\"%s\"", element->attrs[i].name, element->attrs[i].value);
    }
}

static char *canon(const rq_xml *element)
{
    size_t n = 0;
    for (const rq_xml *child = element->first; child; child = child->next) n++;
    canon_part *parts = calloc(n + 1, sizeof *parts);
    assert_non_null(parts);
    n = 0;
    for (const rq_xml *child = element->first; child; child = child->next, n++)
        parts[n] = (canon_part){child->name, n, canon(child)};
    if (strcmp(element->name, "edges") == 0) qsort(parts, n, sizeof *parts, by_text);
    if (strcmp(element->name, "layer") == 0) qsort(parts, n, sizeof *parts, by_tag);
    rq_buf out = {0};
    rq_buf_printf(&out, "<%s", element->name);
    canon_attrs(&out, element);
    rq_buf_printf(&out, ">%s\n", element->text ? element->text : "");
    for (size_t i = 0; i < n; i++) {
        rq_buf_append(&out, parts[i].text);
        free(parts[i].text);
    }
    free(parts);
    rq_buf_append(&out, "/\n");
    assert_false(out.failed);
    return out.data;
}

static inline char *canon_file(const char *path)
{
    rq_mapping file;
    rq_arena *arena;
    const rq_xml *root;
    assert_ok(rq_map_file(&file, path));
    assert_ok(rq_arena_create(&arena));
    assert_ok(rq_xml_parse(&root, arena, (const char *)file.data, file.size, path));
    char *text = canon(root);
    rq_arena_destroy(&arena);
    rq_unmap_file(&file);
    return text;
}

static inline void assert_same_ir_xml(const char *a, const char *b)
{
    char *x = canon_file(a), *y = canon_file(b);
    if (strcmp(x, y) != 0) {
        size_t i = 0;
        while (x[i] == y[i]) i++;
        fail_msg("%s and %s differ: '%.80s' and '%.80s'", a, b, x + i, y + i);
    }
    free(x);
    free(y);
}

#endif
