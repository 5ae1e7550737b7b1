#include "engine/cli/help_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MIN_WIDTH = 40, MAX_WIDTH = 1000, USUAL_WIDTH = 80 };

static const struct group {
    const char *title;
    bool brief;
} groups[RQ_GROUPS] = {
    [RQ_GROUP_NONE] = {"Options", false},
#define RQ_OPTION_GROUP(id, title, brief) [RQ_GROUP_##id] = {title, brief},
#include "engine/base/option_groups.def"
#undef RQ_OPTION_GROUP
};

const char *rq_group_title(rq_group group)
{
    return groups[group].title;
}

bool rq_group_is_brief(rq_group group)
{
    return groups[group].brief;
}

/* ": int8, int8-weights, int4-weights or fp16" */
static void put_keywords(rq_buf *out, const rq_keyword *keywords)
{
    for (const rq_keyword *c = keywords; c && c->name; c++) {
        bool last = !c[1].name;
        rq_buf_printf(out, "%s%s", c == keywords ? ": " : last ? " or " : ", ", c->name);
    }
}

void rq_help_sentence(rq_buf *out, const rq_option *option)
{
    const char *notes[3], *before = " (";
    rq_buf fallback = {0};
    rq_buf_append(out, option->help);
    put_keywords(out, option->keywords);
    if (option->fallback) rq_buf_printf(&fallback, "default: %s", option->fallback);
    notes[0] = fallback.data;
    notes[1] = option->repeats ? "repeatable" : NULL;
    notes[2] = option->list ? "'help' lists them" : NULL;
    for (size_t i = 0; i < 3; i++) {
        if (!notes[i]) continue;
        rq_buf_printf(out, "%s%s", before, notes[i]);
        before = "; ";
    }
    if (strcmp(before, " (") != 0) rq_buf_append(out, ")");
    out->failed = out->failed || fallback.failed;
    rq_buf_free(&fallback);
}

void rq_help_full_sentence(rq_buf *out, const char *summary)
{
    char first = (char)toupper((unsigned char)summary[0]);
    rq_buf_printf(out, "%c%s.", first, summary + 1);
}

void rq_help_fill(rq_buf *out, const char *text, size_t at, size_t indent, size_t width)
{
    bool begins = true; /* of a line: no blank before the word */
    while (*(text += strspn(text, " \n"))) {
        size_t length = strcspn(text, " \n");
        if (!begins && at + 1 + length > width) {
            rq_buf_printf(out, "\n%*s", (int)indent, "");
            at = indent;
            begins = true;
        }
        if (!begins) rq_buf_append(out, " ");
        rq_buf_append_n(out, text, length);
        at += length + !begins;
        begins = false;
        text += length;
    }
}

size_t rq_help_width(void)
{
    const char *given = getenv("COLUMNS");
    struct winsize size = {0};
    int64_t width = 0;
    if (!given || !rq_parse_i64(given, &width) || width < 1)
        width = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (width < 1) return USUAL_WIDTH;
    return width < MIN_WIDTH ? MIN_WIDTH : width > MAX_WIDTH ? MAX_WIDTH : (size_t)width;
}

void rq_help_line(rq_buf *out, const char *text, const char *escaped)
{
    for (; *text; text++) {
        bool blank = *text == ' ' || *text == '\n';
        if (blank && (text[1] == ' ' || text[1] == '\n')) continue;
        if (!blank && strchr(escaped, *text)) rq_buf_append(out, "\\");
        rq_buf_append_n(out, blank ? " " : text, 1);
    }
}

void rq_help_row(rq_buf *out, size_t from, const char *left, size_t column, const char *right)
{
    size_t at = from + strlen(left);
    rq_buf_printf(out, "%*s%s", (int)from, "", left);
    if (at + 2 > column)
        rq_buf_printf(out, "\n%*s", (int)column, "");
    else
        rq_buf_printf(out, "%*s", (int)(column - at), "");
    rq_help_fill(out, right, column, column, rq_help_width());
    rq_buf_append(out, "\n");
}
