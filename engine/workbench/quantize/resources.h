/* What a quantization will need of the machine, as far as that can be told before. */
#ifndef RQ_WORKBENCH_QUANTIZE_RESOURCES_H
#define RQ_WORKBENCH_QUANTIZE_RESOURCES_H

#include "engine/workbench/search/decide.h"

typedef struct rq_resources {
    double seconds;       /* roughly, within a factor of two or three; 0: nothing to run */
    uint64_t memory;      /* bytes, roughly, with `images` */
    uint64_t images;      /* of that, at most, for images that are kept (--memory) */
    uint64_t disk, least; /* bytes: about, and what the written model surely has */
} rq_resources;

/* How often the network runs in all, over the workload's images, in the stages that there will be.
 */
double rq_resources_runs(const rq_workload *workload, const rq_decide_options *options);

/* Of a workload that is bound and listed; speed is measured for about so many seconds (0: not).
 * Where all seems to take long, the network is run a few times, to see how fast it is here. */
rq_resources rq_resources_estimate(const rq_workload *workload, const rq_decide_options *options,
                                   double speed_seconds);

/* RQ_EIO where the disk of the folder has less room than `resources->least`; else work that takes
 * long is announced, with what it needs. */
rq_status rq_resources_check(const rq_resources *resources, const char *folder);

#endif
