/* Options of a model, kept to make others like it. Private to engine/exec. */
#ifndef RQ_EXEC_KEPT_OPTIONS_H
#define RQ_EXEC_KEPT_OPTIONS_H

#include "engine/exec/exec.h"

typedef struct rq_kept_options {
    rq_exec_options
        options; /* what it points to is below, but for the constants and the lender, borrowed */
    uint8_t *observed;
    char *backend, *library;
    rq_input_shape *shapes; /* their names borrowed: the graph's, or as long-lived */
} rq_kept_options;

/* After a failure too, to be closed. */
rq_status rq_kept_options_open(rq_kept_options *out, const rq_exec_options *options,
                               const rq_graph *graph);
void rq_kept_options_close(rq_kept_options *kept);

#endif
