/* plan.json: the plan for people, and for `quantize --plan`. */
#ifndef RQ_QUANT_PLAN_JSON_H
#define RQ_QUANT_PLAN_JSON_H

#include "engine/base/formats/json.h"
#include "quant/plan.h"

/* Written. Version 1, of requant 0.1.0, is read too: the lists of plan_read*.c have its keys. */
#define RQ_PLAN_VERSION 2

/* Atomic. A key that is added here is added to the lists of plan_read*.c too. Layout: settings;
 * activations[] (value, consumers, range or low/high per channel, estimator, expected SQNR in dB,
 * reason); weights[] (layer, scales, what was done against saturation, expected SQNR);
 * ignored_layers[] (layer, reason); equalized[] (value, exponents of its channels' scales).
 * `model`: as it was before equalization, which the file names; `network`: what the plan is of. */
rq_status rq_quant_plan_save(const rq_quant_plan *plan, const rq_graph *model,
                             const rq_graph *network, const char *path);

#endif
