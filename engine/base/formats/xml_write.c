/* Writing XML as OpenVINO's pugixml does, byte for byte: tabs, `<a b="c" />`, `<dim>3</dim>`. */
#include "engine/base/formats/xml_write.h"

#include "engine/base/utf8.h"

#include <string.h>

/* A tab or newline in an attribute would come back as a blank if it were written as it is; in
 * text only a carriage return would change. Other control characters XML cannot hold; nor can it
 * what is no UTF-8, for which U+FFFD stands. */
typedef const char *escape_table[256];
static const escape_table in_attribute = {
    ['&'] = "&amp;",  ['<'] = "&lt;",   ['"'] = "&quot;",
    ['\t'] = "&#09;", ['\n'] = "&#10;", ['\r'] = "&#13;",
};
static const escape_table in_text = {
    ['&'] = "&amp;",
    ['<'] = "&lt;",
    ['>'] = "&gt;",
    ['\r'] = "&#13;",
};

static const char *escape_of(unsigned char c, const escape_table table)
{
    if (table[c]) return table[c];
    return c < 0x20 && c != '\t' && c != '\n' ? "" : NULL;
}

/* What stands for the first of the text's characters, NULL if it may stay; *n gets its bytes. */
static const char *escape_first(size_t *n, const char *text, const escape_table table)
{
    unsigned char c = (unsigned char)*text;
    *n = c < 0x80 ? 1 : rq_utf8_xml_length(text);
    if (*n > 0) return escape_of(c, table);
    *n = 1;
    return RQ_UTF8_REPLACEMENT;
}

static void put_escaped(rq_buf *out, const char *text, const escape_table table)
{
    const char *begin = text;
    for (size_t n; *text; text += n) {
        const char *escape = escape_first(&n, text, table);
        if (!escape) continue;
        rq_buf_append_n(out, begin, (size_t)(text - begin));
        rq_buf_append(out, escape);
        begin = text + n;
    }
    rq_buf_append_n(out, begin, (size_t)(text - begin));
}

void rq_xml_put_begin(rq_buf *out, int depth, const char *name)
{
    for (int i = 0; i < depth; i++) rq_buf_append_n(out, "\t", 1);
    rq_buf_append_n(out, "<", 1);
    rq_buf_append(out, name);
}

void rq_xml_put_attr(rq_buf *out, const char *name, const char *value)
{
    rq_buf_append_n(out, " ", 1);
    rq_buf_append(out, name);
    rq_buf_append_n(out, "=\"", 2);
    put_escaped(out, value, in_attribute);
    rq_buf_append_n(out, "\"", 1);
}

void rq_xml_put_attrs(rq_buf *out, const rq_attr *attrs, size_t n)
{
    for (size_t i = 0; i < n; i++) rq_xml_put_attr(out, attrs[i].name, attrs[i].value);
}

void rq_xml_put_end(rq_buf *out, int depth, const char *name)
{
    for (int i = 0; i < depth; i++) rq_buf_append_n(out, "\t", 1);
    rq_buf_append_n(out, "</", 2);
    rq_buf_append(out, name);
    rq_buf_append_n(out, ">\n", 2);
}

static void write_element(rq_buf *out, const rq_xml *element, int depth)
{
    rq_xml_put_begin(out, depth, element->name);
    rq_xml_put_attrs(out, element->attrs, element->n_attrs);
    if (element->first) {
        rq_buf_append(out, ">\n");
        rq_xml_write_list(out, element->first, depth + 1);
        rq_xml_put_end(out, depth, element->name);
    } else if (element->text) {
        rq_buf_append(out, ">");
        put_escaped(out, element->text, in_text);
        rq_xml_put_end(out, 0, element->name);
    } else {
        rq_buf_append(out, " />\n");
    }
}

void rq_xml_write_list(rq_buf *out, const rq_xml *first, int depth)
{
    for (const rq_xml *element = first; element; element = element->next)
        write_element(out, element, depth);
}
