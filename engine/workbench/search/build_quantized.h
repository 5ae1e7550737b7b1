/* From a model and statistics to a quantized model on disk: what `quantize` does between
 * calibrating and measuring. */
#ifndef RQ_WORKBENCH_SEARCH_BUILD_QUANTIZED_H
#define RQ_WORKBENCH_SEARCH_BUILD_QUANTIZED_H

#include "engine/base/arena.h"
#include "quant/fp16.h"
#include "quant/plan.h"

/* Where everything goes: -o OUT, or -o FILE.xml. Strings live in `arena`. */
typedef struct rq_output_paths {
    const char *dir, *xml, *bin, *stats, *stats_equalized, *plan, *report_json, *report_html;
} rq_output_paths;

/* `suffix` is "int8", "int8-weights" or "fp16": the model is named <stem>-<suffix>.xml unless -o
 * names it. */
rq_status rq_output_paths_make(rq_output_paths *out, const char *output, const char *model_path,
                               const char *suffix, rq_arena *arena);

/* A quantized clone of the graph (which must outlive it), marked with requant's settings in its
 * rt_info. */
rq_status rq_build_int8(rq_graph **out, const rq_graph *graph, const rq_quant_plan *plan);
rq_status rq_build_fp16(rq_graph **out, const rq_graph *graph, rq_fp16_report *report);

#endif
