/* --offload: a part of a model that stays with its framework. The part's nodes become one,
 * TensorFlowCall or OnnxCall (engine/ops/common/framework_call.h), whose inputs are the values that
 * the part reads of the rest, and its outputs those that the rest reads of it.
 *
 * A part is "tf:Postprocessor/" or "onnx:Postprocessor/": all nodes whose names begin so; or a JSON
 * file, {"start_points": ["a"], "end_points": ["b"]} (also within "instances", as Model Optimizer
 * has it): these nodes, and those between them. What lies between two nodes of a part is of the
 * part, too; what depends on no input of the model is computed on both sides. */
#ifndef RQ_IMPORT_OFFLOAD_H
#define RQ_IMPORT_OFFLOAD_H

#include "engine/import/ir_builder.h"

typedef rq_status rq_offload_take(void *ctx, size_t i, const rq_tensor *tensor);
/* Computes values of the model in a file by its framework: rq_tensorflow_run. */
typedef rq_status rq_offload_run(const char *file, const char *feeds, const char *fetches,
                                 const rq_tensor *in, size_t n_in, rq_offload_take *take,
                                 void *ctx);

typedef struct rq_offload {
    const char *const *parts; /* as the user wrote them */
    size_t n;
    rq_offload_run *tensorflow, *onnxruntime;
} rq_offload;

/* Replaces the parts' nodes in the framework's model. RQ_EARG: a part has no nodes, or none that
 * the rest reads; RQ_EUNSUPPORTED: the framework cannot run the model from its file. */
rq_status rq_offload_apply(rq_framework_model *source, const rq_offload *offload);

/* Whether b->node is such a call; and mapping it: types and shapes of what comes out are what the
 * framework gives for inputs of some values. */
bool rq_offload_is_call(const rq_framework_node *node);
void rq_offload_map(rq_ir_builder *b);

#endif
