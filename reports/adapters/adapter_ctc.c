/* Text recognisers trained with CTC: [1, T, C] or [T, 1, C]. The most likely class of each step;
 * repeats become one, then blanks go.
 * Source: Graves et al. 2006, "Connectionist Temporal Classification", section 3.2. */
#include "engine/base/numbers.h"
#include "reports/adapters/adapter.h"

#include <math.h>

static bool fits(const rq_adapter_input *in)
{
    const rq_shape *shape = &in->outputs[0].shape;
    return shape->rank == 3 && (shape->d[0] == 1 || shape->d[1] == 1) && shape->d[2] != 0 &&
           shape->d[2] != 1;
}

/* Without a character set a symbol is its class. PaddleOCR's lists do not have the blank that its
 * models have behind the last character. */
static int32_t symbol_of(const rq_adapter_settings *settings, int64_t class_id)
{
    int64_t first = (int64_t)settings->first, i = class_id - first;
    if (!settings->n_charset) return (int32_t)class_id;
    if (i == (int64_t)settings->n_charset) return ' ';
    return i >= 0 && i < (int64_t)settings->n_charset ? settings->charset[i] : 0xFFFD;
}

static rq_status read(rq_prediction *out, const rq_adapter_input *in)
{
    const rq_output *output = &in->outputs[0];
    size_t classes = (size_t)output->shape.d[2];
    size_t steps = rq_shape_count(&output->shape) / classes;
    int64_t blank = (int64_t)in->settings->blank, last = -1;
    if (blank < 0) blank = (int64_t)classes - 1;
    for (size_t t = 0; t < steps; t++) {
        int64_t class_id = rq_argmax(output->data + t * classes, classes);
        if (class_id >= 0 && class_id != last && class_id != blank)
            RQ_TRY(rq_prediction_add_symbol(out, symbol_of(in->settings, class_id)));
        last = class_id;
    }
    return RQ_OK;
}

static const rq_adapter_setting settings[] = {
    {"blank", 0, "class id of CTC's blank; -1: the last class"},
    {"charset", NAN, "the alphabet, one character a line (default: class ids are compared)"},
    {"first", 1, "class id of the alphabet's first character"},
    {NULL, 0, NULL},
};

const rq_adapter rq_adapter_ctc = {
    .name = "ctc",
    .help = "the first output is [1,T,C] or [T,1,C], scores of characters: PP-OCR's recogniser",
    .settings = settings,
    .gives = RQ_PREDICTION_TEXT,
    .guess = RQ_GUESS_FOR_TRUTH,
    .fits = fits,
    .read = read,
};
