#include "engine/workbench/sensitivity/sensitivity_setup.h"

#include "engine/workbench/search/build_quantized.h"

rq_status rq_setup_open(rq_setup *out, const rq_workload *workload,
                        const rq_decide_options *options, rq_steps *steps)
{
    *out = (rq_setup){0};
    RQ_TRY(rq_decide_refuse_quantized(workload->graph, ""));
    RQ_TRY(rq_decide_run(&out->decision, workload, options, steps));
    const rq_decision *decision = &out->decision;
    RQ_TRY(rq_build_int8(&out->quantized, decision->workload.graph, decision->plan));
    return rq_parts_create(&out->parts, decision->plan, decision->workload.bound);
}

void rq_setup_close(rq_setup *s)
{
    rq_parts_destroy(&s->parts);
    rq_graph_destroy(&s->quantized); /* before the graph that it was cloned from */
    rq_decision_close(&s->decision);
}
