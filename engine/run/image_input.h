/* The options of commands that read images, and the images matched with a model's input. */
#ifndef RQ_RUN_IMAGE_INPUT_H
#define RQ_RUN_IMAGE_INPUT_H

#include "datasets/bad_images.h"
#include "datasets/loader.h"
#include "engine/cli/command.h"
#include "engine/run/image_cache.h"
#include "engine/exec/exec.h"

extern const rq_option rq_preprocess_options[]; /* --config, --resize, --mean, ... --max-bad */

/* What the flags and the YAML file ask of every image; the same for calibration and validation. */
typedef struct rq_image_request {
    rq_preprocess preprocess;
    double max_bad;                           /* fraction */
    const char *format, *split, *map_classes; /* of data sets; NULL: not asked */
    bool shuffle;
    bool tensors;        /* data are .npy and .npz files */
    const char *adapter; /* "NAME:key=value...", "none"; NULL: guessed */
} rq_image_request;

rq_status rq_image_request_read(rq_image_request *out, const rq_args *args);

/* Which input of the model takes the image, and how images become it. */
typedef struct rq_image_feed {
    size_t input; /* index of the image input */
    rq_image_plan plan;
    rq_tensor *fixed; /* per model input: a tensor from --input for the others; data owned */
    size_t n_inputs;
    rq_dtype dtype; /* of the image input */
    bool tensors;   /* all inputs but fixed ones come from files; the plan is {0} */
    const rq_model *model;
} rq_image_feed;

/* Fits the request to the model, once: what the model does itself is taken out of it
 * (embedded_preprocessing.h), and the shape of a dynamic image input follows from --resize and
 * --crop: writes "NAME[...]" into `shapes` (room for one more). `name` of the shape is borrowed
 * from the graph. */
rq_status rq_image_request_fit(rq_input_shape *shapes, size_t *n_shapes, rq_image_request *request,
                               const rq_graph *graph);

/* The image input is the one of rank 4 (or the only one); others need --input NAME=FILE.npy. */
rq_status rq_image_feed_open(rq_image_feed *out, const rq_image_request *request,
                             const rq_model *model, const rq_args *args);
void rq_image_feed_close(rq_image_feed *feed);

/* A data set with its images that turned out bad. */
typedef struct rq_images {
    rq_dataset *dataset;
    rq_bad_images *bad;
    double max_bad;
    rq_image_cache *cache; /* borrowed; NULL: every run reads the files */
} rq_images;

/* `subset`: at most so many images (0: all), drawn by `seed`. */
rq_status rq_images_open(rq_images *out, const rq_image_request *request, const char *data,
                         const char *labels, size_t subset, uint64_t seed);
void rq_images_close(rq_images *images);

#endif
