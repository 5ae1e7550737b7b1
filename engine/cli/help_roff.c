#include "engine/cli/help_roff.h"

#include "engine/base/version.h"
#include "engine/cli/help_text.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 76 }; /* of source lines: checkers want at most 80 */

/* What stays as it is typed: a minus, not a hyphen; straight quotes. */
static const struct escape {
    char c;
    const char *roff;
} escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"},
               {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"}};

static void put_character(rq_buf *out, char c)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].c == c) {
            rq_buf_append(out, escapes[i].roff);
            return;
        }
    rq_buf_append_n(out, &c, 1);
}

/* No word begins with '.', as it might begin a line, where that means a macro. */
static void put_escaped(rq_buf *out, const char *text)
{
    bool begins = true;
    for (; *text; text++) {
        if (begins && *text == '.') rq_buf_append(out, "\\&");
        begins = *text == ' ' || *text == '\n';
        put_character(out, *text);
    }
}

static void put_filled(rq_buf *out, const char *text)
{
    rq_buf escaped = {0};
    put_escaped(&escaped, text);
    rq_help_fill(out, escaped.data ? escaped.data : "", 0, 0, WIDTH);
    rq_buf_append(out, "\n");
    out->failed = out->failed || escaped.failed;
    rq_buf_free(&escaped);
}

static void put_capitals(rq_buf *out, const char *text)
{
    for (; *text; text++) put_character(out, (char)toupper((unsigned char)*text));
}

void rq_roff_title(rq_buf *out, const char *name, int section, const char *manual,
                   const char *summary)
{
    rq_buf_append(out, ".TH ");
    put_capitals(out, name);
    rq_buf_printf(out, " %d " RQ_VERSION_DATE " \"requant " RQ_VERSION "\" \"%s\"\n.SH NAME\n",
                  section, manual);
    put_escaped(out, name);
    rq_buf_append(out, " \\-\n");
    put_filled(out, summary);
}

void rq_roff_section(rq_buf *out, const char *title)
{
    rq_buf_append(out, ".SH ");
    put_capitals(out, title);
    rq_buf_append(out, "\n");
}

void rq_roff_subsection(rq_buf *out, const char *title)
{
    rq_buf_append(out, ".SS ");
    put_filled(out, title);
}

void rq_roff_text(rq_buf *out, const char *text)
{
    put_filled(out, text);
}

void rq_roff_paragraph(rq_buf *out, const char *text)
{
    rq_buf part = {0};
    for (size_t i = 0; rq_text_list_next(&part, &text); i++) {
        rq_buf_append(out, i ? ".IP \\(bu 2\n" : ".PP\n");
        put_filled(out, part.data);
    }
    out->failed = out->failed || part.failed;
    rq_buf_free(&part);
}

void rq_roff_term(rq_buf *out, const char *term, const char *argument, const char *text)
{
    rq_buf_append(out, ".TP\n\\fB");
    put_escaped(out, term);
    rq_buf_append(out, "\\fR");
    if (argument) {
        rq_buf_append(out, " \\fI");
        put_escaped(out, argument);
        rq_buf_append(out, "\\fR");
    }
    rq_buf_append(out, "\n");
    put_filled(out, text);
}

void rq_roff_indent(rq_buf *out)
{
    rq_buf_append(out, ".RS\n");
}

void rq_roff_unindent(rq_buf *out)
{
    rq_buf_append(out, ".RE\n");
}

/* A long line is continued in the source, and one line when it is shown. */
static void put_example(rq_buf *out, const char *line)
{
    rq_buf filled = {0};
    put_filled(&filled, line);
    for (const char *at = filled.data; at && *at; at++) {
        if (*at == '\n' && at[1]) rq_buf_append(out, " \\");
        rq_buf_append_n(out, at, 1);
    }
    out->failed = out->failed || filled.failed;
    rq_buf_free(&filled);
}

void rq_roff_examples(rq_buf *out, const char *const *lines)
{
    rq_buf_append(out, ".RS\n.nf\n");
    for (; *lines; lines++) put_example(out, *lines);
    rq_buf_append(out, ".fi\n.RE\n");
}

void rq_roff_reference(rq_buf *out, const char *name, int section, const char *after)
{
    rq_buf_append(out, ".BR ");
    put_escaped(out, name);
    rq_buf_printf(out, " (%d)%s\n", section, after);
}
