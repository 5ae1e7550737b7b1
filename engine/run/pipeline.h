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
    size_t image;                /* index in the data set */
    size_t model;                /* which model runs (observe) */
    bool channels_last;          /* how the value lies in memory, see rq_observe_fn (observe) */
    bool bad;                    /* could not be read: only merge sees it */
    bool unpacked;               /* another rank ran it: there is only what unpack brought */
    const rq_tensor *inputs;     /* that the models get, in the order of theirs (skips, done) */
    rq_session *const *sessions; /* of this worker, one per model */
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
    size_t end;        /* those from it on are left out, and others judge bad ones; 0: none are */
    const char *title; /* of the progress line */
    /* Any may be NULL. observe: each value as it is computed (in parallel). done: outputs are ready
     * in the sessions (in parallel). merge: in order of images, bad ones included. */
    rq_status (*observe)(const rq_pipeline_image *at, rq_id value, const rq_tensor *tensor);
    bool (*skips)(const rq_pipeline_image *at); /* the model does not run this image */
    rq_status (*done)(const rq_pipeline_image *at);
    rq_status (*merge)(const rq_pipeline_image *at);
    /* is_due may be NULL; it is asked by any worker between images: once it says so, the images in
     * hand are finished and merged, and pause is called while nothing runs. Without pause, the
     * images behind them are left out. */
    bool (*is_due)(void *ctx);
    rq_status (*pause)(void *ctx);
    /* Both or none. With them, ranks (ranks.h) run a part of the images each, and merge sees all of
     * them everywhere: pack appends what is needed of an image that is done, unpack makes it that
     * of worker 0, before merge. Not with pause. Without them, every rank runs all images. */
    rq_status (*pack)(const rq_pipeline_image *at, rq_buf *out);
    rq_status (*unpack)(const rq_pipeline_image *at, const void *data, size_t bytes);
    void *ctx;
} rq_pipeline;

/* Of images that were all run, perhaps in parts: RQ_EFORMAT where too many are bad, which names the
 * first; those that are tolerated are told. */
rq_status rq_pipeline_check_bad(const rq_images *images);

/* RQ_ECANCELLED after Ctrl-C: merges done are a prefix of the images. Too many bad images are
 * RQ_EFORMAT at the end. */
rq_status rq_pipeline_run(rq_pipeline *pipeline);

#endif
