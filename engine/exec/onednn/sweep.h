/* Element-wise work in one pass over memory: numbers are loaded (decoded, if they are codes), a few
 * operations are applied while they are in the cache, and the result is stored (as codes, if it is
 * to be). Private to engine/exec/onednn.
 *
 * Every instruction set and number of threads gives the same bits. */
#ifndef RQ_EXEC_ONEDNN_SWEEP_H
#define RQ_EXEC_ONEDNN_SWEEP_H

#include "engine/exec/onednn/sweep_ops.h"

/* operands[i]: of the binary op i; NULL for others. `out` may be `in` where both are f32. */
void rq_sweep_run(const rq_sweep *sweep, unsigned threads, void *out, const void *in,
                  const void *const *operands);

#endif
