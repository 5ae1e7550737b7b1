/* A tune.json: the state of a search over three layers and a hundred images. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "engine/workbench/tune/tune.h"

enum { N = 3 };

static rq_node nodes[N] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
static rq_node *list[N] = {&nodes[0], &nodes[1], &nodes[2]};
static rq_graph graph = {.nodes = list, .n_nodes = N};
static rq_bound bound = {.graph = &graph};
static rq_part parts_of[N] = {{.node = 0}, {.node = 1}, {.node = 2}};
static rq_parts parts = {.bound = &bound, .v = parts_of, .n = N};
static rq_quant_plan plan;
static rq_setup setup = {.decision = {.plan = &plan}, .parts = &parts};
static rq_dataset dataset = {.n = 100};
static rq_images images = {.dataset = &dataset};

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_tuning tuning = {.options = {.setup = &setup, .val = &images, .max_trials = 8},
                        .workload = &setup.decision.workload,
                        .key = "key"};
    tuning.options.state_path = fuzz_give("tune.json", data, size);
    if (rq_arena_create(&tuning.arena) != RQ_OK) return;
    (void)rq_tune_load(&tuning);
    rq_tune_close(&tuning);
}
