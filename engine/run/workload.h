/* What a procedure runs: a model over a data set, and how. Every procedure of engine/workbench
 * takes one; those that change something for a while take a copy, which borrows all of it. */
#ifndef RQ_RUN_WORKLOAD_H
#define RQ_RUN_WORKLOAD_H

#include "engine/run/image_input.h"
#include "engine/run/images.h"
#include "engine/run/output_weights.h"
#include "engine/run/pipeline.h"
#include "engine/run/shard.h"
#include "engine/run/user_score.h"

#define RQ_MAX_SHAPES 64
#define RQ_MAX_THREADS 1024    /* that a user may ask for */
#define RQ_IMAGE_MEGABYTES 512 /* unless asked otherwise */
#define RQ_IMAGE_MEMORY ((size_t)RQ_IMAGE_MEGABYTES << 20)

typedef struct rq_workload {
    rq_arena *arena; /* of texts, shapes and fixed inputs */
    rq_graph *graph;
    bool lent;            /* the graph, as it was read, is another's, who destroys it */
    rq_graph *as_read;    /* where `graph` is a prepared copy of it, owned; else NULL */
    const char *prepared; /* what preparing changed, as a sentence; NULL: nothing */
    const char
        *input_warning;     /* a sentence about what may be wrong with the input; NULL: nothing */
    bool keep_graph;        /* nothing is to be prepared */
    rq_bound *bound;        /* of the graph, for the shapes of `exec` */
    rq_input_shape *shapes; /* room for RQ_MAX_SHAPES + 1; exec.n_shapes of them */
    rq_exec_options exec;   /* the backend and how it runs; its shapes are those above */
    bool make_static;       /* what is written has the shapes of `exec`, not the model's own */
    rq_image_request request;
    rq_model *lender;            /* owned; of the graph: the others' `exec.lender`; NULL: none */
    const rq_graph *recorded;    /* borrowed; what it records goes before what the model itself does
                                    (recorded_request.h); NULL: none */
    bool quiet_recorded;         /* what is taken of that one is not logged */
    rq_data_source data;         /* as the user named them; {0}: there are none */
    rq_images_options of_images; /* how data are listed */
    rq_output_weights output_weights;
    rq_user_score score;       /* the user's metric of accuracy */
    bool shuffle;              /* images are taken in an order drawn by `seed` */
    size_t subset;             /* at most so many images; 0: all */
    rq_shard shard;            /* of `images`, which a calibration is of; {0}: all */
    rq_bad_image_log *bad_log; /* owned: all passes tell of an unreadable image once */
    rq_sample_cache *cache;    /* owned; NULL: every pass reads the files */
    size_t memory;             /* bytes that images may take between passes */
    rq_images all;             /* of the data */
    rq_images images;          /* the sample of them that is run */
    uint64_t seed;
    unsigned threads; /* at least 1; results do not depend on it */
} rq_workload;

/* An empty one: default backend, one thread per core. */
rq_status rq_workload_open(rq_workload *out);
/* After a failure of any function here, too. */
void rq_workload_close(rq_workload *workload);

/* Step by step: takes or reads the model (a file's is then the workload's); fits request and shapes
 * to it; binds it to those shapes. */
void rq_workload_lend(rq_workload *workload, rq_graph *graph);
rq_status rq_workload_read(rq_workload *workload, const char *path);
/* A copy of the graph takes its place, which it borrows from and which stays as `as_read`. */
void rq_workload_take_prepared(rq_workload *workload, rq_graph *copy);
/* Takes a model of the graph: those that are made from now on share its weights. NULL: nothing. */
void rq_workload_keep_weights(rq_workload *workload, rq_model *model);
rq_status rq_workload_fit(rq_workload *workload);
rq_status rq_workload_bind(rq_workload *workload);
/* Another graph, or a clone that was edited, in a copy of the workload: both are borrowed, and
 * models share the constants of `bound`. */
void rq_workload_take_bound(rq_workload *workload, rq_graph *graph, rq_bound *bound);

/* rq_model_create of a graph, whose inputs may have other names than the workload's, at the
 * workload's shapes; those of the options are not read. */
rq_status rq_workload_create_model(rq_model **out, const rq_workload *workload,
                                   const rq_graph *graph, const rq_exec_options *options);

/* A model of the graph for one session per thread. An observer sees the values that shown[n] marks,
 * by value id, and none of those that the graph has beyond n. */
rq_status rq_workload_model(rq_model **out, const rq_workload *workload, const rq_graph *graph,
                            const uint8_t *shown, size_t n);

/* Runs all of the workload's images through the pipeline's models, which are the workload's:
 * images, feed and threads are filled in for the time of the run. */
rq_status rq_workload_run_images(const rq_workload *workload, rq_pipeline pipeline);

/* From now on images are decoded once and kept for further passes, as far as `memory` allows: all
 * of them, or those alone of which that is asked (rq_images.kept). Before they are listed. */
rq_status rq_workload_keep_images(rq_workload *workload, bool all);

/* Lists the data, once, in the order of their names, and draws the sample. `labels`: a file; NULL:
 * as the data say. */
rq_status rq_workload_list(rq_workload *workload, const char *labels);
/* At most n images (0: all) of all the data, by `seed`; borrow from the workload. Unreadable ones
 * among them are no error: whoever ran the sample has judged them. */
rq_status rq_workload_draw(rq_images *out, const rq_workload *workload, size_t n, uint64_t seed);
/* Two samples of all the data that share no image: to fit a decision to, and to validate it on. At
 * most so many each; with fewer images both get their shares. */
rq_status rq_workload_draw_split(rq_images *fit, rq_images *holdout, const rq_workload *workload,
                                 size_t n_fit, size_t n_holdout);
/* From now on these images, which may be of other lists, are none of the workload's, and a sample
 * is drawn from those that are left; *done: there are some, else nothing is changed. */
rq_status rq_workload_set_apart(bool *done, rq_workload *workload, const rq_images *images);
/* At most n images (0: all) of other data, preprocessed alike: a data set to validate with. They
 * are read anew in every pass, but for those of the workload's own data, which are kept as they
 * are. RQ_EARG for arrays where the workload takes images, and the other way around. */
rq_status rq_workload_open_images(rq_images *out, const rq_workload *workload,
                                  const rq_data_source *data, const char *labels, size_t n);
/* The same workload over other images, which are borrowed. */
rq_workload rq_workload_over(const rq_workload *workload, const rq_images *images);

#endif
