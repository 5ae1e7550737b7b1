/* What each output of a model is, by the evidence there is: how the graph ends, what the outputs
 * are called, what labels the data have, and what the user says with --adapter. */
#ifndef RQ_WORKBENCH_OUTPUT_KINDS_H
#define RQ_WORKBENCH_OUTPUT_KINDS_H

#include "engine/run/workload.h"
#include "reports/adapters/adapter.h"
#include "reports/metrics/output_kind.h"

typedef struct rq_found_kind {
    rq_output_kind kind;
    const char *evidence; /* static; NULL: there is none, and it is a tensor */
} rq_found_kind;

/* found[n outputs of the model]. The adapter is the one that the user names, if he does. */
void rq_output_kinds_find(rq_found_kind *found, const rq_workload *workload, const rq_model *model);
/* The same once outputs are read by an adapter, whoever chose it; NULL: by none. */
void rq_output_kinds_read_by(rq_found_kind *found, size_t n, const rq_adapter *adapter);
/* What adapters could make of the first output, and of boxes: bits of rq_prediction_kind. */
unsigned rq_output_kinds_predictions(const rq_found_kind *found, size_t n);
/* Whether the labels of these images are classes of an output of `n_classes`, which is known to be
 * classes: sub-folders, and names numbered by their order, are where there are exactly as many. */
bool rq_labels_fit(const rq_images *images, size_t n_classes);

#endif
