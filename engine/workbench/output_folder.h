/* The folder of -o OUT while a run makes its files: they are in OUT/.requant until all are there,
 * and OUT changes as one (engine/base/staging/staging.h). */
#ifndef RQ_WORKBENCH_OUTPUT_FOLDER_H
#define RQ_WORKBENCH_OUTPUT_FOLDER_H

#include "engine/base/staging/staging.h"
#include "engine/workbench/output_paths.h"

/* {0}: not open. Strings live in the arena. */
typedef struct rq_output_folder {
    rq_output_paths paths;  /* where the files are in the end, and those of an earlier run now */
    rq_output_paths staged; /* where a run writes them, and goes on from what one left */
    rq_staging *staging;    /* NULL once it is committed */
} rq_output_folder;

/* Files of a run beside model, plan and report. */
typedef struct rq_output_extras {
    bool stats, stats_equalized, tune;
    bool drops_equalized; /* what is there of an earlier run's equalized network is not of this */
} rq_output_extras;

/* Names the files (rq_output_paths_make) and makes the folder. RQ_EIO while another run has it. */
rq_status rq_output_folder_open(rq_output_folder *out, const char *output, const char *model_path,
                                const char *suffix, rq_arena *arena);
/* Before files are read from a folder: RQ_EIO while they may be of two runs, as a run was killed
 * that was putting its files in their places. */
rq_status rq_output_folder_check(const char *dir);
/* Model, plan and report, as far as they were written, and the extras take their places. */
rq_status rq_output_folder_commit(rq_output_folder *folder, const rq_output_extras *extras);
/* Of a run that gives `status`: where it was interrupted the message says, too, that OUT is as it
 * was, and what the same command continues from. Returns `status`. */
rq_status rq_output_folder_end(const rq_output_folder *folder, rq_status status);
/* Without a commit OUT is as it was, and keeps what the next run may go on from: statistics and
 * tune's trials. */
void rq_output_folder_close(rq_output_folder *folder);

#endif
