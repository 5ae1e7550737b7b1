/* A graph quantized as a plan says, and marked with how: for searches, and for what is written. */
#ifndef RQ_WORKBENCH_SEARCH_BUILD_QUANTIZED_H
#define RQ_WORKBENCH_SEARCH_BUILD_QUANTIZED_H

#include "engine/run/workload.h"
#include "quant/fp16.h"
#include "quant/plan.h"

/* A quantized clone of the graph (which must outlive it), marked with requant's settings in its
 * rt_info. */
rq_status rq_build_int8(rq_graph **out, const rq_graph *graph, const rq_quant_plan *plan);

/* The model that is written: of the workload's graph, static where its shapes were asked for. Its
 * rt_info has what other tools look for there: "nncf", how it was quantized, and "model_info", how
 * its input is prepared and what its output is. */
typedef struct rq_build_options {
    const rq_quant_plan *plan; /* NULL: FP16 */
    bool float_fp16;           /* constants that the plan leaves, too */
    const rq_stats *stats;     /* that the plan was made from; NULL: none */
} rq_build_options;

/* Many of its constants have but a source (rq_graph_load), which reads the workload's graph, what
 * is bound of it, and the plan: they must outlive it. */
rq_status rq_build_result(rq_graph **out, const rq_workload *workload,
                          const rq_build_options *options, rq_fp16_report *report);

#endif
