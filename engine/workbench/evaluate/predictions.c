#include "engine/workbench/evaluate/predictions.h"

#include "engine/base/callbacks.h"

#include <stdlib.h>
#include <string.h>

static void guess(rq_predictions *out, const rq_image_plan *plan, const rq_output *outputs,
                  size_t n, unsigned known)
{
    const rq_view view = {.input_width = plan->width, .input_height = plan->height};
    rq_adapter_guess(&out->use, outputs, n, &view, out->dataset->truths);
    if (!out->use.adapter) rq_adapter_guess(&out->use, outputs, n, &view, known);
}

void rq_predictions_tell(const rq_predictions *predictions, const char *asked)
{
    const rq_adapter *adapter = predictions->use.adapter;
    if (asked || !adapter || adapter->gives == RQ_PREDICTION_CLASS) return;
    rq_log("adapter %s (%s); to choose another one: --adapter NAME, or none", adapter->name,
           adapter->help);
}

static rq_status take_suggestions(rq_predictions *out, const rq_image_request *request)
{
    RQ_TRY(rq_adapter_suggest(&out->use, request->adapter, "iou", request->iou));
    return rq_adapter_suggest(&out->use, request->adapter, "charset", request->characters);
}

rq_status rq_predictions_open(rq_predictions *out, const rq_image_request *request,
                              const rq_dataset *dataset, const rq_image_plan *plan,
                              const rq_output *outputs, size_t n, unsigned known, unsigned threads)
{
    *out = (rq_predictions){.dataset = dataset, .threads = threads};
    if (!request->adapter)
        guess(out, plan, outputs, n, known);
    else if (strcmp(request->adapter, "none") != 0)
        RQ_TRY(rq_adapter_open(&out->use, request->adapter));
    if (out->use.adapter) RQ_TRY(take_suggestions(out, request));
    return rq_calloc(&out->made, threads, sizeof *out->made, "workers' predictions");
}

void rq_predictions_close(rq_predictions *predictions)
{
    for (unsigned t = 0; predictions->made && t < predictions->threads; t++) {
        for (size_t m = 0; m < RQ_PREDICTION_MODELS; m++)
            rq_prediction_free(&predictions->made[t].of[m]);
        rq_prediction_free(&predictions->made[t].truth);
    }
    free(predictions->made);
    rq_adapter_close(&predictions->use);
    *predictions = (rq_predictions){0};
}

rq_status rq_predictions_read(const rq_predictions *predictions, const rq_pipeline_image *at,
                              rq_output *const *outputs, size_t n_models, size_t n)
{
    rq_image_predictions *made = &predictions->made[at->worker];
    const rq_view *view = &at->scratch->view;
    const rq_annotation *truth = predictions->dataset->samples[at->image].truth;
    if (!predictions->use.adapter) return RQ_OK;
    for (size_t m = 0; m < n_models; m++)
        RQ_TRY(rq_adapter_read(&made->of[m], &predictions->use, outputs[m], n, view));
    made->has_truth = truth != NULL;
    if (!truth) return RQ_OK;
    return rq_annotation_load(&made->truth, truth, &predictions->dataset->class_map, view->width,
                              view->height);
}
