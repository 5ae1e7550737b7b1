/* Which kernels run a network's layers in the deployment's own runtime, where it is there. */
#ifndef RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H
#define RQ_WORKBENCH_BENCH_DEPLOYED_KERNELS_H

#include "engine/exec/exec.h"

typedef struct rq_deployed_kernels {
    const char *const *names; /* by node id, such as "brgconv_avx512_I8"; an entry is NULL where the
                                 node has none of its own. NULL: nothing is known */
} rq_deployed_kernels;

/* Those of a model of `graph` whose options asked for kernels; in `arena`. */
rq_status rq_deployed_kernels_of(rq_deployed_kernels *out, const rq_model *model,
                                 const rq_graph *graph, rq_arena *arena);

/* What a kernel computes in, of its name: "i8", "f32", ...; NULL: it does not say. */
const char *rq_deployed_kernel_precision(const char *kernel);

#endif
