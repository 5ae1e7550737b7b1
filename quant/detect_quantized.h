/* Recognising a model that is quantized already. */
#ifndef RQ_QUANT_DETECT_QUANTIZED_H
#define RQ_QUANT_DETECT_QUANTIZED_H

#include "engine/ir/graph.h"

typedef struct rq_existing_quantization {
    size_t n_fake_quantize;   /* FakeQuantize, FakeConvert */
    size_t n_integer_weights; /* Const i8/u8/i4/u4 -> Convert, but for zero points */
    size_t n_4bit_weights;    /* i4 and u4 of them, and zero points */
    const char *marked_by;    /* "nncf" or "requant" in the model's rt_info; NULL */
} rq_existing_quantization;

rq_existing_quantization rq_detect_quantized(const rq_graph *graph);
static inline bool rq_is_quantized(const rq_existing_quantization *d)
{
    return d->n_fake_quantize || d->n_integer_weights || d->marked_by;
}

/* Removes what an earlier quantization added: FakeQuantize nodes are bypassed. Weights that are
 * stored as integers keep their chain of Convert and Multiply, which binding folds to the rounded
 * values. For --requantize. */
rq_status rq_strip_quantization(rq_graph *graph);

#endif
