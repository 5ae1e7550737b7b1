/* What a model, or a layer of it, is quantized to, and how that is spelled. */
#ifndef RQ_QUANT_PLACEMENT_PRECISION_H
#define RQ_QUANT_PLACEMENT_PRECISION_H

#include "engine/base/keyword.h"

#include <stdbool.h>

typedef enum rq_precision {
    RQ_PRECISION_INT8,         /* weights and activations */
    RQ_PRECISION_INT8_WEIGHTS, /* weights only: stored as INT8, computed in floating point */
    RQ_PRECISION_INT4_WEIGHTS, /* likewise; 4 bits where OpenVINO computes with them, else 8 */
    RQ_PRECISION_FP16,         /* constants stored as FP16: of a model, and without a plan */
    RQ_PRECISION_FP32,         /* left alone */
    RQ_PRECISIONS
} rq_precision;

/* Those that a model can be asked for: all but FP32, whose place is the table's end. */
extern const rq_keyword rq_precision_keywords[];

/* "int8-weights": of options and plan.json, of the IR's rt_info, and at the end of the name of the
 * model's file. */
const char *rq_precision_word(rq_precision precision);
/* "INT8 weights": of a model, in reports. */
const char *rq_precision_text(rq_precision precision);
/* "i8 weights": of a layer, in reports. */
const char *rq_precision_layer_text(rq_precision precision);

/* There are ranges of activations to decide; there is anything for a plan to decide. */
bool rq_precision_has_ranges(rq_precision precision);
bool rq_precision_has_plan(rq_precision precision);

#endif
