/* What a model does itself of the preprocessing its network was trained with: recorded by `requant
 * import` and by Model Optimizer in the IR's rt_info. */
#ifndef RQ_RUN_EMBEDDED_PREPROCESSING_H
#define RQ_RUN_EMBEDDED_PREPROCESSING_H

#include "datasets/image/preprocess.h"
#include "engine/ir/graph.h"

/* Takes out of `preprocess`, which describes the network as it was trained, what the model does:
 * mean and scale are dropped, and channels come in the order before the model reverses them. Says
 * so (rq_log) where something was taken out. */
void rq_embedded_preprocessing_drop(rq_preprocess *preprocess, const rq_graph *graph);

/* Whether the model does any of it. */
bool rq_embedded_preprocessing_is_there(const rq_graph *graph);

#endif
