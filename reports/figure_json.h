/* Figures of reports and comparisons in JSON, which has no infinities: they are texts there, and an
 * unknown number is null. */
#ifndef RQ_REPORTS_FIGURE_JSON_H
#define RQ_REPORTS_FIGURE_JSON_H

#include "engine/base/formats/json.h"
#include "reports/estimate.h"

rq_json *rq_json_figure(double x);
double rq_json_as_figure(const rq_json *json); /* NaN for what is none */

rq_json *rq_json_estimate(const rq_estimate *estimate);

#endif
