/* Tables of plain text with columns as wide as their content. */
#ifndef RQ_REPORTS_WRITERS_TABLE_TEXT_H
#define RQ_REPORTS_WRITERS_TABLE_TEXT_H

#include "engine/base/text.h"

#define RQ_TABLE_COLUMNS 12
#define RQ_TABLE_CELL 64  /* bytes; longer texts lose their middle */
#define RQ_TABLE_WIDTH 80 /* characters of a line that every terminal has */
#define RQ_TABLE_NAME 20  /* the first column is not made narrower so that all others fit */
#define RQ_TABLE_LONG_NAME 32

typedef struct rq_text_table {
    char (*cells)[RQ_TABLE_COLUMNS][RQ_TABLE_CELL];
    size_t rows, capacity, columns;
    size_t wide;     /* characters the first column may have; 0: no limit but the cell's */
    size_t narrow;   /* the same of the other columns */
    size_t width;    /* characters of a line; 0: no limit */
    size_t optional; /* the column that goes first where a line is too narrow; 0: none */
    bool failed;
} rq_text_table;

/* The first row is the heading. Cells may be NULL (empty); control characters become '?'. */
void rq_text_table_row(rq_text_table *table, const char *const *cells, size_t n);
/* The first column to the left, the others to the right; `emphasis` and `plain` are put around
 * the heading. Empty columns are left out. Columns that do not fit into a line follow below, beside
 * the first one again. */
void rq_text_table_write(rq_buf *out, rq_text_table *table, const char *emphasis,
                         const char *plain);
void rq_text_table_free(rq_text_table *table);

#endif
