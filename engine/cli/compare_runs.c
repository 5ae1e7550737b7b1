#include "engine/cli/compare_runs.h"

#include "engine/base/file.h"

#include <stdlib.h>
#include <string.h>

static const char *keep(char *path, rq_arena *arena)
{
    const char *kept = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    return kept;
}

/* -- names ---------------------------------------------------------------------------------- */

/* The last part of a path that says something: of "out/perf/" and "out/perf/report.json" "perf". */
static const char *short_name(const char *path, rq_arena *arena)
{
    char *text = rq_arena_strdup(arena, path);
    if (!text) return NULL;
    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--) text[n - 1] = '\0';
    char *slash = strrchr(text, '/');
    if (slash && !strcmp(slash + 1, "report.json")) {
        *slash = '\0';
        slash = strrchr(text, '/');
    }
    return slash && slash[1] ? slash + 1 : text;
}

/* Names that two runs share are replaced by what was typed. */
static rq_status name_runs(rq_compare_runs *out, const rq_args *args)
{
    for (size_t k = 0; k < out->n; k++) {
        out->runs[k].name = short_name(rq_args_operand(args, k), out->arena);
        if (!out->runs[k].name) return RQ_ENOMEM;
    }
    for (size_t k = 0; k < out->n; k++)
        for (size_t j = 0; j < out->n; j++) {
            if (j == k || strcmp(short_name(rq_args_operand(args, j), out->arena),
                                 short_name(rq_args_operand(args, k), out->arena)) != 0)
                continue;
            out->runs[k].name = rq_args_operand(args, k);
        }
    return RQ_OK;
}

/* -- reports -------------------------------------------------------------------------------- */

static rq_status find_report(const char **out, const char *operand, rq_arena *arena)
{
    *out = operand;
    if (!rq_is_dir(operand)) return RQ_OK;
    *out = keep(rq_path_join(operand, "report.json"), arena);
    if (!*out) return rq_fail_memory(strlen(operand), "a path");
    return rq_is_file(*out) ? RQ_OK
                            : rq_fail(RQ_EIO,
                                      "%s: there is no report.json in it; `requant "
                                      "quantize -o %s` writes one",
                                      operand, operand);
}

static rq_status open_run(rq_compare_run *out, const char *operand, rq_arena *arena)
{
    rq_report *report = rq_arena_alloc(arena, 1, sizeof *report);
    if (!report) return RQ_ENOMEM;
    RQ_TRY(find_report(&out->path, operand, arena));
    out->report = report;
    return rq_report_read(report, arena, out->path);
}

/* -- plans ---------------------------------------------------------------------------------- */

/* The plan.json beside the report. */
static rq_status open_plan(rq_compare_runs *out, size_t k)
{
    const char *dir = keep(rq_path_dir(out->runs[k].path), out->arena);
    const char *path = dir ? keep(rq_path_join(dir, "plan.json"), out->arena) : NULL;
    if (!path) return rq_fail_memory(strlen(out->runs[k].path), "a path");
    return rq_is_file(path) ? rq_plan_file_read(&out->plans[k], path) : RQ_OK;
}

static rq_status diff_plans(rq_compare_runs *out)
{
    size_t most = 0;
    for (size_t k = 1; k < out->n; k++) {
        if (!out->plans[0] || !out->plans[k]) continue;
        RQ_TRY(rq_plan_diff_create(&out->diffs[k], out->plans[0], out->plans[k]));
        most += out->diffs[k]->n;
    }
    out->changes = rq_arena_alloc(out->arena, most, sizeof *out->changes);
    if (!out->changes) return RQ_ENOMEM;
    for (size_t k = 1; k < out->n; k++)
        for (size_t i = 0; out->diffs[k] && i < out->diffs[k]->n; i++) {
            const rq_plan_change *c = &out->diffs[k]->changes[i];
            out->changes[out->n_changes++] =
                (rq_compare_change){k, c->section, c->name, c->key, c->a, c->b};
        }
    return RQ_OK;
}

rq_status rq_compare_runs_open(rq_compare_runs *out, const rq_args *args, rq_arena *arena)
{
    size_t n = rq_args_operands(args);
    *out = (rq_compare_runs){.arena = arena};
    out->runs = rq_arena_alloc(arena, n, sizeof *out->runs);
    out->plans = rq_arena_alloc(arena, n, sizeof(rq_plan_file *));
    out->diffs = rq_arena_alloc(arena, n, sizeof(rq_plan_diff *));
    if (!out->runs || !out->plans || !out->diffs) return RQ_ENOMEM;
    out->n = n;
    RQ_TRY(name_runs(out, args));
    for (size_t k = 0; k < n; k++) {
        RQ_TRY(open_run(&out->runs[k], rq_args_operand(args, k), arena));
        RQ_TRY(open_plan(out, k));
    }
    return diff_plans(out);
}

void rq_compare_runs_close(rq_compare_runs *runs)
{
    for (size_t k = 0; k < runs->n; k++) {
        rq_plan_diff_destroy(&runs->diffs[k]);
        rq_plan_file_destroy(&runs->plans[k]);
    }
}
