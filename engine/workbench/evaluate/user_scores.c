#include "engine/workbench/evaluate/user_scores.h"

#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/run/output_files.h"
#include "engine/workbench/evaluate/score_command.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- the folder of a command's files ----------------------------------------------------------- */

rq_status rq_user_scorer_open(rq_user_scorer *out, const rq_user_score *score)
{
    const char *root = getenv("TMPDIR");
    *out = (rq_user_scorer){.score = score};
    if (!score->command) return RQ_OK;
    out->folder = rq_path_join(root && *root ? root : "/tmp", "requant-score-XXXXXX");
    if (!out->folder) return rq_fail_memory(0, "a path");
    if (mkdtemp(out->folder)) return RQ_OK;
    rq_status status = rq_fail(RQ_EIO, "%s: %s", out->folder, strerror(errno));
    free(out->folder);
    out->folder = NULL;
    return status;
}

/* The command may have left files of its own; folders of its own stay. */
static void empty_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char *path = rq_path_join(folder, entry->d_name);
        if (path) unlink(path);
        free(path);
    }
    if (dir) closedir(dir);
}

void rq_user_scorer_close(rq_user_scorer *scorer)
{
    if (scorer->folder) {
        empty_folder(scorer->folder);
        rmdir(scorer->folder);
    }
    free(scorer->folder);
    *scorer = (rq_user_scorer){0};
}

/* -- the two ways ------------------------------------------------------------------------------ */

static rq_status call_command(double *out, const rq_user_scorer *s, const rq_scored *scored)
{
    empty_folder(s->folder);
    RQ_TRY(rq_output_files_write(s->folder, scored->model, scored->session));
    return rq_score_command_run(out, s->score->command, s->score->timeout, s->folder,
                                scored->image);
}

static rq_status call_function(double *out, const rq_user_score *score, const rq_scored *scored)
{
    size_t n = rq_model_output_count(scored->model);
    rq_scored_output *outputs;
    RQ_TRY(rq_calloc(&outputs, n, sizeof *outputs, "outputs"));
    for (size_t i = 0; i < n; i++)
        outputs[i] = (rq_scored_output){.name = scored->outputs[i].name,
                                        .values = scored->outputs[i].data,
                                        .shape = scored->outputs[i].shape.d,
                                        .rank = (size_t)scored->outputs[i].shape.rank};
    *out = score->function(score->ctx, scored->image, outputs, n);
    free(outputs);
    if (isfinite(*out)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "the score of %s is %g, expected a finite number", scored->image,
                   *out);
}

rq_status rq_user_scorer_run(double *out, const rq_user_scorer *scorer, const rq_scored *scored)
{
    if (scorer->score->command) return call_command(out, scorer, scored);
    return call_function(out, scorer->score, scored);
}
