/* Outputs of models to predictions, and the truths of images: what metrics of predictions compare.
 */
#ifndef RQ_WORKBENCH_EVALUATE_PREDICTIONS_H
#define RQ_WORKBENCH_EVALUATE_PREDICTIONS_H

#include "engine/run/pipeline.h"
#include "reports/adapters/adapter.h"

#define RQ_PREDICTION_MODELS 2

typedef struct rq_predictions {
    rq_adapter_use use;                /* its adapter NULL: there are no predictions */
    struct rq_image_predictions *made; /* by worker */
    unsigned threads;
    const rq_dataset *dataset;
} rq_predictions;

/* Predictions of one image by one worker; kept from image to image. */
typedef struct rq_image_predictions {
    rq_prediction of[RQ_PREDICTION_MODELS];
    rq_prediction truth;
    bool has_truth;
} rq_image_predictions;

/* The adapter that the user asked for, or one that is evident from the outputs and the data, or
 * from what the outputs are known to be (bits of rq_prediction_kind). `outputs` are shapes only. */
rq_status rq_predictions_open(rq_predictions *out, const rq_image_request *request,
                              const rq_dataset *dataset, const rq_image_plan *plan,
                              const rq_output *outputs, size_t n, unsigned known, unsigned threads);
void rq_predictions_close(rq_predictions *predictions);

/* Logs the adapter that nobody asked for, but one of classes: no metric is of those only. */
void rq_predictions_tell(const rq_predictions *predictions, const char *asked);

/* Reads predictions of n_models models (outputs[m][0..n)) and the truth of the image. */
rq_status rq_predictions_read(const rq_predictions *predictions, const rq_pipeline_image *at,
                              rq_output *const *outputs, size_t n_models, size_t n);

#endif
