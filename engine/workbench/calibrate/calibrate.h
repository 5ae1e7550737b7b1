/* Statistics of a model over images: gathered, continued after an interruption, or taken over from
 * a stats.h5 that fits. */
#ifndef RQ_WORKBENCH_CALIBRATE_CALIBRATE_H
#define RQ_WORKBENCH_CALIBRATE_CALIBRATE_H

#include "calib/stats.h"
#include "engine/run/image_input.h"

typedef struct rq_calibration {
    const rq_graph *graph;
    const rq_bound *bound; /* of the graph, for the same shapes as `exec` */
    const rq_exec_options *exec;
    const rq_image_request *request;
    const rq_args *args; /* for --input */
    rq_images *images;   /* NULL with `given` */
    const char *data;    /* as the user named the images */
    unsigned threads;
    const char *path; /* stats.h5: read if it fits, written at the end and on Ctrl-C; NULL: they are
                         not kept */
    const char *given; /* --stats FILE: used as it is, refused when it is of another model or
                          preprocessing; nothing is run. NULL: none */
    double seconds, load_seconds, run_seconds; /* out */
    bool reused;                               /* out: nothing had to be run */
} rq_calibration;

rq_status rq_calibrate(rq_stats **out, rq_calibration *calibration);

#endif
