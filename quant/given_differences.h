/* What a plan file that is followed says and the placement does not carry out, or leaves open. */
#ifndef RQ_QUANT_GIVEN_DIFFERENCES_H
#define RQ_QUANT_GIVEN_DIFFERENCES_H

#include "quant/placement/quantizer_placement.h"
#include "quant/plan_file.h"

#define RQ_GIVEN_DIFFERENCES 5 /* kinds */

typedef struct rq_given_differences {
    const char *text[RQ_GIVEN_DIFFERENCES]; /* one sentence a kind, in the plan's arena */
    size_t n;
} rq_given_differences;

/* Logged, kept for the report, and no error: switching a layer off takes quantizers from values
 * before it, a plan of an earlier requant or for another --target-isa may have others, and a
 * removed entry is decided anew. `bound` is the file's model (rq_plan_file_check). */
rq_status rq_given_differences_find(rq_given_differences *out, const rq_plan_file *file,
                                    const rq_placement *placement, const rq_bound *bound,
                                    rq_arena *arena);

#endif
