/* FP16: constants stored as f16, computed in f32. */
#ifndef RQ_QUANT_FP16_H
#define RQ_QUANT_FP16_H

#include "engine/ir/graph.h"

typedef struct rq_fp16_report {
    size_t n_converted; /* constants stored as f16 now */
    size_t n_kept;      /* f32 constants left alone: out of f16's range, or too few to matter */
    size_t bytes_saved;
} rq_fp16_report;

/* Every f32 Const that feeds computation becomes Const f16 -> Convert f32 with the decompression
 * mark, as OpenVINO's save_model does (facts, section 3.5). A constant with a finite value beyond
 * 65504, or where more than 75 % of the nonzero values would fall below f16's normal range, stays
 * f32; so do constants that decide shapes or thresholds (Interpolate, FakeQuantize, NMS...). */
rq_status rq_fp16_compress(rq_graph *graph, rq_fp16_report *report);

#endif
