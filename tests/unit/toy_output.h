/* What a plan does to a toy network's outputs (toy_workload.h). */
#ifndef RQ_TESTS_TOY_OUTPUT_H
#define RQ_TESTS_TOY_OUTPUT_H

#include "engine/workbench/search/build_quantized.h"
#include "engine/workbench/search/output_error.h"
#include "tests/unit/toy_workload.h"

/* SQNR of an edited clone's outputs. */
static inline double toy_decibel(rq_output_error *error, const rq_graph *clone)
{
    rq_output_scores scores;
    assert_ok(
        rq_output_error_score(&scores, error, &(rq_output_error_score_options){.graph = clone}));
    double decibel = rq_output_scores_decibel(&scores);
    rq_output_scores_close(&scores);
    return decibel;
}

/* SQNR of the network's outputs as the plan quantizes it, over 16 images. */
static inline double toy_output_db(const rq_workload *w, const rq_quant_plan *plan)
{
    rq_output_error *error;
    rq_graph *graph;
    const rq_output_error_options options = {.title = "test", .images = &w->images};
    assert_ok(rq_output_error_open(&error, w, &options));
    assert_ok(rq_build_int8(&graph, w->graph, plan));
    double db = toy_decibel(error, graph);
    rq_graph_destroy(&graph);
    rq_output_error_close(&error);
    return db;
}

#endif
