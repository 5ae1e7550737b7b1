/* One score per class. */
#include "reports/adapters/adapter.h"

#include "engine/base/numbers.h"

static bool fits(const rq_adapter_input *in)
{
    return rq_shape_is_classes(&in->outputs[0].shape);
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    rq_prediction_set_class(out, rq_argmax(output->data, rq_shape_count(&output->shape)));
    return RQ_OK;
}

const rq_adapter rq_adapter_classification = {
    .name = "classification",
    .help = "the first output is [1,C], a score per class",
    .model_type = "Classification",
    .gives = RQ_PREDICTION_CLASS,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
