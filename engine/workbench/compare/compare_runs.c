#include "engine/workbench/compare/compare_runs.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/model_folder.h"
#include "engine/workbench/output_folder.h"
#include "reports/metrics/speed_noise.h"

#include <stdlib.h>
#include <string.h>

static const char *keep(char *path, rq_arena *arena)
{
    const char *kept = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    return kept;
}

/* -- names ---------------------------------------------------------------------------------- */

#define MAX_PARTS 8

/* The last parts of a path that say something: of "out/perf/" and "out/perf/report.json" "perf", of
 * "a/net.xml" "net". */
static const char *short_name(const char *path, size_t parts, rq_arena *arena)
{
    static const char *const dull[] = {"/report.json", ".xml"};
    char *text = rq_arena_strdup(arena, path);
    if (!text) return NULL;
    for (size_t n = strlen(text); n > 1 && text[n - 1] == '/'; n--) text[n - 1] = '\0';
    for (size_t i = 0; i < sizeof dull / sizeof *dull; i++)
        if (rq_ends_with(text, dull[i]) && strlen(text) > strlen(dull[i]))
            text[strlen(text) - strlen(dull[i])] = '\0';
    char *begin = text + strlen(text);
    while (begin > text && (begin[-1] != '/' || --parts > 0)) begin--;
    return begin;
}

static bool is_unique(const rq_compare_runs *out, size_t run)
{
    for (size_t k = 0; k < out->n; k++)
        if (k != run && !strcmp(out->runs[k].name, out->runs[run].name)) return false;
    return true;
}

/* Runs of one name get more parts of their paths, and at last what was typed. */
static rq_status name_runs(rq_compare_runs *out, const char *const *operands)
{
    size_t *parts = rq_arena_alloc(out->arena, out->n, sizeof *parts);
    bool *clash = rq_arena_alloc(out->arena, out->n, sizeof *clash);
    if (!parts || !clash) return RQ_ENOMEM;
    for (size_t k = 0; k < out->n; k++) clash[k] = true;
    for (size_t round = 0; round <= MAX_PARTS; round++) {
        for (size_t k = 0; k < out->n; k++) {
            if (!clash[k]) continue;
            const char *typed = operands[k];
            out->runs[k].name =
                ++parts[k] > MAX_PARTS ? typed : short_name(typed, parts[k], out->arena);
            if (!out->runs[k].name) return RQ_ENOMEM;
        }
        for (size_t k = 0; k < out->n; k++) clash[k] = !is_unique(out, k);
    }
    return RQ_OK;
}

/* -- reports -------------------------------------------------------------------------------- */

static rq_status find_report(const char **out, const char *operand, rq_arena *arena)
{
    *out = operand;
    if (!rq_is_dir(operand)) return RQ_OK;
    RQ_TRY(rq_output_folder_check(operand));
    *out = keep(rq_path_join(operand, "report.json"), arena);
    if (!*out) return rq_fail_memory(strlen(operand), "a path");
    return rq_is_file(*out) ? RQ_OK
                            : rq_fail(RQ_EIO,
                                      "%s: there is no report.json in it; `requant "
                                      "quantize -o %s` writes one",
                                      operand, operand);
}

static rq_status open_report(rq_compare_run *out, const char *operand, rq_arena *arena)
{
    rq_report *report = rq_arena_alloc(arena, 1, sizeof *report);
    if (!report) return RQ_ENOMEM;
    RQ_TRY(find_report(&out->path, operand, arena));
    out->report = report;
    RQ_TRY(rq_report_read(report, arena, out->path));
    for (size_t i = 0; i < report->n_speeds; i++) /* whatever build wrote them */
        report->speeds[i].noise = rq_report_speed_noise(&report->speeds[i]);
    return RQ_OK;
}

static rq_status open_run(rq_compare_runs *out, size_t k, const char *operand)
{
    RQ_TRY(rq_import_refuse_other(operand));
    if (!out->measured[k]) return open_report(&out->runs[k], operand, out->arena);
    if (!out->models.options)
        return rq_fail(RQ_EARG, "--data is missing: images are needed to measure models");
    return rq_compare_models_measure(&out->runs[k], &out->models, operand);
}

/* -- plans ---------------------------------------------------------------------------------- */

/* Beside the report: "plan.json", or "x.plan.json" of "x.report.json". */
static char *name_plan(const char *report)
{
    if (rq_ends_with(report, "report.json"))
        return rq_path_with_suffix(report, "report.json", "plan.json");
    char *dir = rq_path_dir(report), *path = dir ? rq_path_join(dir, "plan.json") : NULL;
    free(dir);
    return path;
}

/* Of a model, what is read off it. */
static rq_status open_plan(rq_compare_runs *out, size_t k)
{
    if (out->measured[k]) return rq_compare_models_plan(&out->plans[k], &out->models);
    const char *report = out->runs[k].path;
    const char *path = keep(name_plan(report), out->arena);
    if (!path) return rq_fail_memory(strlen(out->runs[k].path), "a path");
    return rq_is_file(path) ? rq_plan_file_read(&out->plans[k], path) : RQ_OK;
}

/* The first run that decided anything, in the same way as run k: by a plan, or as a model. */
static size_t peer_of(const rq_compare_runs *out, size_t k)
{
    size_t i = 0;
    while (i < k && (!out->plans[i] || out->measured[i] != out->measured[k])) i++;
    return i;
}

static rq_status diff_plans(rq_compare_runs *out)
{
    size_t most = 0;
    for (size_t k = 1; k < out->n; k++) {
        size_t peer = peer_of(out, k);
        if (peer == k || !out->plans[k]) continue;
        RQ_TRY(rq_plan_diff_create(&out->diffs[k], out->plans[peer], out->plans[k]));
        most += out->diffs[k]->n;
    }
    out->changes = rq_arena_alloc(out->arena, most, sizeof *out->changes);
    if (!out->changes) return RQ_ENOMEM;
    for (size_t k = 1; k < out->n; k++)
        for (size_t i = 0; out->diffs[k] && i < out->diffs[k]->n; i++) {
            const rq_plan_change *c = &out->diffs[k]->changes[i];
            out->changes[out->n_changes++] =
                (rq_compare_change){k, peer_of(out, k), c->section, c->name, c->key, c->a, c->b};
        }
    return RQ_OK;
}

/* -- all ------------------------------------------------------------------------------------ */

static rq_status find_baseline(size_t *out, const rq_compare_runs *runs,
                               const char *const *operands, const char *baseline)
{
    rq_buf names = {0};
    for (*out = 0; baseline && *out < runs->n; ++*out)
        if (!strcmp(runs->runs[*out].name, baseline) || !strcmp(operands[*out], baseline))
            return RQ_OK;
    if (!baseline) return RQ_OK;
    for (size_t k = 0; k < runs->n; k++)
        rq_buf_printf(&names, "%s%s", k ? ", " : "", runs->runs[k].name);
    rq_status status = rq_fail(RQ_EARG, "--baseline %s: there is no such run; runs are: %s",
                               baseline, names.data ? names.data : "");
    rq_buf_free(&names);
    return status;
}

/* The others keep their order. */
static void put_first(rq_compare_runs *runs, size_t k)
{
    for (; k > 0; k--) {
        rq_compare_run run = runs->runs[k];
        rq_plan_file *plan = runs->plans[k];
        bool measured = runs->measured[k];
        runs->runs[k] = runs->runs[k - 1];
        runs->plans[k] = runs->plans[k - 1];
        runs->measured[k] = runs->measured[k - 1];
        runs->runs[k - 1] = run;
        runs->plans[k - 1] = plan;
        runs->measured[k - 1] = measured;
    }
}

static rq_status make_room(rq_compare_runs *out, size_t n)
{
    rq_arena *arena = out->arena;
    out->runs = rq_arena_alloc(arena, n, sizeof *out->runs);
    out->plans = rq_arena_alloc(arena, n, sizeof(rq_plan_file *));
    out->diffs = rq_arena_alloc(arena, n, sizeof(rq_plan_diff *));
    out->measured = rq_arena_alloc(arena, n, sizeof *out->measured);
    if (!out->runs || !out->plans || !out->diffs || !out->measured) return RQ_ENOMEM;
    out->n = n;
    return RQ_OK;
}

rq_status rq_compare_runs_open(rq_compare_runs *out, const char *const *operands, size_t n,
                               const char *baseline, const rq_compare_models_options *options,
                               rq_arena *arena)
{
    size_t first;
    *out = (rq_compare_runs){.arena = arena};
    rq_compare_models_open(&out->models, options, arena);
    RQ_TRY(make_room(out, n));
    RQ_TRY(name_runs(out, operands));
    RQ_TRY(find_baseline(&first, out, operands, baseline));
    for (size_t k = 0; options && k < n; k++)
        RQ_TRY(rq_compare_models_consult(&out->models, operands[k]));
    for (size_t k = 0; k < n; k++) {
        out->measured[k] = rq_compare_is_model(operands[k]);
        RQ_TRY(open_run(out, k, operands[k]));
        RQ_TRY(open_plan(out, k));
    }
    put_first(out, first);
    return diff_plans(out);
}

void rq_compare_runs_close(rq_compare_runs *runs)
{
    for (size_t k = 0; k < runs->n; k++) {
        rq_plan_diff_destroy(&runs->diffs[k]);
        rq_plan_file_destroy(&runs->plans[k]);
    }
    rq_compare_models_close(&runs->models);
}
