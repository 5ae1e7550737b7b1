/* The network as quantization wants it: what OpenVINO would fold while loading is folded before, so
 * that statistics, codes and scales are of the layers that will run. */
#ifndef RQ_WORKBENCH_PREPARATION_H
#define RQ_WORKBENCH_PREPARATION_H

#include "engine/run/workload.h"
#include "quant/placement/ignored_scope.h"

/* Import's passes over a copy of the workload's graph, which takes its place (see as_read) where
 * something changed: batch normalization into weights, Transposes that cancel, equal constants
 * shared. Attention stays spelled out, for its products to be quantized. The copy must give what
 * the graph gives, on seeded inputs, to a relative 1e-3 of each output, and have its inputs and
 * outputs by name; else the graph stays, with a warning. Nothing is done with `keep_graph`.
 * The request and the shapes are fitted, and nothing bound yet. */
rq_status rq_preparation_run(rq_workload *workload);

/* Layers of `scope` that preparing folded away are left out of it, each with a warning: lists that
 * change are made anew in the workload's arena. */
rq_status rq_preparation_scope(rq_ignored_scope *scope, const rq_workload *workload);

/* rq_workload_bind; with make_static the graph has the bound shapes from now on, and data of other
 * shapes are refused where they are read. */
rq_status rq_preparation_bind(rq_workload *workload);

/* For a procedure of several passes, whose model is there: fits, prepares, binds, keeps images and
 * lists the data. `scope`: the user's. */
rq_status rq_preparation_open(rq_workload *workload, rq_ignored_scope *scope);

#endif
