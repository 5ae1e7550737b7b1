/* Which kernel OpenVINO runs each layer with, as its profile of one inference tells. */
#ifndef RQ_EXEC_OPENVINO_KERNELS_H
#define RQ_EXEC_OPENVINO_KERNELS_H

#include "engine/base/arena.h"
#include "engine/exec/openvino_library.h"
#include "engine/ir/graph.h"

/* (*out)[id]: the kernel of node `id`, such as "brgconv_avx512_1x1_I8", in the arena; NULL where
 * the profile does not have the node, which may then have become part of another. Runs once, all
 * inputs 0. `compiled` was compiled with PERF_COUNT. RQ_EUNSUPPORTED where it does not run so, or
 * the library is too old to tell. */
rq_status rq_openvino_kernels_find(const char *const **out, const rq_openvino *api,
                                   const ov_compiled_model *compiled, const rq_graph *graph,
                                   size_t n_inputs, rq_arena *arena);

#endif
