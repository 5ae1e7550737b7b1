/* An evaluation of one model, for people and programs. */
#ifndef RQ_WORKBENCH_EVALUATE_EVALUATION_TEXT_H
#define RQ_WORKBENCH_EVALUATE_EVALUATION_TEXT_H

#include "datasets/dataset.h"
#include "engine/base/text.h"
#include "engine/workbench/evaluate/evaluate.h"

/* A line for each metric. */
rq_status rq_evaluation_text(rq_buf *out, const rq_evaluation *evaluation);
/* A list of metrics with their intervals; perhaps empty. */
rq_status rq_evaluation_json(rq_buf *out, const rq_evaluation *evaluation);

/* Class by class: of detectors the average precision, of classifiers the accuracy and whom a class
 * is taken for (CSV: the whole confusion matrix). The dataset names the classes. RQ_EARG where
 * there are neither. */
rq_status rq_evaluation_classes_text(rq_buf *out, const rq_evaluation *evaluation,
                                     const rq_dataset *dataset);
rq_status rq_evaluation_classes_csv(rq_buf *out, const rq_evaluation *evaluation,
                                    const rq_dataset *dataset);

#endif
