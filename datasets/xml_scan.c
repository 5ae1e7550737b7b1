#include "datasets/xml_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

void rq_xml_begin(rq_xml_scan *scan, const char *file, const char *text)
{
    *scan = (rq_xml_scan){.file = file, .begin = text, .at = text};
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) scan->at += 3;
}

static rq_status fail(const rq_xml_scan *scan, const char *what)
{
    size_t line = 1;
    for (const char *at = scan->begin; at < scan->at; at++) line += *at == '\n';
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s", scan->file, line, what);
}

/* Comments, declarations, <!DOCTYPE ...> without a subset. */
static rq_status skip_markup(rq_xml_scan *scan)
{
    bool comment = strncmp(scan->at, "<!--", 4) == 0;
    const char *end = strstr(scan->at, comment ? "-->" : ">");
    if (!end) return fail(scan, "a comment or declaration without its end");
    if (!comment && memchr(scan->at, '[', (size_t)(end - scan->at)))
        return fail(scan, "declarations in the document are not read");
    scan->at = end + (comment ? 3 : 1);
    return RQ_OK;
}

static size_t name_length(const char *at)
{
    return strcspn(at, BLANKS "/>=<");
}

/* Whether the element in hand was <a/>, whose end is still to be told. */
static bool at_empty_end(const rq_xml_scan *scan)
{
    return *scan->at == '>' && scan->at > scan->begin && scan->at[-1] == '/';
}

static rq_status close_element(rq_xml_scan *scan)
{
    if (at_empty_end(scan)) {
        scan->at++;
        return RQ_OK;
    }
    const char *name = scan->at + 2, *end = strchr(name, '>');
    size_t length = name_length(name);
    const char *open = scan->depth ? scan->path[scan->depth - 1] : "";
    if (!end || !scan->depth || strlen(open) != length || strncmp(open, name, length) != 0)
        return fail(scan, "an element is closed that is not open");
    scan->at = end + 1;
    return RQ_OK;
}

/* Attributes may hold '>' within quotes. */
static const char *find_end(const char *at)
{
    char quote = '\0';
    for (; *at; at++) {
        if (quote) {
            if (*at == quote) quote = '\0';
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '>') {
            return at;
        }
    }
    return NULL;
}

static rq_status open_element(rq_xml_scan *scan)
{
    size_t length = name_length(scan->at + 1);
    const char *end = find_end(scan->at);
    if (!end || length == 0 || length >= RQ_XML_NAME) return fail(scan, "not an element");
    if (scan->depth == RQ_XML_DEPTH) return fail(scan, "elements nested too deeply");
    memcpy(scan->path[scan->depth], scan->at + 1, length);
    scan->path[scan->depth++][length] = '\0';
    scan->at = end + (end[-1] == '/' ? 0 : 1); /* the end of <a/> is left, to close it */
    return RQ_OK;
}

/* One character or entity; its length in the source. */
static size_t take_character(const char *at, char *out)
{
    static const struct {
        const char *text;
        char character;
    } entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    *out = *at;
    for (size_t i = 0; *at == '&' && i < sizeof entities / sizeof *entities; i++) {
        size_t length = strlen(entities[i].text);
        if (strncmp(at, entities[i].text, length) != 0) continue;
        *out = entities[i].character;
        return length;
    }
    return 1;
}

static rq_status take_text(rq_xml_scan *scan, char *text, size_t capacity)
{
    size_t n = 0;
    while (*scan->at && *scan->at != '<') {
        if (n + 1 >= capacity) return fail(scan, "a text that is too long");
        scan->at += take_character(scan->at, &text[n++]);
    }
    while (n && strchr(BLANKS, text[n - 1])) n--;
    text[n] = '\0';
    return RQ_OK;
}

static rq_status next(rq_xml_scan *scan, rq_xml_event *event, char *text, size_t capacity)
{
    for (;;) {
        if (!at_empty_end(scan)) scan->at += strspn(scan->at, BLANKS);
        if (!*scan->at) {
            *event = RQ_XML_END;
            return scan->depth ? fail(scan, "ends within an element") : RQ_OK;
        }
        if (at_empty_end(scan) || strncmp(scan->at, "</", 2) == 0) {
            *event = RQ_XML_CLOSE;
            return close_element(scan);
        }
        if (scan->at[0] != '<') {
            *event = RQ_XML_TEXT;
            if (!scan->depth) return fail(scan, "text outside of all elements");
            return take_text(scan, text, capacity);
        }
        if (scan->at[1] != '!' && scan->at[1] != '?') {
            *event = RQ_XML_OPEN;
            return open_element(scan);
        }
        RQ_TRY(skip_markup(scan));
    }
}

rq_status rq_xml_next(rq_xml_scan *scan, rq_xml_event *event, char *text, size_t capacity)
{
    if (scan->closing) scan->depth--;
    scan->closing = false;
    RQ_TRY(next(scan, event, text, capacity));
    scan->closing = *event == RQ_XML_CLOSE;
    return RQ_OK;
}
