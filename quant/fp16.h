/* FP16: constants stored as f16, computed in f32. */
#ifndef RQ_QUANT_FP16_H
#define RQ_QUANT_FP16_H

#include "engine/ir/graph.h"

/* A constant that is worth a word: scaled, or left in f32. Texts live as long as the graph. */
typedef struct rq_fp16_entry {
    const char *name, *reason;
    size_t n; /* elements */
} rq_fp16_entry;

typedef struct rq_fp16_report {
    size_t n_converted; /* constants stored as f16 now, */
    size_t n_scaled;    /* of them with power-of-two scales */
    size_t n_kept;      /* f32 constants left alone */
    size_t bytes_saved;
    rq_fp16_entry *scaled, *kept; /* in the graph's arena; `kept` without what is too
                                      small, and scales of INT8 weights */
    size_t n_kept_named;
} rq_fp16_report;

/* Every f32 Const that feeds computation becomes Const f16 -> Convert f32 with the decompression
 * mark, as OpenVINO's ov::save_model does (compress_to_fp16). Where values overflow or fall below
 * f16's normal range, a Multiply by powers of two per channel follows (fp16_scale.h); what even
 * that does not hold stays f32, and so do constants that decide shapes or thresholds (Interpolate,
 * FakeQuantize, NMS...) and the scales of INT8 weights. */
rq_status rq_fp16_compress(rq_graph *graph, rq_fp16_report *report);

/* The same for what INT8 leaves, where that makes the model smaller: constants of less than 512
 * numbers save fewer bytes in the .bin than their Convert takes in the .xml. */
rq_status rq_fp16_compress_float(rq_graph *graph, rq_fp16_report *report);

#endif
