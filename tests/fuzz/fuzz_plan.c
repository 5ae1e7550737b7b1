/* A plan.json: read, compared with itself, checked against a model, followed. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "calib/stats_file.h"
#include "engine/ir/ir.h"
#include "quant/apply.h"
#include "quant/plan_create.h"
#include "quant/plan_diff.h"

#include <stdlib.h>

static rq_graph *graph;
static rq_bound *bound;
static rq_stats *stats;

static void open_model(void)
{
    if (rq_ir_read(&graph, fuzz_source("tests/data/0.1.0/tiny.xml")) != RQ_OK ||
        rq_bind(&bound, graph, NULL, 0) != RQ_OK ||
        rq_stats_load(&stats, fuzz_source("tests/data/0.1.0/stats.h5")) != RQ_OK)
        abort();
}

static void follow(const rq_plan_file *file)
{
    const rq_plan_inputs inputs = {.given = file};
    rq_quant_plan *plan = NULL;
    rq_graph *quantized = NULL;
    if (rq_quant_plan_create(&plan, bound, stats, &file->settings, &inputs) == RQ_OK &&
        rq_graph_clone(&quantized, graph) == RQ_OK)
        (void)rq_quant_plan_apply(quantized, plan);
    rq_graph_destroy(&quantized);
    rq_quant_plan_destroy(&plan);
}

static void equalize(const rq_plan_file *file)
{
    rq_channel_equalization *equalizations;
    rq_arena *arena;
    if (rq_arena_create(&arena) != RQ_OK) return;
    (void)rq_plan_file_equalizations(&equalizations, file, bound, arena);
    rq_arena_destroy(&arena);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_plan_file *file;
    rq_plan_diff *diff = NULL;
    if (!graph) open_model();
    if (rq_plan_file_read(&file, fuzz_give("plan.json", data, size)) != RQ_OK) return;
    if (rq_plan_diff_create(&diff, file, file) == RQ_OK) rq_plan_diff_destroy(&diff);
    (void)rq_plan_file_check(file, bound);
    (void)rq_plan_file_check_layers(file, bound);
    equalize(file);
    follow(file);
    rq_plan_file_destroy(&file);
}
