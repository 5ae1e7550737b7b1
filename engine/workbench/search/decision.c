#include "engine/workbench/search/decision.h"

#include "datasets/generated.h"

bool rq_decision_has_real_images(const rq_workload *workload)
{
    return workload->data.name && !rq_is_generated(workload->data.name);
}

const rq_graph *rq_decision_model(const rq_decision *decision)
{
    return decision->model ? decision->model : decision->workload.graph;
}

void rq_decision_close(rq_decision *decision)
{
    rq_quant_plan_destroy(&decision->plan);
    rq_stats_destroy(&decision->gathered);
    rq_bound_destroy(&decision->changed_bound);
    rq_graph_destroy(&decision->changed);
}
