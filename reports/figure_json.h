/* Figures of reports and comparisons in JSON, which has neither infinities nor NaN: they are null
 * there. An infinite one has a text beside it that says why, under the same key and "_why"; of NaN
 * the row that it stands in says why, where that is known. */
#ifndef RQ_REPORTS_FIGURE_JSON_H
#define RQ_REPORTS_FIGURE_JSON_H

#include "engine/base/formats/json.h"
#include "reports/estimate.h"

#include <stddef.h>

/* Sets json[key], and json[key_why] where it is infinite. */
void rq_json_set_figure(rq_json *json, const char *key, double x);
/* NaN for what is none. Reports of 0.1.0 had texts: "Infinity", "-Infinity". */
double rq_json_get_figure(const rq_json *json, const char *key);

/* A list; json[key_why] is an object of texts by place in it: {"3": ...}. */
void rq_json_set_figures(rq_json *json, const char *key, const double *values, size_t n);
/* The list's entry i. */
double rq_json_get_figure_at(const rq_json *json, const char *key, size_t i);

rq_json *rq_json_estimate(const rq_estimate *estimate);

#endif
