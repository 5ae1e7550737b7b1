/* Which kernels run a network's layers in the deployment's own runtime, where it is there. */
#ifndef RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H
#define RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H

#include "engine/exec/exec.h"
#include "quant/plan_json.h"

/* Names such as "brgconv_avx512_I8", by node id, of a model of `graph` whose options asked for
 * kernels; an entry is NULL where the node has none of its own. In `arena`. */
rq_status rq_deployed_kernels_of(const char *const **out, const rq_model *model,
                                 const rq_graph *graph, rq_arena *arena);

/* What a kernel computes in, of its name: "i8", "f32", ...; NULL: it does not say. */
const char *rq_deployed_kernel_precision(const char *kernel);

/* For plan.json: those of the layers of `network` that `graph`, an edited clone of it, has under
 * the same names. `kernels`: of `graph`, as above. Borrows `runtime`; the rest lives in `arena`. */
rq_status rq_deployed_kernels_in_plan(rq_plan_kernels *out, const rq_graph *network,
                                      const rq_graph *graph, const char *const *kernels,
                                      const char *runtime, rq_arena *arena);

#endif
