/* Text for help: the sentence of an option, filled lines. */
#ifndef RQ_CLI_HELP_TEXT_H
#define RQ_CLI_HELP_TEXT_H

#include "engine/base/text.h"
#include "engine/cli/command.h"

const char *rq_group_title(rq_group group);
bool rq_group_is_brief(rq_group group); /* see option_groups.def */

/* Appends what an option does: its help, its words, its default, whether it repeats. */
void rq_help_sentence(rq_buf *out, const rq_option *option);

/* "run one inference" -> "Run one inference." */
void rq_help_full_sentence(rq_buf *out, const char *summary);

/* Appends words of `text` in lines of at most `width` columns (a longer word has a line of its
 * own). The first line begins at column `at`, the others are indented by `indent`. Line breaks in
 * `text` are blanks. No line break at the end. */
void rq_help_fill(rq_buf *out, const char *text, size_t at, size_t indent, size_t width);

/* A table's row: `left` from column `from` on, `right` filled from `column` on (on a line of its
 * own where `left` is too long), and a line break. */
void rq_help_row(rq_buf *out, size_t from, const char *left, size_t column, const char *right);

/* Columns of the terminal: $COLUMNS, else standard output's, else 80. */
size_t rq_help_width(void);

/* `text` with every run of blanks and line breaks as one blank, each of `escaped` after a '\'. */
void rq_help_line(rq_buf *out, const char *text, const char *escaped);

#endif
