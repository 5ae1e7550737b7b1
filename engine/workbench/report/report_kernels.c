/* Layers' precisions as the deployment's runtime has run them, where it is there. */
#include "engine/workbench/bench/deployed_kernels.h"
#include "engine/workbench/report/report_build.h"

#include <string.h>

#define NAMED 6 /* layers that the warning lists */

/* *differs: the plan has codes for it, which no INT8 kernel reads. */
static rq_status fill_row(bool *differs, rq_report_layer *row, const char *kernel,
                          const char *runtime, rq_arena *arena)
{
    const char *ran = rq_deployed_kernel_precision(kernel);
    row->kernel = kernel;
    *differs = ran && !strcmp(row->precision_after, "i8") && strcmp(ran, "i8") != 0;
    if (!*differs) return RQ_OK;
    row->precision_after = ran;
    row->reason = rq_arena_printf(arena, "planned in i8, but %s ran %s", runtime, kernel);
    return row->reason ? RQ_OK : RQ_ENOMEM;
}

static rq_status warn(rq_report *out, const rq_buf *names, size_t n, const char *runtime,
                      rq_arena *arena)
{
    const char *text = rq_arena_printf(
        arena, "%zu layer%s that the plan quantizes ran in floating point in %s: %s%s.", n,
        rq_plural(n), runtime, names->data, n > NAMED ? " ..." : "");
    return rq_report_add_note(out, true, text);
}

rq_status rq_report_build_kernels(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_deployment_check *check = facts->deployment;
    const char *const *kernels = check ? check->kernels : NULL;
    rq_status status = RQ_OK;
    rq_buf names = {0};
    size_t n = 0;
    for (size_t i = 0; kernels && status == RQ_OK && i < out->n_layers; i++) {
        rq_report_layer *row = &out->layers[i];
        const rq_node *node = rq_graph_find(facts->after, row->name);
        const char *kernel = node ? kernels[node->id] : NULL;
        bool differs = false;
        if (kernel) status = fill_row(&differs, row, kernel, check->runtime, arena);
        if (differs && n++ < NAMED) rq_buf_printf(&names, "%s'%s'", n > 1 ? ", " : "", row->name);
    }
    if (status == RQ_OK && names.failed) status = rq_fail_memory(names.length, "a note");
    if (status == RQ_OK && n > 0) status = warn(out, &names, n, check->runtime, arena);
    rq_buf_free(&names);
    return status;
}
