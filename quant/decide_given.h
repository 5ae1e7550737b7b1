/* Following a plan file: its rules for layers, its ranges and scales. */
#ifndef RQ_QUANT_DECIDE_GIVEN_H
#define RQ_QUANT_DECIDE_GIVEN_H

#include "quant/plan.h"
#include "quant/plan_file.h"

/* The file's precisions as rules of the scope, in `arena`; known patterns are off, and layers that
 * read what the file quantizes ask for it. `bound` is the file's model (rq_plan_file_check). */
rq_status rq_given_rules(rq_ignored_scope *scope, const rq_plan_file *file, const rq_bound *bound,
                         rq_arena *arena);

/* By index of the placement's points: the entry whose range the point takes, its own or that of
 * another point of its group; NULL where the file leaves it open. RQ_EARG when the points of a
 * group are given different ranges. */
rq_status rq_given_activations(const rq_plan_file_activation **given, const rq_plan_file *file,
                               const rq_placement *placement, const rq_bound *bound);

/* Copies estimator and ranges. A range in which 0 is no level is widened until it is one. */
rq_status rq_given_take(rq_plan_activation *a, const rq_plan_file_activation *given,
                        rq_arena *arena);

#endif
