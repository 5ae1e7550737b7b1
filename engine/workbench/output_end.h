/* What a graph ends in: the last operator that says what an output is, behind those that only
 * reshape or convert. Operators that a converter spelled out are recognised, too. */
#ifndef RQ_WORKBENCH_OUTPUT_END_H
#define RQ_WORKBENCH_OUTPUT_END_H

#include "engine/ops/bind.h"

#include <stdbool.h>

typedef enum rq_output_end {
    RQ_END_OTHER,
    RQ_END_SOFTMAX,    /* probabilities, or their logarithms, that belong together */
    RQ_END_SIGMOID,    /* probabilities, each by itself */
    RQ_END_NORMALIZED, /* vectors of length 1 */
    RQ_END_SELECTED    /* what non-maximum suppression or its like leaves */
} rq_output_end;

/* Of the value that a Result reads. `bound`: of the graph, for its shapes; NULL: as the file says.
 * *size: values that one Softmax is over; 0: not known, or no Softmax. */
rq_output_end rq_output_end_find(int64_t *size, const rq_graph *graph, const rq_bound *bound,
                                 rq_id value);

#endif
