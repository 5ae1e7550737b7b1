/* Where a network ends in class probabilities: Softmax of one row of logits per image. The largest
 * few decide what the probabilities' error is, so that it hardly tells two quantized networks
 * apart; the logits' does. */
#ifndef RQ_WORKBENCH_SEARCH_LOGITS_H
#define RQ_WORKBENCH_SEARCH_LOGITS_H

#include "engine/exec/exec.h"

/* By value id of `graph`, to be freed: nonzero for the inputs of Softmax layers that are outputs.
 */
rq_status rq_logits_list(uint8_t **observed, const rq_graph *graph);

/* The logits of output i; RQ_NONE where it has none, or several rows. */
rq_id rq_logits_of(const rq_model *model, size_t i);

/* Softmax does not see what is added to all: takes their mean off n logits. */
void rq_logits_centre(float *out, const float *logits, size_t n);

#endif
