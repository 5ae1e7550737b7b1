/* Where everything that is written of a quantized model goes. */
#ifndef RQ_WORKBENCH_OUTPUT_PATHS_H
#define RQ_WORKBENCH_OUTPUT_PATHS_H

#include "engine/base/arena.h"

#include <stdbool.h>

/* The files of -o OUT, or of the folder of -o FILE.xml or FILE.onnx. Where that folder has a plan
 * or report of another model, those of FILE are FILE.plan.json, FILE.report.json and so on. Strings
 * live in `arena`. */
typedef struct rq_output_paths {
    const char *dir, *model, *stats, *stats_equalized, *plan, *report_json, *report_html, *tune;
    const char *prefix; /* of the names of all but the model: "", or "FILE." */
    bool onnx;          /* the model is ONNX, else an IR */
} rq_output_paths;

/* Names them; makes nothing. Looks at the report that is there. `suffix` is "int8", "int8-weights",
 * "int4-weights" or "fp16": the model is named <stem>-<suffix>.xml unless -o names it. RQ_EARG
 * where that is the model itself. */
rq_status rq_output_paths_make(rq_output_paths *out, const char *output, const char *model_path,
                               const char *suffix, rq_arena *arena);
/* Files of the same names in another folder. */
rq_status rq_output_paths_in(rq_output_paths *out, const rq_output_paths *of, const char *dir,
                             rq_arena *arena);

#endif
