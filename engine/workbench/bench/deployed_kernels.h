/* Which kernels run a network's layers in the deployment's own runtime, where it is there. */
#ifndef RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H
#define RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H

#include "engine/exec/exec.h"

/* Names such as "brgconv_avx512_I8", by node id, of a model of `graph` whose options asked for
 * kernels; an entry is NULL where the node has none of its own. In `arena`. */
rq_status rq_deployed_kernels_of(const char *const **out, const rq_model *model,
                                 const rq_graph *graph, rq_arena *arena);

/* What a kernel computes in, of its name: "i8", "f32", ...; NULL: it does not say. */
const char *rq_deployed_kernel_precision(const char *kernel);

#endif
