/* A sensitivity analysis for people and programs. */
#ifndef RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_TEXT_H
#define RQ_WORKBENCH_SENSITIVITY_SENSITIVITY_TEXT_H

#include "engine/workbench/sensitivity/sensitivity.h"

/* Table with a bar chart, at most `rows` layers (0: all), advice, --ignore lines. `columns`:
 * characters of a line of the table; 0: no limit. */
rq_status rq_sensitivity_text(rq_buf *out, const rq_sensitivity *s, size_t rows, size_t columns);
/* On which images layers were measured, and whether ranges were made of them; a sentence without
 * its end. */
void rq_sensitivity_measured_on(rq_buf *out, const rq_sensitivity *s);
/* All layers, for --json and --csv. */
rq_status rq_sensitivity_json(rq_buf *out, const rq_sensitivity *s);
void rq_sensitivity_csv(rq_buf *out, const rq_sensitivity *s);

/* What gained where it was tried, with the options, and where errors come from; part of the text.
 */
void rq_sensitivity_advise(rq_buf *out, const rq_sensitivity *s);

#endif
