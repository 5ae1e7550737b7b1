/* Long lines for a terminal, broken between words. */
#ifndef RQ_CLI_WRAP_H
#define RQ_CLI_WRAP_H

#include "engine/base/text.h"

/* Appends `text` with lines of at most `columns` characters where words allow; 0: as it is. What
 * follows stands under the line's first word. Escape sequences count for nothing. Options to be
 * copied, which stand behind two blanks ("  --ignore 'a'"), are never broken. */
void rq_buf_wrap(rq_buf *out, const char *text, size_t columns);

/* The same on standard output, where it always ends a line; unbroken where memory runs out. */
void rq_print_wrapped(const char *text, size_t columns);

#endif
