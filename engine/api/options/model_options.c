#include "engine/api/options/model_options.h"

#include "engine/api/options/extension_options.h"
#include "engine/api/options/option_words.h"
#include "engine/base/cpu.h"
#include "engine/base/numa.h"
#include "engine/run/ranks.h"

#include <string.h>

enum { INTEGERS_EXACT, INTEGERS_NATIVE };
static const rq_keyword integers[] = {
    [INTEGERS_EXACT] = {"exact", "exact sums in int32", NULL},
    [INTEGERS_NATIVE] = {"native",
                         "as the fastest kernels of this CPU add, which may saturate in int16",
                         "cpu"},
    {NULL, NULL, NULL}};
enum { MATH_F32, MATH_BF16 };
static const rq_keyword floats[] = {
    [MATH_F32] = {"f32", "single precision", NULL},
    [MATH_BF16] = {"bf16", "bfloat16 products, where backend and CPU have them", NULL},
    {NULL, NULL, NULL}};

const rq_option rq_model_options[] = {
    RQ_HEADING(MODEL),
    RQ_OPTION("shape", "NAME[1,3,H,W]",
              "shape of a dynamic input while it is run; ?: as wide or high as each image is",
              .repeats = true),
    RQ_OPTION("backend", "NAME", "what runs the model", .fallback = "onednn",
              .list = rq_list_backends),
    RQ_OPTION("integers", "HOW", "accumulation of INT8 products", .keywords = integers,
              .fallback = "exact"),
    RQ_OPTION("math", "TYPE", "arithmetic of floating-point layers", .keywords = floats,
              .fallback = "f32"),
    RQ_OPTION("compute-isa", "ISA",
              "instructions that requant itself computes with, at most; avx2: the same bytes on "
              "every CPU that has it",
              .keywords = rq_isas, .fallback = "native"),
    RQ_OPTION(
        "numa", NULL,
        "pin workers to nodes of memory, each with weights of its own (not tried on a machine "
        "with several)"),
    RQ_OPTION("numa-topology", "DIR", "folder that lists the CPUs of nodes, for --numa",
              .fallback = "the system's"),
    RQ_OPTION("openvino", "PATH", "OpenVINO's C library, or its folder",
              .fallback = "found through python3"),
    RQ_EXTENSIONS_OPTION,
    RQ_FRAMEWORKS_OPTIONS,
    RQ_OPTIONS_END,
};

const rq_option rq_preparation_options[] = {
    RQ_HEADING(QUANTIZATION),
    RQ_OPTION("keep-graph", NULL, "do not fold and cancel layers before quantizing"),
    RQ_OPTIONS_END,
};

/* Where it is not given, what holds for the process stays. */
static rq_status limit_isa(const rq_settings *settings)
{
    int isa;
    if (!rq_settings_has(settings, "compute-isa")) return RQ_OK;
    RQ_TRY(rq_settings_keyword(&isa, settings, "compute-isa", rq_isas, RQ_ISA_NATIVE));
    rq_status status = rq_cpu_limit((rq_isa)isa);
    if (status == RQ_OK) return RQ_OK;
    return rq_fail_prefix(status, "--compute-isa %s", rq_isas[isa].name);
}

/* Likewise. */
static rq_status use_numa(const rq_settings *settings)
{
    const char *folder = rq_settings_get(settings, "numa-topology", RQ_NUMA_FOLDER);
    if (!rq_settings_has(settings, "numa")) return RQ_OK;
    rq_status status = rq_numa_use(folder);
    return status == RQ_OK ? RQ_OK : rq_fail_prefix(status, "--numa");
}

static rq_status read_exec(rq_exec_options *exec, const rq_settings *settings)
{
    int saturating, bf16;
    exec->backend = rq_settings_get(settings, "backend", NULL);
    RQ_TRY(rq_settings_keyword(&saturating, settings, "integers", integers, INTEGERS_EXACT));
    RQ_TRY(rq_settings_keyword(&bf16, settings, "math", floats, MATH_F32));
    exec->saturating = saturating == INTEGERS_NATIVE;
    exec->bf16 = bf16 == MATH_BF16;
    exec->library = rq_settings_get(settings, "openvino", NULL);
    return RQ_OK;
}

rq_status rq_model_options_read(rq_workload *w, const rq_settings *settings)
{
    size_t n = rq_settings_count(settings, "shape"), *done = &w->exec.n_shapes;
    RQ_TRY(limit_isa(settings));
    RQ_TRY(use_numa(settings));
    RQ_TRY(rq_extensions_read(settings));
    RQ_TRY(read_exec(&w->exec, settings));
    if (n > RQ_MAX_SHAPES)
        return rq_fail(RQ_EARG, "--shape is given %zu times, at most %d are possible", n,
                       RQ_MAX_SHAPES);
    for (; *done < n; (*done)++)
        RQ_TRY(rq_input_shape_parse(&w->shapes[*done], rq_settings_at(settings, "shape", *done),
                                    w->arena));
    w->make_static = rq_settings_has(settings, "static");
    w->keep_graph = rq_settings_has(settings, "keep-graph");
    return RQ_OK;
}

rq_status rq_threads_option(unsigned *out, const rq_settings *settings)
{
    int64_t threads;
    RQ_TRY(rq_settings_integer(&threads, settings, "threads", 0, 0, RQ_MAX_THREADS));
    *out = threads ? (unsigned)threads : rq_ranks_threads();
    return RQ_OK;
}
