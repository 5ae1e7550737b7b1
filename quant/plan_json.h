/* plan.json: the plan for people, and for `quantize --plan`. */
#ifndef RQ_QUANT_PLAN_JSON_H
#define RQ_QUANT_PLAN_JSON_H

#include "engine/base/json.h"
#include "quant/plan.h"

/* Atomic. Layout: settings; activations[] (value, readers, range or low/high per channel,
 * estimator, expected SQNR in dB, reason); weights[] (layer, scales, what was done against
 * saturation, expected SQNR); kept[] (layer, reason). */
rq_status rq_plan_save(const rq_plan *plan, const rq_graph *graph, const char *path);

const char *rq_preset_name(rq_preset preset);
const char *rq_overflow_name(rq_overflow overflow);
extern const char *const rq_preset_names[];   /* NULL-terminated, by value */
extern const char *const rq_overflow_names[]; /* NULL-terminated, by value */

#endif
