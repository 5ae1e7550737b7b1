/* Does a changed graph compute the same? */
#ifndef RQ_WORKBENCH_PREPARATION_PROOF_H
#define RQ_WORKBENCH_PREPARATION_PROOF_H

#include "engine/run/workload.h"

/* Both graphs run on seeded inputs, on the workload's backend and shapes, in f32 even where it
 * computes in BF16. RQ_EFORMAT where inputs or outputs have other names or types, or an output
 * differs by more than float32's rounding does; what the backend says where one cannot be run.
 * *model: of the changed graph, to be destroyed before it; NULL where the graph is large. */
rq_status rq_preparation_prove(rq_model **model, const rq_graph *changed,
                               const rq_workload *workload);

#endif
