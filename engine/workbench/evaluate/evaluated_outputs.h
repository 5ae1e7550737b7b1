/* The outputs that are evaluated: what they are, how much they count, and whether the data's labels
 * are classes of one. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATED_OUTPUTS_H
#define RQ_WORKBENCH_EVALUATE_EVALUATED_OUTPUTS_H

#include "engine/workbench/output_kinds.h"

typedef struct rq_evaluated_outputs {
    size_t n;
    const char **names; /* [n], and so on */
    rq_found_kind *found;
    rq_output_kind *kinds; /* those of `found` */
    double *weights;
    size_t n_classes; /* of the first that is classes; 0: there is none */
    bool labelled;    /* images have labels that are those classes */
} rq_evaluated_outputs;

/* By graph, names, labels and --adapter; into the arena. */
rq_status rq_evaluated_outputs_open(rq_evaluated_outputs *out, const rq_workload *workload,
                                    const rq_model *model, rq_arena *arena);
/* Once the adapter is known (NULL: none). RQ_EARG for a file of labels with more classes than the
 * output. */
rq_status rq_evaluated_outputs_settle(rq_evaluated_outputs *outputs, const rq_workload *workload,
                                      const rq_model *model, const rq_adapter *adapter);

#endif
