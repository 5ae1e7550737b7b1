/* Compressed weights in a graph, in the form that OpenVINO's plugins read:
 *   Const codes -> Convert [-> Subtract (Const zero points -> Convert)] -> Multiply (Const scales)
 *   [-> Reshape, where a channel has several groups] [-> Convert to f32]
 * all in f16 but for the last, or all in f32 where scales need it. Codes of a MatMul of C inputs in
 * groups of g: [O,C/g,g] or [C/g,g,O], their scales 1 along g. Names follow NNCF's. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_APPLY_H
#define RQ_QUANT_COMPRESS_COMPRESS_APPLY_H

#include "quant/compress/compress_plan.h"

/* Edits `graph`, a clone of the one that was bound: every use reads the compressed weights. */
rq_status rq_compressed_apply(rq_graph *graph, const rq_plan_compressed *c);

#endif
