/* Images through models: the loop that calibrate, evaluate, quantize and analyze share.
 *
 * One worker per core, each with its own sessions, one image at a time; `merge` is called in the
 * order of the images, so that results do not depend on the number of workers. */
#ifndef RQ_RUN_PIPELINE_H
#define RQ_RUN_PIPELINE_H

#include "engine/run/image_input.h"

typedef struct rq_pipeline_image {
    void *ctx;
    unsigned worker;
    size_t image;                     /* index in the data set */
    size_t model;                     /* which model runs (observe) */
    bool bad;                         /* could not be read: only merge sees it */
    rq_session *const *sessions;      /* of this worker, one per model */
    const rq_loader_scratch *scratch; /* ->view: where pixels come from; ->resized: the pixels
                                         before normalisation */
} rq_pipeline_image;

typedef struct rq_pipeline {
    const rq_images *images;
    const rq_image_feed *feed;
    const rq_model *const *models;
    size_t n_models;
    unsigned threads;  /* at least 1 */
    size_t first;      /* images before it are done already */
    const char *title; /* of the progress line */
    /* Any may be NULL. observe: each value as it is computed (in parallel). done: outputs are ready
     * in the sessions (in parallel). merge: in order of images, bad ones included. */
    rq_status (*observe)(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor);
    rq_status (*done)(const rq_pipeline_image *at);
    rq_status (*merge)(const rq_pipeline_image *at);
    /* is_due may be NULL; it is asked by any worker between images: once it says so, the images in
     * hand are finished and merged, and pause is called while nothing runs. Without pause, the
     * images behind them are left out. */
    bool (*is_due)(void *ctx);
    rq_status (*pause)(void *ctx);
    void *ctx;
} rq_pipeline;

/* RQ_ECANCELLED after Ctrl-C: merges done are a prefix of the images. Too many bad images are
 * RQ_EFORMAT at the end. */
rq_status rq_pipeline_run(rq_pipeline *pipeline);

#endif
