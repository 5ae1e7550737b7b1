#include "quant/placement/precision.h"

const rq_keyword rq_precision_keywords[] = {
    [RQ_PRECISION_INT8] = {"int8", "weights and activations", NULL},
    [RQ_PRECISION_INT8_WEIGHTS] =
        {"int8-weights", "weights stored as INT8, computed in floating point; needs no images",
         NULL},
    [RQ_PRECISION_INT4_WEIGHTS] =
        {"int4-weights",
         "weights of MatMuls stored as INT4 in groups, the others as INT8; needs no images", NULL},
    [RQ_PRECISION_FP16] = {"fp16", "constants as FP16; needs no images", NULL},
    [RQ_PRECISION_FP32] = {NULL, NULL, NULL},
};

static const struct {
    const char *text, *layer;
    bool ranges, plan;
} table[RQ_PRECISIONS] = {
    [RQ_PRECISION_INT8] = {"INT8", "i8", true, true},
    [RQ_PRECISION_INT8_WEIGHTS] = {"INT8 weights", "i8 weights", false, true},
    [RQ_PRECISION_INT4_WEIGHTS] = {"INT4 weights", "i4 weights", false, true},
    [RQ_PRECISION_FP16] = {"FP16", "f16", false, false},
    [RQ_PRECISION_FP32] = {"FP32", "f32", false, false},
};

const char *rq_precision_word(rq_precision precision)
{
    return precision == RQ_PRECISION_FP32 ? "fp32" : rq_precision_keywords[precision].name;
}

const char *rq_precision_text(rq_precision precision)
{
    return table[precision].text;
}

const char *rq_precision_layer_text(rq_precision precision)
{
    return table[precision].layer;
}

bool rq_precision_has_ranges(rq_precision precision)
{
    return table[precision].ranges;
}

bool rq_precision_has_plan(rq_precision precision)
{
    return table[precision].plan;
}
