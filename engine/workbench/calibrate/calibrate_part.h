/* A shard's images, and what its file tells of them (rq_stats_shard). Private to
 * engine/workbench/calibrate. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_PART_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_PART_H

#include "calib/stats.h"
#include "engine/base/text.h"
#include "engine/run/workload.h"

typedef struct rq_calibrate_part {
    rq_workload workload; /* the one that it was made of, over the part's images */
    rq_images images;
    rq_stats_shard shard; /* all that follows */
    char list_digest[RQ_DIGEST_TEXT];
    char (*sample_digests)[RQ_DIGEST_TEXT];
    rq_buf how, options, computed_by;
} rq_calibrate_part;

/* The images of workload->shard, whose graph is bound. RQ_EARG where the list has fewer images than
 * there are shards. After a failure too, to be closed. */
rq_status rq_calibrate_part_open(rq_calibrate_part *out, const rq_workload *workload);
void rq_calibrate_part_close(rq_calibrate_part *part);

/* As rq_workload_data_digest of the part. Reads its files, and completes `shard`. */
rq_status rq_calibrate_part_digest(rq_calibrate_part *part, char digest[RQ_DIGEST_TEXT]);

/* RQ_EARG, saying found and expected, unless both are the same part of the same list; NULL: a whole
 * list. `path`: of `found`. */
rq_status rq_calibrate_part_check(const rq_stats_shard *found, const rq_stats_shard *expected,
                                  const char *path);

#endif
