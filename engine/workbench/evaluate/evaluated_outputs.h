/* The outputs that are evaluated: what they are, how much they count, and whether the data's labels
 * are classes of one. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATED_OUTPUTS_H
#define RQ_WORKBENCH_EVALUATE_EVALUATED_OUTPUTS_H

#include "engine/workbench/evaluate/predictions.h"
#include "engine/workbench/output_kinds.h"

typedef struct rq_evaluated_outputs {
    size_t n;
    const char **names; /* [n], and so on */
    rq_found_kind *found;
    rq_output_kind *kinds; /* those of `found` */
    double *weights;
    const char *classes; /* the first that is classes, or else could be; NULL: there is none */
    size_t n_values;     /* of that one */
    size_t n_classes;    /* the same, where it is known to be classes; else 0 */
    bool labelled;       /* images have labels that are those classes */
} rq_evaluated_outputs;

/* By graph, names, labels and adapter, into the arena; and the predictions that the adapter makes
 * of images that become inputs by `plan`, to be closed after a failure, too. RQ_EARG for labels
 * (not of sub-folders) with more classes than the output, or with names in their order that are not
 * as many as it has. */
rq_status rq_evaluated_outputs_open(rq_evaluated_outputs *out, rq_predictions *predictions,
                                    const rq_workload *workload, const rq_model *model,
                                    const rq_image_plan *plan, rq_arena *arena);

/* Before images are run, with the workload's own names and labels: RQ_EARG for a file of class
 * names with another number of them than the output has classes; labels that are no classes of an
 * output, and an adapter that nobody asked for, are logged. */
rq_status rq_evaluated_outputs_check(const rq_evaluated_outputs *outputs,
                                     const rq_predictions *predictions,
                                     const rq_workload *workload);

#endif
