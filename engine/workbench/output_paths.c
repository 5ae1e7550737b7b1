#include "engine/workbench/output_paths.h"

#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *join(rq_arena *arena, const char *dir, const char *name)
{
    char *path = rq_path_join(dir, name);
    const char *kept = path ? rq_arena_strdup(arena, path) : NULL;
    free(path);
    return kept;
}

static rq_status split_output(const char **dir, const char **model, const char *output,
                              const char *model_path, const char *suffix, rq_arena *arena)
{
    if (rq_ends_with(output, ".xml") || rq_ends_with(output, ".onnx")) {
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

/* All but the model, in the folder. */
static rq_status name_files(rq_output_paths *out, rq_arena *arena)
{
    out->onnx = rq_ends_with(out->model, ".onnx");
    out->stats = join(arena, out->dir, "stats.h5");
    out->stats_equalized = join(arena, out->dir, "stats-equalized.h5");
    out->plan = join(arena, out->dir, "plan.json");
    out->report_json = join(arena, out->dir, "report.json");
    out->report_html = join(arena, out->dir, "report.html");
    out->tune = join(arena, out->dir, "tune.json");
    return out->stats && out->stats_equalized && out->plan && out->report_json &&
                   out->report_html && out->tune
               ? RQ_OK
               : rq_fail_memory(strlen(out->dir), "paths");
}

rq_status rq_output_paths_make(rq_output_paths *out, const char *output, const char *model_path,
                               const char *suffix, rq_arena *arena)
{
    RQ_TRY(split_output(&out->dir, &out->model, output, model_path, suffix, arena));
    RQ_TRY(name_files(out, arena));
    char *same = realpath(model_path, NULL), *target = realpath(out->model, NULL);
    bool overwrites = same && target && !strcmp(same, target);
    free(same);
    free(target);
    return overwrites ? rq_fail(RQ_EARG, "%s is the model itself; choose another -o", out->model)
                      : RQ_OK;
}

rq_status rq_output_paths_in(rq_output_paths *out, const rq_output_paths *of, const char *dir,
                             rq_arena *arena)
{
    const char *slash = strrchr(of->model, '/');
    out->dir = rq_arena_strdup(arena, dir);
    out->model = join(arena, dir, slash ? slash + 1 : of->model);
    return out->dir && out->model ? name_files(out, arena) : rq_fail_memory(strlen(dir), "a path");
}
