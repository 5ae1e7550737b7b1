/* What a plan file that is followed says and the placement does not carry out, or leaves open. */
#ifndef RQ_QUANT_GIVEN_DIFFERENCES_H
#define RQ_QUANT_GIVEN_DIFFERENCES_H

#include "quant/placement/quantizer_placement.h"
#include "quant/plan_file.h"

/* Logged, and no error: switching a layer off takes quantizers from values before it, a plan of an
 * earlier requant or for another --target-isa may have others, and a removed entry is decided anew.
 * `bound` is the file's model (rq_plan_file_check). */
rq_status rq_given_differences_log(const rq_plan_file *file, const rq_placement *placement,
                                   const rq_bound *bound);

#endif
