/* Whether the numbers of an array are what an input of a model can take. */
#ifndef RQ_RUN_ARRAY_VALUES_H
#define RQ_RUN_ARRAY_VALUES_H

#include "engine/base/tensor.h"
#include "engine/run/id_range.h"

/* RQ_EFORMAT, which tells the input, the place, what is there and what was expected, for: NaN;
 * infinite numbers, but for minus infinity in a mask (an array of nothing else than that and 0);
 * fractions, and what the type has no room for, where `dtype` is of integers; ids beyond `ids`. */
rq_status rq_array_values_check(const rq_tensor *array, rq_dtype dtype, const rq_id_range *ids,
                                const char *input);

#endif
