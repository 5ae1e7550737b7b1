#include "engine/cli/wrap.h"

#include <stdio.h>
#include <string.h>

/* Bytes of an escape sequence "\033[1;32m" at `at`; 0: there is none. */
static size_t escape_at(const char *at)
{
    if (at[0] != '\033' || at[1] != '[') return 0;
    size_t n = 2 + strspn(at + 2, "0123456789;");
    return at[n] ? n + 1 : n;
}

static bool begins_options(const char *at)
{
    if (at[0] != ' ' || at[1] != ' ') return false;
    return rq_starts_with(at + 2 + escape_at(at + 2), "--");
}

/* Bytes up to the next blank, and characters that are seen of them. */
static size_t word_at(const char *at, const char *end, size_t *width)
{
    const char *p = at;
    *width = 0;
    while (p < end && *p != ' ') {
        size_t escape = escape_at(p);
        if (!escape) *width += ((unsigned char)*p & 0xc0) != 0x80;
        p += escape ? escape : 1;
    }
    return (size_t)(p - at);
}

static void wrap_line(rq_buf *out, const char *line, const char *end, size_t columns)
{
    size_t indent = strspn(line, " "), at = 0, width;
    if (indent > columns / 2) indent = 0;
    for (const char *p = line; p < end;) {
        size_t blanks = strspn(p, " ");
        if (p > line && begins_options(p)) {
            rq_buf_append_n(out, p, (size_t)(end - p));
            return;
        }
        if (p + blanks > end) blanks = (size_t)(end - p);
        size_t n = word_at(p + blanks, end, &width);
        if (at > indent && at + blanks + width > columns) {
            rq_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else {
            rq_buf_append_n(out, p, blanks);
            at += blanks;
        }
        rq_buf_append_n(out, p + blanks, n);
        at += width;
        p += blanks + n;
    }
}

void rq_buf_wrap(rq_buf *out, const char *text, size_t columns)
{
    if (!columns) {
        rq_buf_append(out, text);
        return;
    }
    rq_buf_append_n(out, "", 0);
    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\n");
        wrap_line(out, line, end, columns);
        if (*end) rq_buf_append(out, "\n");
        line = *end ? end + 1 : end;
    }
}

void rq_print_wrapped(const char *text, size_t columns)
{
    rq_buf lines = {0};
    rq_buf_wrap(&lines, text, columns);
    const char *shown = lines.data && !lines.failed ? lines.data : text;
    size_t length = strlen(shown);
    fputs(shown, stdout);
    if (length && shown[length - 1] != '\n') putchar('\n');
    rq_buf_free(&lines);
}
