/* One or two models over labelled or unlabelled images: metrics of their outputs and, for two, the
 * error of every layer. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATE_H
#define RQ_WORKBENCH_EVALUATE_EVALUATE_H

#include "engine/run/workload.h"
#include "engine/workbench/evaluate/evaluated_outputs.h"
#include "engine/workbench/evaluate/layer_compare.h"
#include "engine/workbench/evaluate/predictions.h"
#include "reports/metrics/measure.h"

typedef struct rq_evaluate_options {
    const rq_graph *before; /* NULL: only `after` is measured */
    const rq_graph *after;  /* an edited clone of `before`, if that is there; else with `same` */
    const rq_bound *bound;  /* of `before`; NULL: no layers are compared */
    const rq_id *same;      /* by value of `after`: the value of `before` that it is compared with,
                             * RQ_NONE: none; NULL: ids are the same in both */
    bool needs_metrics;     /* RQ_EARG where none applies */
    bool needs_classes;     /* RQ_EARG, before the first image, where none are told apart */
    const char *title;      /* of the progress line; NULL: "measure" */
    /* Shown what the adapter makes of each image, in the order of the images; `view` is where the
     * model's input comes from. Not called where there is no adapter. NULL: nobody looks. */
    rq_status (*predicted)(void *ctx, size_t image, const rq_view *view,
                           const rq_image_predictions *predictions);
    void *predicted_ctx;
} rq_evaluate_options;

typedef struct rq_evaluation {
    rq_arena *arena;
    rq_evaluated_outputs outputs; /* as the first model names them */
    rq_measure *measure;
    rq_layer_compare *layers; /* NULL when none are compared */
    rq_image_plan plan;       /* how images became inputs */
    bool paired;              /* two models were evaluated */
    unsigned predictions;     /* rq_prediction_kind that the adapter gives; 0: there is none */
} rq_evaluation;

/* What rq_evaluate_run would refuse of the workload's images, told before the first image of any
 * pass is run: labels and names of classes that do not fit the outputs, fixed inputs that are
 * missing, an adapter that cannot be opened. See rq_evaluated_outputs_check for what is logged. */
rq_status rq_evaluate_check(const rq_workload *workload);

/* Over the workload's images. After a failure too, to be closed. */
rq_status rq_evaluate_run(rq_evaluation *out, const rq_workload *workload,
                          const rq_evaluate_options *options);
/* What classes of its images are called (rq_dataset_names): by the model alone, where the images'
 * labels are others than its classes. Borrowed from both. */
rq_class_names rq_evaluation_names(const rq_evaluation *evaluation, const rq_dataset *dataset);
void rq_evaluation_close(rq_evaluation *evaluation);

#endif
