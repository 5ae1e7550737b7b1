/* Greedy decoding of connectionist temporal classification: the best class of every step, without
 * repetitions and blanks. */
#ifndef RQ_OPS_COMMON_CTC_GREEDY_H
#define RQ_OPS_COMMON_CTC_GREEDY_H

#include "engine/ops/op.h"

/* `steps` rows of `classes` scores, `stride` apart. Gives output elements from `at` on the classes
 * found; returns how many. merge: equal neighbours count once. */
size_t rq_ctc_greedy(rq_tensor *out, size_t at, const float *scores, size_t steps, size_t stride,
                     size_t classes, int64_t blank, bool merge);

#endif
