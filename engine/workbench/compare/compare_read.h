/* What a model computes in, read off its layers: for models that came without a plan. */
#ifndef RQ_WORKBENCH_COMPARE_COMPARE_READ_H
#define RQ_WORKBENCH_COMPARE_COMPARE_READ_H

#include "quant/plan_file.h"
#include "reports/report.h"

/* FakeQuantize of activations, and weights that are stored as integers, as a plan would have
 * decided them: values, layers, ranges, levels, scales. Why is not known. The graph is borrowed.
 * Freed as a plan read from a file. */
rq_status rq_compare_read_plan(rq_plan_file **out, const rq_bound *bound);

/* Rows of the model alone: name, type, precision and range of each layer with weights. */
rq_status rq_compare_read_layers(rq_report *out, const rq_bound *bound, rq_arena *arena);

/* Rows made by comparing with another model get the precision and range that they have in this one;
 * those of layers that it lacks go. `same`: as of rq_compare_match. */
rq_status rq_compare_read_onto(rq_report *out, const rq_bound *bound, const rq_id *same,
                               rq_arena *arena);

/* By value of `after`: the value of `before` that the layer of the same name gives, when it is of
 * the same type and shape; RQ_NONE otherwise. */
rq_status rq_compare_match(rq_id **same, const rq_graph *before, const rq_graph *after,
                           rq_arena *arena);

#endif
