#include "engine/workbench/output_folder.h"

#include "engine/base/callbacks.h"
#include "engine/base/file.h"

#include <stdlib.h>
#include <string.h>

#define STAGING ".requant"
#define MAX_FILES 8

#define KEPT 3 /* files that the next run goes on from */

static const char *const *name_kept(const rq_output_paths *paths, rq_arena *arena)
{
    const char **kept = rq_arena_alloc(arena, KEPT + 1, sizeof *kept);
    if (!kept) return NULL;
    kept[0] = rq_path_name(paths->stats);
    kept[1] = rq_path_name(paths->stats_equalized);
    kept[2] = rq_path_name(paths->tune);
    return kept;
}

rq_status rq_output_folder_open(rq_output_folder *out, const char *output, const char *model_path,
                                const char *suffix, rq_arena *arena)
{
    *out = (rq_output_folder){0};
    RQ_TRY(rq_output_paths_make(&out->paths, output, model_path, suffix, arena));
    if (*out->paths.prefix)
        rq_log(
            "%s has files of another model: those of %s are %splan.json, %sreport.html and so on",
            out->paths.dir, rq_path_name(out->paths.model), out->paths.prefix, out->paths.prefix);
    const char *const *kept = name_kept(&out->paths, arena);
    if (!kept) return RQ_ENOMEM;
    RQ_TRY(rq_staging_open(&out->staging, out->paths.dir, STAGING, out->paths.dir, kept));
    return rq_output_paths_in(&out->staged, &out->paths, rq_staging_path(out->staging), arena);
}

rq_status rq_output_folder_check(const char *dir)
{
    if (!rq_staging_is_cut_off(dir, STAGING)) return RQ_OK;
    return rq_fail(RQ_EIO,
                   "%s: a run was killed while it replaced the files; the next one with -o %s "
                   "finishes that",
                   dir, dir);
}

typedef struct file_list {
    const char *names[MAX_FILES];
    size_t n;
} file_list;

static void add(file_list *list, const char *path, bool wanted)
{
    if (wanted && rq_is_file(path)) list->names[list->n++] = rq_path_name(path);
}

/* The model's xml comes first: it is what people open. */
static void list_files(file_list *list, const rq_output_paths *p, const char *bin,
                       const rq_output_extras *extras)
{
    add(list, p->model, true);
    add(list, bin, !p->onnx);
    add(list, p->plan, true);
    add(list, p->report_json, true);
    add(list, p->report_html, true);
    add(list, p->stats, extras->stats);
    add(list, p->stats_equalized, extras->stats_equalized);
    add(list, p->tune, extras->tune);
}

rq_status rq_output_folder_commit(rq_output_folder *folder, const rq_output_extras *extras)
{
    file_list list = {0};
    char *bin = rq_path_with_suffix(folder->staged.model, ".xml", ".bin");
    if (!bin) return rq_fail_memory(strlen(folder->staged.model), "a path");
    list_files(&list, &folder->staged, bin, extras);
    if (extras->drops_equalized && rq_is_file(folder->paths.stats_equalized))
        rq_staging_drop(folder->staging, rq_path_name(folder->paths.stats_equalized));
    rq_status status = rq_staging_commit(folder->staging, list.names, list.n);
    free(bin);
    if (status == RQ_OK) rq_output_folder_close(folder);
    return status;
}

/* NULL: nothing. */
static const char *what_is_kept(const rq_output_paths *staged)
{
    bool stats = rq_is_file(staged->stats) || rq_is_file(staged->stats_equalized);
    bool trials = rq_is_file(staged->tune);
    return stats && trials ? "statistics and trials"
           : trials        ? "trials"
           : stats         ? "statistics"
                           : NULL;
}

rq_status rq_output_folder_end(const rq_output_folder *folder, rq_status status)
{
    if (status != RQ_ECANCELLED || !folder->staging) return status;
    const char *keeps = what_is_kept(&folder->staged);
    if (!keeps)
        return rq_fail(status, "%s; nothing is written to %s yet", rq_error_text(),
                       folder->paths.dir);
    return rq_fail(status,
                   "%s; %s is as it was, but for " STAGING ", which keeps %s: run the same command "
                   "to continue",
                   rq_error_text(), folder->paths.dir, keeps);
}

void rq_output_folder_close(rq_output_folder *folder)
{
    rq_staging_close(&folder->staging);
}
