#include "engine/workbench/output_paths.h"

#include "engine/base/file.h"
#include "engine/base/formats/json.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *join(rq_arena *arena, const char *dir, const char *name)
{
    char *path = rq_path_join(dir, name);
    const char *kept = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    return kept;
}

static bool is_model_name(const char *output)
{
    return rq_ends_with(output, ".xml") || rq_ends_with(output, ".onnx");
}

static rq_status split_output(const char **dir, const char **model, const char *output,
                              const char *model_path, const char *suffix, rq_arena *arena)
{
    if (is_model_name(output)) {
        char *folder = rq_path_dir(output);
        *dir = folder ? rq_arena_strdup(arena, folder) : NULL;
        *model = rq_arena_strdup(arena, output);
        free(folder);
    } else {
        char *stem = rq_path_stem(model_path);
        const char *name = stem ? rq_arena_printf(arena, "%s-%s.xml", stem, suffix) : NULL;
        *dir = rq_arena_strdup(arena, output);
        *model = name ? join(arena, output, name) : NULL;
        free(stem);
    }
    return *dir && *model ? RQ_OK : rq_fail_memory(strlen(output), "a path");
}

static const char *name_file(const rq_output_paths *paths, const char *name, rq_arena *arena)
{
    const char *whole = rq_arena_printf(arena, "%s%s", paths->prefix, name);
    return whole ? join(arena, paths->dir, whole) : NULL;
}

/* All but the model, in the folder. */
static rq_status name_files(rq_output_paths *out, rq_arena *arena)
{
    out->onnx = rq_ends_with(out->model, ".onnx");
    out->stats = name_file(out, "stats.h5", arena);
    out->stats_equalized = name_file(out, "stats-equalized.h5", arena);
    out->plan = name_file(out, "plan.json", arena);
    out->report_json = name_file(out, "report.json", arena);
    out->report_html = name_file(out, "report.html", arena);
    out->tune = name_file(out, "tune.json", arena);
    return out->stats && out->stats_equalized && out->plan && out->report_json &&
                   out->report_html && out->tune
               ? RQ_OK
               : rq_fail_memory(strlen(out->dir), "paths");
}

/* Whether the report that is there is of a model of that name; one that cannot be read is not. */
static rq_status is_reported(bool *out, const rq_output_paths *paths)
{
    rq_json *report = NULL;
    *out = false;
    if (!rq_is_file(paths->report_json)) return RQ_OK;
    rq_status status = rq_json_load(&report, paths->report_json);
    if (status != RQ_OK) return status == RQ_ENOMEM ? status : RQ_OK;
    const rq_json *after = rq_json_get(report, "after");
    const char *path = rq_json_as_string(rq_json_get(after, "path"), NULL);
    *out = path && !strcmp(rq_path_name(path), rq_path_name(paths->model));
    rq_json_free(&report);
    return RQ_OK;
}

static rq_status is_of_another(bool *out, const rq_output_paths *paths)
{
    *out =
        rq_is_file(paths->plan) || rq_is_file(paths->report_json) || rq_is_file(paths->report_html);
    if (!*out) return RQ_OK;
    bool reported;
    RQ_TRY(is_reported(&reported, paths));
    *out = !reported;
    return RQ_OK;
}

/* Several models may be written to one folder: none takes another's plan and report. */
static rq_status keep_others(rq_output_paths *out, rq_arena *arena)
{
    bool of_another;
    RQ_TRY(is_of_another(&of_another, out));
    if (!of_another) return RQ_OK;
    char *stem = rq_path_stem(out->model);
    out->prefix = stem ? rq_arena_printf(arena, "%s.", stem) : NULL;
    free(stem);
    if (!out->prefix) return rq_fail_memory(strlen(out->model), "a path");
    return name_files(out, arena);
}

/* Needs no memory, so that a want of it cannot hide it. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

rq_status rq_output_paths_make(rq_output_paths *out, const char *output, const char *model_path,
                               const char *suffix, rq_arena *arena)
{
    RQ_TRY(split_output(&out->dir, &out->model, output, model_path, suffix, arena));
    out->prefix = "";
    RQ_TRY(name_files(out, arena));
    if (is_model_name(output)) RQ_TRY(keep_others(out, arena));
    return is_same_file(model_path, out->model)
               ? rq_fail(RQ_EARG, "%s is the model itself; choose another -o", out->model)
               : RQ_OK;
}

rq_status rq_output_paths_in(rq_output_paths *out, const rq_output_paths *of, const char *dir,
                             rq_arena *arena)
{
    out->prefix = of->prefix;
    out->dir = rq_arena_strdup(arena, dir);
    out->model = join(arena, dir, rq_path_name(of->model));
    return out->dir && out->model ? name_files(out, arena) : rq_fail_memory(strlen(dir), "a path");
}
