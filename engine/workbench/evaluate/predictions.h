/* Outputs of models to answers, and the truths of images: what metrics of answers compare. */
#ifndef RQ_WORKBENCH_EVALUATE_PREDICTIONS_H
#define RQ_WORKBENCH_EVALUATE_PREDICTIONS_H

#include "engine/run/pipeline.h"
#include "reports/adapters/adapter.h"

#define RQ_ANSWERING_MODELS 2

typedef struct rq_answering {
    rq_adapter_use use;      /* its adapter NULL: there are no answers */
    struct rq_answers *made; /* by worker */
    unsigned threads;
    const rq_dataset *dataset;
} rq_answering;

/* Answers of one image by one worker; kept from image to image. */
typedef struct rq_answers {
    rq_answer of[RQ_ANSWERING_MODELS];
    rq_answer truth;
    bool has_truth;
} rq_answers;

/* The adapter that the user asked for, or one that is evident from the outputs and the data; says
 * which. `outputs` are shapes only. */
rq_status rq_answering_open(rq_answering *out, const rq_image_request *request,
                            const rq_dataset *dataset, const rq_image_plan *plan,
                            const rq_output *outputs, size_t n, unsigned threads);
void rq_answering_close(rq_answering *answering);

/* Reads answers of n_models models (outputs[m][0..n)) and the truth of the image. */
rq_status rq_answering_read(const rq_answering *answering, const rq_pipeline_image *at,
                            rq_output *const *outputs, size_t n_models, size_t n);

#endif
