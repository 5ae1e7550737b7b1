#include "engine/base/text.h"

#include "engine/base/control_characters.h"
#include "engine/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a NUL. */
static bool reserve(rq_buf *buf, size_t more)
{
    size_t wanted, doubled;
    if (!rq_add_size(&wanted, buf->length, more) || !rq_add_size(&wanted, wanted, 1)) {
        buf->failed = true;
        return false;
    }
    if (wanted <= buf->capacity) return true;
    if (rq_mul_size(&doubled, buf->capacity, 2) && doubled > wanted) wanted = doubled;
    if (rq_realloc(&buf->data, wanted, 1, "text") != RQ_OK) {
        buf->failed = true;
        return false;
    }
    buf->capacity = wanted;
    return true;
}

void rq_buf_append_n(rq_buf *buf, const char *text, size_t n)
{
    if (!reserve(buf, n)) return;
    if (n) memcpy(buf->data + buf->length, text, n);
    buf->length += n;
    buf->data[buf->length] = '\0';
}

/* Whether there is a text: one that there was no memory for is missed here, and not read. */
static bool has_text(rq_buf *buf, const char *text)
{
    if (!text) buf->failed = true;
    return text != NULL;
}

void rq_buf_append(rq_buf *buf, const char *text)
{
    if (has_text(buf, text)) rq_buf_append_n(buf, text, strlen(text));
}

static void print(rq_buf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) {
        buf->failed = true;
    } else if (reserve(buf, (size_t)n)) {
        vsnprintf(buf->data + buf->length, (size_t)n + 1, format, again);
        buf->length += (size_t)n;
    }
    va_end(again);
}

void rq_buf_printf(rq_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print(buf, format, args);
    va_end(args);
}

void rq_buf_visible(rq_buf *buf, const char *text)
{
    if (!has_text(buf, text)) return;
    rq_buf_append_n(buf, "", 0); /* an empty text still gives an empty string */
    for (size_t i = 0, n; text[i]; i += n ? n : 1) {
        n = rq_command_bytes(text, i);
        rq_buf_append_n(buf, n ? "?" : &text[i], 1);
    }
}

void rq_buf_printf_visible(rq_buf *buf, const char *format, ...)
{
    rq_buf text = {0};
    va_list args;
    va_start(args, format);
    print(&text, format, args);
    va_end(args);
    rq_buf_visible(buf, text.failed ? NULL : text.data);
    rq_buf_free(&text);
}

void rq_buf_escape(rq_buf *buf, const char *text)
{
    static const char *const entities[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
    if (!has_text(buf, text)) return;
    rq_buf_append_n(buf, "", 0); /* an empty text still gives an empty string */
    for (size_t control; *text; text += control ? control : 1) {
        unsigned char c = (unsigned char)*text;
        control = rq_control_bytes(text);
        if (entities[c])
            rq_buf_append(buf, entities[c]);
        else if (!control || c == '\t' || c == '\n')
            rq_buf_append_n(buf, text, 1);
    }
}

void rq_buf_in_quotes(rq_buf *buf, const char *text)
{
    if (!has_text(buf, text)) return;
    for (const char *c = text; *c; c++)
        rq_buf_append_n(buf, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
}

void rq_buf_free(rq_buf *buf)
{
    free(buf->data);
    *buf = (rq_buf){0};
}

#define ITEM "\n- "

bool rq_text_list_next(rq_buf *part, const char **text)
{
    if (!**text) return false;
    const char *from = rq_starts_with(*text, ITEM) ? *text + strlen(ITEM) : *text;
    const char *end = strstr(from, ITEM);
    rq_buf_free(part);
    *part = (rq_buf){0};
    rq_buf_append_n(part, from, end ? (size_t)(end - from) : strlen(from));
    *text = end ? end : from + strlen(from);
    return !part->failed;
}

bool rq_ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && memcmp(text + n - m, suffix, m) == 0;
}

size_t rq_byte_order_mark(const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    return rq_starts_with(text, mark) ? strlen(mark) : 0;
}

bool rq_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const char *rq_size_text(uint64_t bytes, char buffer[RQ_SIZE_TEXT])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (bytes < 1000) {
        snprintf(buffer, RQ_SIZE_TEXT, "%u B", (unsigned)bytes);
        return buffer;
    }
    double x = (double)bytes;
    size_t unit = 0;
    while (x >= 999.95 && unit + 1 < sizeof units / sizeof *units) { /* 999.95 prints as 1000.0 */
        x /= 1000.0;
        unit++;
    }
    snprintf(buffer, RQ_SIZE_TEXT, "%.1f %s", x, units[unit]);
    return buffer;
}

int rq_by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
