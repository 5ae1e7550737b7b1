/* Reading XML: libxml2's SAX events build our tree in one pass, no second tree is made.
 * A document type stops the parser before its entities are read, so there are none to expand. */
#include "engine/base/formats/xml.h"

#include "engine/base/mem.h"

#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 256, NAME_SLOTS = 64 };
#define MAX_BYTES ((size_t)1 << 30)

typedef struct builder {
    rq_arena *arena;
    const char *path;
    xmlParserCtxtPtr parser;
    rq_status status;
    rq_xml *root;
    rq_xml *open[MAX_DEPTH]; /* the elements the parser is in */
    rq_xml *last[MAX_DEPTH]; /* the last child of each so far */
    int depth;
    rq_buf text; /* of the innermost element */
    /* The parser gives equal names the same address while it lives: one copy of "port" will do. */
    struct {
        const xmlChar *key;
        const char *copy;
    } names[NAME_SLOTS];
} builder;

static void stop(builder *b, rq_status status)
{
    b->status = status;
    xmlStopParser(b->parser);
}

static int line_of(const builder *b)
{
    return xmlSAX2GetLineNumber(b->parser);
}

static const char *keep_name(builder *b, const xmlChar *name)
{
    size_t slot = ((uintptr_t)name >> 2) % NAME_SLOTS;
    if (b->names[slot].key != name) {
        b->names[slot].copy = rq_arena_strdup(b->arena, (const char *)name);
        b->names[slot].key = b->names[slot].copy ? name : NULL;
    }
    return b->names[slot].copy;
}

static rq_status fill_attrs(builder *b, rq_xml *element, const xmlChar **attrs)
{
    for (size_t i = 0; i < element->n_attrs; i++) {
        element->attrs[i].name = keep_name(b, attrs[2 * i]);
        element->attrs[i].value = rq_arena_strdup(b->arena, (const char *)attrs[2 * i + 1]);
        if (!element->attrs[i].name || !element->attrs[i].value) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static void link_element(builder *b, rq_xml *element)
{
    if (b->depth == 0) {
        b->root = element;
    } else {
        rq_xml **last = &b->last[b->depth - 1];
        if (*last)
            (*last)->next = element;
        else
            b->open[b->depth - 1]->first = element;
        *last = element;
    }
    b->open[b->depth] = element;
    b->last[b->depth] = NULL;
    b->depth++;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attrs)
{
    builder *b = context;
    if (b->status != RQ_OK) return;
    if (b->depth == MAX_DEPTH) {
        stop(b, rq_fail(RQ_EFORMAT, "%s:%d: elements are nested more than %d deep", b->path,
                        line_of(b), MAX_DEPTH));
        return;
    }
    size_t n = 0;
    while (attrs && attrs[2 * n]) n++;
    const char *kept = keep_name(b, name);
    rq_xml *element = kept ? rq_xml_element(b->arena, kept, n) : NULL;
    if (!element || fill_attrs(b, element, attrs) != RQ_OK) {
        stop(b, RQ_ENOMEM);
        return;
    }
    link_element(b, element);
    b->text.length = 0;
}

static bool is_blank(const rq_buf *text)
{
    for (size_t i = 0; i < text->length; i++)
        if (!strchr(" \t\r\n", text->data[i])) return false;
    return true;
}

static void on_end(void *context, const xmlChar *name)
{
    (void)name;
    builder *b = context;
    if (b->status != RQ_OK || b->depth == 0) return;
    rq_xml *element = b->open[--b->depth];
    if (!element->first && !is_blank(&b->text)) {
        element->text = rq_arena_strndup(b->arena, b->text.data, b->text.length);
        if (!element->text) stop(b, RQ_ENOMEM);
    }
    b->text.length = 0;
}

static void on_text(void *context, const xmlChar *text, int length)
{
    builder *b = context;
    if (b->status != RQ_OK) return;
    rq_buf_append_n(&b->text, (const char *)text, (size_t)length);
    if (b->text.failed) stop(b, RQ_ENOMEM);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *public_id,
                       const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    builder *b = context;
    if (b->status != RQ_OK) return;
    stop(b, rq_fail(RQ_EFORMAT,
                    "%s:%d: has a document type declaration; requant reads none, nor the "
                    "entities that it could declare",
                    b->path, line_of(b)));
}

/* The first error is the cause; what libxml2 reports after it follows from it. It must not be
 * stopped here, where it may be amid its input: the callbacks do nothing from now on. */
static void take_error(builder *b, const xmlError *error)
{
    if (b->status != RQ_OK) return;
    const char *reason = error && error->message ? error->message : "malformed";
    if (error && error->code == XML_ERR_NO_MEMORY)
        b->status = rq_fail(RQ_ENOMEM, "%s: out of memory in the XML parser", b->path);
    else
        b->status = rq_fail(RQ_EFORMAT, "%s:%d: not well-formed XML: %.*s", b->path, line_of(b),
                            (int)strcspn(reason, "\n"), reason);
}

static void on_error(void *context, const char *format, ...)
{
    (void)format;
    builder *b = context;
    take_error(b, xmlCtxtGetLastError(b->parser));
}

/* Errors that libxml2 reports for no parser, to stderr if we let it: memory, and bytes that are
 * not in the encoding that was declared. It parses on after them, an attribute missing. */
static void on_stray_error(void *context, const char *format, ...)
{
    (void)format;
    take_error(context, xmlGetLastError());
}

static rq_status check_beginning(const char *data, size_t size, const char *path)
{
    if (size > MAX_BYTES)
        return rq_fail(RQ_EFORMAT, "%s: %zu bytes; an XML file of at most %zu is expected", path,
                       size, MAX_BYTES);
    size_t i = size >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < size && data[i] && strchr(" \t\r\n", data[i])) i++;
    if (i == size) return rq_fail(RQ_EFORMAT, "%s: is empty; an XML file is expected", path);
    bool utf16 =
        size >= 2 && (memcmp(data, "\xFF\xFE", 2) == 0 || memcmp(data, "\xFE\xFF", 2) == 0);
    if (data[i] == '<' || utf16) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: not an XML file: begins with byte 0x%02x, not with '<'", path,
                   (unsigned)(unsigned char)data[i]);
}

static void run_parser(builder *b)
{
    /* SAX version 1: names come with their prefixes, and xmlns attributes as attributes, so
     * nothing of them is lost. */
    const xmlSAXHandler handler = {
        .initialized = 1,
        .internalSubset = on_doctype,
        .startElement = on_start,
        .endElement = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .error = on_error,
    };
    *b->parser->sax = handler;
    b->parser->userData = b;
    /* NOENT, or "&amp;" in an attribute comes as "&#38;". There are no other entities, see
     * on_doctype. */
    xmlCtxtUseOptions(b->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
    xmlParseDocument(b->parser);
    if (b->status == RQ_OK && (!b->parser->wellFormed || !b->root || b->depth != 0))
        b->status = rq_fail(RQ_EFORMAT, "%s: not well-formed XML", b->path);
}

/* The library makes its globals at the first use, which two threads may not share. */
static pthread_once_t library_made = PTHREAD_ONCE_INIT;

static void parse_quietly(builder *b, const char *data, size_t size)
{
    pthread_once(&library_made, xmlInitParser);
    xmlGenericErrorFunc previous = xmlGenericError; /* of this thread */
    void *previous_context = xmlGenericErrorContext;
    xmlSetGenericErrorFunc(b, on_stray_error);
    b->parser = xmlCreateMemoryParserCtxt(data, (int)size);
    if (b->parser)
        run_parser(b);
    else
        b->status = rq_fail_memory(size, "an XML parser");
    xmlFreeParserCtxt(b->parser);
    xmlSetGenericErrorFunc(previous_context, previous);
}

rq_status rq_xml_parse(const rq_xml **root, rq_arena *arena, const char *data, size_t size,
                       const char *path)
{
    RQ_TRY(check_beginning(data, size, path));
    builder *b = NULL;
    RQ_TRY(rq_calloc(&b, 1, sizeof *b, "an XML parser"));
    b->arena = arena;
    b->path = path;
    parse_quietly(b, data, size);
    rq_status status = b->status;
    if (status == RQ_OK) *root = b->root;
    rq_buf_free(&b->text);
    free(b);
    return status;
}
