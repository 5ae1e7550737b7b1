/* Codes as they are stored, made when they are read. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_SOURCE_H
#define RQ_QUANT_COMPRESS_COMPRESS_SOURCE_H

#include "engine/ir/graph.h"
#include "quant/compress/compress_codes.h"

/* "u4", "i8": the type that codes are stored as. */
rq_dtype rq_compressed_dtype(const rq_compress_scheme *scheme);

/* The codes of `weights`, in their order and in that type: codes->codes where they are kept. All
 * three must live as long as the source; what it keeps is in `arena`. */
rq_status rq_compressed_source(rq_source *out, const rq_compressed *codes,
                               const rq_weight_layout *layout, const float *weights,
                               rq_arena *arena);

#endif
