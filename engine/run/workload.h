/* What a command is about: a model, and how images become its inputs, as the command line says. */
#ifndef RQ_RUN_WORKLOAD_H
#define RQ_RUN_WORKLOAD_H

#include "engine/run/image_input.h"
#include "engine/cli/model_options.h"

/* Does not move once its model is read: `exec` points into it. */
typedef struct rq_subject {
    const rq_args *args;
    rq_model_choice choice; /* its arena lives as long as the subject */
    bool reshaped;          /* shapes were given, rather than found by fitting */
    rq_image_request request;
    rq_exec_options exec;
    const char *data; /* --data; NULL: not given */
    size_t subset;    /* of the data; 0: all */
    uint64_t seed;
    unsigned threads;
    rq_graph *graph;
    rq_bound *bound;
} rq_subject;

/* Reads the options: those of rq_preprocess_options and rq_model_options, --data, --subset, --seed
 * and --threads. After a failure too, to be closed, as after those of the functions below. */
rq_status rq_subject_open(rq_subject *out, const rq_args *args);
void rq_subject_close(rq_subject *subject);
/* As above, and RQ_EARG without --data. */
rq_status rq_subject_open_with_data(rq_subject *out, const rq_args *args);

/* Step by step: reads the model; fits request and shapes to it; binds it to those shapes. */
rq_status rq_subject_read(rq_subject *subject, const char *path);
rq_status rq_subject_fit(rq_subject *subject);
rq_status rq_subject_bind(rq_subject *subject);

/* The images of --data, at most --subset of them. `labels`: a file; NULL: as the data say. */
rq_status rq_subject_images(rq_images *out, const rq_subject *subject, const char *labels);

#endif
