#include "engine/workbench/evaluate/predictions.h"

#include "engine/base/callbacks.h"

#include <stdlib.h>
#include <string.h>

/* Names do not count: no metric is of classes only. */
static bool is_worth_saying(const rq_adapter *adapter)
{
    return adapter->gives != RQ_ANSWER_CLASS;
}

static void guess(rq_answering *out, const rq_image_plan *plan, const rq_output *outputs, size_t n)
{
    const rq_view view = {.input_width = plan->width, .input_height = plan->height};
    rq_adapter_guess(&out->use, outputs, n, &view, out->dataset->truths);
    if (out->use.adapter && is_worth_saying(out->use.adapter))
        rq_log("outputs are read by adapter %s (%s); --adapter NAME for another, none for none",
               out->use.adapter->name, out->use.adapter->help);
}

rq_status rq_answering_open(rq_answering *out, const rq_image_request *request,
                            const rq_dataset *dataset, const rq_image_plan *plan,
                            const rq_output *outputs, size_t n, unsigned threads)
{
    *out = (rq_answering){.dataset = dataset, .threads = threads};
    if (!request->adapter)
        guess(out, plan, outputs, n);
    else if (strcmp(request->adapter, "none") != 0)
        RQ_TRY(rq_adapter_open(&out->use, request->adapter));
    return rq_calloc(&out->made, threads, sizeof *out->made, "workers' answers");
}

void rq_answering_close(rq_answering *answering)
{
    for (unsigned t = 0; answering->made && t < answering->threads; t++) {
        for (size_t m = 0; m < RQ_ANSWERING_MODELS; m++) rq_answer_free(&answering->made[t].of[m]);
        rq_answer_free(&answering->made[t].truth);
    }
    free(answering->made);
    rq_adapter_close(&answering->use);
    *answering = (rq_answering){0};
}

rq_status rq_answering_read(const rq_answering *answering, const rq_pipeline_image *at,
                            rq_output *const *outputs, size_t n_models, size_t n)
{
    rq_answers *made = &answering->made[at->worker];
    const rq_view *view = &at->scratch->view;
    const rq_annotation *truth = answering->dataset->samples[at->image].truth;
    if (!answering->use.adapter) return RQ_OK;
    for (size_t m = 0; m < n_models; m++)
        RQ_TRY(rq_adapter_read(&made->of[m], &answering->use, outputs[m], n, view));
    made->has_truth = truth != NULL;
    if (!truth) return RQ_OK;
    return rq_annotation_load(&made->truth, truth, &answering->dataset->class_map, view->width,
                              view->height);
}
