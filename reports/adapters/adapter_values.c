/* Outputs that are numbers: regression (as they are) and embeddings (a direction). */
#include "reports/adapters/adapter.h"

#include <math.h>
#include <string.h>

static bool fits(const rq_adapter_input *in)
{
    return in->n > 0;
}

static rq_status read_all(rq_prediction *out, const rq_adapter_input *in)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < in->n; i++)
        if (!rq_add_size(&total, total, rq_shape_count(&in->outputs[i].shape)))
            return rq_adapter_fail("regression", &in->outputs[i], "numbers");
    RQ_TRY(rq_prediction_make_values(out, total));
    for (size_t i = 0; i < in->n; i++) {
        size_t n = rq_shape_count(&in->outputs[i].shape);
        if (n) memcpy(out->values + at, in->outputs[i].data, n * sizeof(float));
        at += n;
    }
    return RQ_OK;
}

/* To length 1; nothing to do for a vector without a direction. */
static rq_status read_direction(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    size_t n = rq_shape_count(&output->shape);
    double sum = 0;
    RQ_TRY(rq_prediction_make_values(out, n));
    for (size_t i = 0; i < n; i++) sum += (double)output->data[i] * output->data[i];
    double length = sum > 0 && isfinite(sum) ? sqrt(sum) : 1;
    for (size_t i = 0; i < n; i++) out->values[i] = (float)(output->data[i] / length);
    return RQ_OK;
}

const rq_adapter rq_adapter_regression = {
    .name = "regression",
    .help = "all outputs, one after the other, as numbers",
    .gives = RQ_PREDICTION_VALUES,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read_all,
};

const rq_adapter rq_adapter_embedding = {
    .name = "embedding",
    .help = "the first output as a direction (length 1)",
    .gives = RQ_PREDICTION_VALUES,
    .guess = RQ_GUESS_NEVER,
    .fits = fits,
    .read = read_direction,
};
