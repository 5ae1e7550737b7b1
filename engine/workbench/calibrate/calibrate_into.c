/* rq_calibrate_into (calibrate.h). */
#include "engine/base/file.h"
#include "engine/base/staging/staging.h"
#include "engine/base/text.h"
#include "engine/run/ranks.h"
#include "engine/workbench/calibrate/calibrate.h"

#include <stdlib.h>
#include <string.h>

typedef struct target {
    const char *path, *name; /* the file's; its name in the folder */
    rq_staging *staging;
} target;

/* A folder for each file: others may be made beside it at the same time. */
static rq_status open_target(target *t, const char *const *kept)
{
    rq_buf folder = {0};
    char *dir = rq_path_dir(t->path);
    rq_buf_printf(&folder, ".requant-%s", t->name);
    rq_status status = dir && !folder.failed
                           ? rq_staging_open(&t->staging, dir, folder.data, t->path, kept)
                           : rq_fail_memory(strlen(t->path), "a path");
    rq_buf_free(&folder);
    free(dir);
    return status;
}

static rq_status calibrate(rq_calibration *out, const rq_workload *workload, const target *t)
{
    char *unfinished = rq_path_join(rq_staging_path(t->staging), t->name);
    if (!unfinished) return rq_fail_memory(strlen(t->path), "a path");
    const rq_calibrate_options options = {.path = unfinished, .earlier = t->path};
    rq_status status = rq_calibrate_run(out, workload, &options);
    if (status == RQ_OK && out->path == unfinished)
        status = rq_staging_commit(t->staging, &t->name, 1);
    out->path = t->path;
    free(unfinished);
    return status;
}

rq_status rq_calibrate_into(rq_calibration *out, const rq_workload *workload, const char *path)
{
    target t = {.path = path, .name = rq_path_name(path)};
    const char *const kept[] = {t.name, NULL};
    *out = (rq_calibration){0};
    if (rq_ranks_index()) /* which write nothing */
        return rq_calibrate_run(out, workload, &(rq_calibrate_options){0});
    RQ_TRY(open_target(&t, kept));
    rq_status status = calibrate(out, workload, &t);
    rq_staging_close(&t.staging);
    return status;
}
