/* Strings: a growing buffer, strict number parsing, lists, and "did you mean". */
#ifndef RQ_BASE_TEXT_H
#define RQ_BASE_TEXT_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string. {0} is an empty one. After a failed allocation it stays as it was and
 * `failed` is set; check it once at the end. So it is by a text that is NULL, for which there was
 * no memory. */
typedef struct rq_buf {
    char *data; /* NUL-terminated when not NULL */
    size_t length, capacity;
    bool failed;
} rq_buf;

void rq_buf_append(rq_buf *buf, const char *text);
void rq_buf_append_n(rq_buf *buf, const char *text, size_t n);
void rq_buf_printf(rq_buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends with & < > " ' escaped for XML and HTML (what commands a terminal dropped, but \t
 * and \n: control_characters.h). */
void rq_buf_escape(rq_buf *buf, const char *text);
/* Appends with '?' for what commands a terminal or a log, or begins another line
 * (control_characters.h): names are anybody's. */
void rq_buf_visible(rq_buf *buf, const char *text);
/* So, what printf gives: a line, or a part of one, with names in it. */
void rq_buf_printf_visible(rq_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends what stands for the text between single quotes of a shell: a quote ends them. */
void rq_buf_in_quotes(rq_buf *buf, const char *text);
void rq_buf_free(rq_buf *buf);

/* Whole-string parsing: leading/trailing blanks allowed, anything else is false. */
bool rq_parse_i64(const char *text, int64_t *out);
bool rq_parse_f64(const char *text, double *out);

/* Comma- or blank-separated numbers, at most `capacity` of them; *n gets how many.
 * False when one is malformed or there are too many. An empty string gives n = 0. */
bool rq_parse_i64_list(const char *text, int64_t *out, size_t capacity, size_t *n);
bool rq_parse_f64_list(const char *text, double *out, size_t capacity, size_t *n);

/* The candidate closest to `word` by edit distance, or NULL if none is near.
 * candidates[n]; entries may be NULL. */
const char *rq_suggest(const char *word, const char *const *candidates, size_t n);

/* Order of strings for qsort and bsearch over arrays of const char *: bytewise. */
int rq_by_text(const void *a, const void *b);

/* "s" unless n is 1: "%zu layer%s". */
static inline const char *rq_plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* The same for a count that is a figure of a report, written with "%.0f": NaN, or beyond any
 * integer. */
static inline const char *rq_plural_real(double n)
{
    return n >= 0.5 && n < 1.5 ? "" : "s";
}

/* The next part of a text that is a line and, behind it, items: lines that begin with "- ". `part`
 * is overwritten; *text goes on. False: there is none, or no memory (part->failed). */
bool rq_text_list_next(rq_buf *part, const char **text);

bool rq_ends_with(const char *text, const char *suffix);
bool rq_starts_with(const char *text, const char *prefix);
/* Bytes of the mark of UTF-8 that a text begins with: 3 or 0. */
size_t rq_byte_order_mark(const char *text);

/* "1.4 MB", "12.0 kB" (powers of 1000) into buffer. */
#define RQ_SIZE_TEXT 32
const char *rq_size_text(uint64_t bytes, char buffer[RQ_SIZE_TEXT]);

#endif
