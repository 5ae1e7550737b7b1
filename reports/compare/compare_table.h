/* How the tables of a comparison are made. Private to compare_table*.c. */
#ifndef RQ_REPORTS_COMPARE_COMPARE_TABLE_H
#define RQ_REPORTS_COMPARE_COMPARE_TABLE_H

#include "reports/compare/compare.h"

/* Takes id, title and lead of `like`; room for most_rows rows. */
rq_status rq_compare_table_begin(rq_compare_table *out, const rq_compare_table *like,
                                 const rq_compare_column *columns, size_t n, size_t most_rows,
                                 rq_arena *arena);
rq_compare_cell *rq_compare_table_row(rq_compare_table *table); /* the next row, empty */
/* `first`, then one column per run. */
rq_status rq_compare_columns_by_run(rq_compare_column **out, const rq_comparison *c,
                                    const char *first, bool number, rq_arena *arena);

rq_compare_cell rq_compare_text(const char *text);
/* Empty where the number is not known, or memory is short. */
rq_compare_cell rq_compare_number(const char *text, double sort, rq_arena *arena);
rq_compare_cell rq_compare_unit(rq_unit unit, double x, rq_arena *arena);
const char *rq_compare_mark(rq_significance significance);

/* Each makes one table; without rows when there is nothing to show. */
rq_status rq_compare_table_runs(rq_compare_table *out, const rq_comparison *c, rq_arena *arena);
rq_status rq_compare_table_accuracy(rq_compare_table *out, const rq_comparison *c, rq_arena *arena);
rq_status rq_compare_table_size(rq_compare_table *out, const rq_comparison *c, rq_arena *arena);
rq_status rq_compare_table_speed(rq_compare_table *out, const rq_comparison *c, rq_arena *arena);
rq_status rq_compare_table_transitions(rq_compare_table *out, const rq_comparison *c,
                                       rq_arena *arena);
rq_status rq_compare_table_layers(rq_compare_table *out, const rq_comparison *c, rq_arena *arena);

/* In place of a speed-up that is not measurable now. */
rq_compare_cell rq_compare_noise(void);

#endif
