/* Codes of many weights at once: each as rq_compressed_code gives it. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_RUN_H
#define RQ_QUANT_COMPRESS_COMPRESS_RUN_H

#include "quant/compress/compress_scheme.h"

#include <stdint.h>

/* Of w[0..n): weight k has scales[k * step] and zero_points[k * step]; step 0: all have the first.
 */
void rq_compressed_run(int8_t *out, const rq_compress_scheme *scheme, const float *w, size_t n,
                       const float *scales, const int8_t *zero_points, size_t step);

#endif
