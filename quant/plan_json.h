/* plan.json: the plan for people, and for `quantize --plan`. */
#ifndef RQ_QUANT_PLAN_JSON_H
#define RQ_QUANT_PLAN_JSON_H

#include "engine/base/formats/json.h"
#include "quant/plan.h"

/* Written. Version 1, of requant 0.1.0, is read too: the lists of plan_read*.c have its keys. */
#define RQ_PLAN_VERSION 2

/* What a runtime ran the written model in, where it was there. By node id of the network: names
 * such as "brgconv_avx512_I8", and the precision that each computed in, "i8", "f32"; NULL entries:
 * the layer has no kernel of its own, or its name does not tell. */
typedef struct rq_plan_kernels {
    const char *runtime; /* "OpenVINO 2026.4.1" */
    const char *const *names, *const *precisions;
} rq_plan_kernels;

/* Atomic. A key that is added here is added to the lists of plan_read*.c too. Layout: settings;
 * activations[] (value, consumers, range or low/high per channel, estimator, expected SQNR in dB,
 * reason); weights[] (layer, scales, what was done against saturation, expected SQNR);
 * ignored_layers[] (layer, reason); equalized[] (value, exponents of its channels' scales).
 * `model`: as it was before equalization, which the file names; `network`: what the plan is of.
 * kernels NULL: nothing is known; else also runtime, and of weights[] and ignored_layers[] kernel
 * and ran_in, which --plan passes over. */
rq_status rq_quant_plan_save(const rq_quant_plan *plan, const rq_graph *model,
                             const rq_graph *network, const rq_plan_kernels *kernels,
                             const char *path);

#endif
