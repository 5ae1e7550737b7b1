/* The files of a tuned model: what quantize writes, with the layers that were kept. */
#ifndef RQ_WORKBENCH_REPORT_TUNE_REPORT_H
#define RQ_WORKBENCH_REPORT_TUNE_REPORT_H

#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/tune/tune.h"

/* Writes the model, plan.json, report.json and report.html, and prints the report. */
rq_status rq_tune_write(const rq_tune *tune, const rq_output_paths *paths);

#endif
