/* Fingerprints of the images of validation, to find them among those to calibrate with. */
#include "engine/base/progress.h"
#include "engine/base/threads.h"
#include "engine/workbench/lint/lint.h"

#include <stdlib.h>

typedef struct val_runner {
    rq_lint *lint;
    rq_loader_scratch *scratch; /* by worker */
    rq_progress progress;
} val_runner;

static rq_status print_val(void *ctx, unsigned number, size_t i)
{
    val_runner *v = ctx;
    rq_lint *l = v->lint;
    rq_status status =
        rq_load_pixels(&l->plan, l->val->dataset->samples[i].path, &v->scratch[number]);
    if (rq_load_skippable(status)) return RQ_OK; /* evaluating tells about it */
    RQ_TRY(status);
    l->val_facts[i].seen = true;
    rq_fingerprint_make(&l->val_facts[i].print, &v->scratch[number].resized);
    return RQ_OK;
}

static rq_status count_val(void *ctx, unsigned number, size_t i)
{
    (void)number;
    (void)i;
    rq_progress_step(&((val_runner *)ctx)->progress);
    return RQ_OK;
}

rq_status rq_lint_run_val(rq_lint *l)
{
    val_runner v = {.lint = l};
    l->val_facts = rq_arena_alloc(l->arena, l->val->dataset->n, sizeof *l->val_facts);
    if (!l->val_facts) return RQ_ENOMEM;
    RQ_TRY(rq_calloc(&v.scratch, l->workload.threads, sizeof *v.scratch, "workers"));
    rq_progress_begin(&v.progress, "lint: validation", l->val->dataset->n);
    rq_status status =
        rq_parallel_ordered(l->workload.threads, l->val->dataset->n, print_val, count_val, &v);
    rq_progress_end(&v.progress);
    for (unsigned t = 0; t < l->workload.threads; t++) rq_loader_scratch_free(&v.scratch[t]);
    free(v.scratch);
    return status;
}
