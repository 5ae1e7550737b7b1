/* The range of one group of weights: NNCF's start, and the search for what loses less. */
#ifndef RQ_QUANT_COMPRESS_COMPRESS_SEARCH_H
#define RQ_QUANT_COMPRESS_COMPRESS_SEARCH_H

#include "quant/compress/compress_error.h"

#define RQ_COMPRESS_DAMPING 0.03 /* of the mean importance, added to all */

rq_compress_range rq_compress_start(const rq_compress_scheme *scheme, const rq_compress_group *in,
                                    bool half);

/* Narrower ranges, and for the best of them the scale that fits its codes best: `range` is the
 * start and becomes what loses least. */
void rq_compress_search(rq_compress_range *range, const rq_compress_scheme *scheme,
                        const rq_compress_group *in, bool half);

#endif
