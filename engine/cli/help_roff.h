/* Roff with man macros: what manual pages are made of. Texts are plain; they are escaped and put
 * in short lines here. */
#ifndef RQ_CLI_HELP_ROFF_H
#define RQ_CLI_HELP_ROFF_H

#include "engine/base/text.h"

/* .TH and .SH NAME; `name` "requant-quantize", `manual` "User Commands". */
void rq_roff_title(rq_buf *out, const char *name, int section, const char *manual,
                   const char *summary);
void rq_roff_section(rq_buf *out, const char *title);    /* .SH */
void rq_roff_subsection(rq_buf *out, const char *title); /* .SS */
void rq_roff_text(rq_buf *out, const char *text);        /* goes on where the last one ended */
void rq_roff_paragraph(rq_buf *out, const char *text);   /* and items: rq_text_list_next */
/* A term in bold, what it takes in italics (may be NULL), and its text. */
void rq_roff_term(rq_buf *out, const char *term, const char *argument, const char *text);
/* Terms in between are indented once more. */
void rq_roff_indent(rq_buf *out);
void rq_roff_unindent(rq_buf *out);
/* Lines of a terminal (NULL-terminated), not filled. */
void rq_roff_examples(rq_buf *out, const char *const *lines);
/* "name(section)" in bold and roman, and `after`. */
void rq_roff_reference(rq_buf *out, const char *name, int section, const char *after);

#endif
