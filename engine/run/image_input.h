/* Images as inputs of a model: what is asked of every image, and how it fits the model. */
#ifndef RQ_RUN_IMAGE_INPUT_H
#define RQ_RUN_IMAGE_INPUT_H

#include "datasets/image/preprocess.h"
#include "engine/base/arena.h"
#include "engine/exec/exec.h"
#include "engine/run/id_range.h"
#include "engine/run/images.h"

/* A tensor for an input that takes no image. */
typedef struct rq_fixed_input {
    const char *name; /* of the Parameter, as rq_parameter_is_named */
    rq_tensor tensor; /* data owned by the request */
} rq_fixed_input;

/* The same for calibration and validation. */
typedef struct rq_image_request {
    rq_preprocess preprocess;
    rq_fixed_input *fixed; /* room for them in an arena */
    size_t n_fixed;
    bool tensors;                 /* data are files of tensors (datasets/arrays) */
    const char *adapter;          /* "NAME:key=value...", "none"; NULL: guessed */
    const char *iou, *characters; /* of the adapter, as the model says; NULL: it says nothing */
} rq_image_request;

/* "NAME=FILE.npy". RQ_EARG without '='; else what reading the file says. */
rq_status rq_fixed_input_read(rq_fixed_input *out, const char *text, rq_arena *arena);
/* The index of the model's input that has its name. RQ_EARG if none has. Of a type that .npy files
 * lack, the tensor is converted to it from what stands for it there (rq_npy_dtype). */
rq_status rq_fixed_input_find(size_t *input, const rq_model *model, rq_fixed_input *fixed);
void rq_image_request_free(rq_image_request *request);

/* Which input of the model takes the image, and how images become it. */
typedef struct rq_image_feed {
    size_t input; /* index of the image input */
    rq_image_plan plan;
    rq_tensor *fixed; /* per model input: the fixed tensor of the others; data borrowed */
    size_t n_inputs;
    rq_dtype dtype;   /* of the image input */
    bool tensors;     /* all inputs but fixed ones come from files; the plan is {0} */
    rq_id_range *ids; /* per model input: which numbers it may hold; NULL where images go in */
    const rq_model *model;
} rq_image_feed;

/* The sizes of images in shapes that were given, as if they were asked for: of those that leave a
 * side open, and of those that `remembered` images do not fit into. `remembered`: what the request
 * will be where nothing is asked. */
void rq_image_request_take_given(rq_image_request *request, const rq_preprocess *remembered,
                                 const rq_graph *graph, const rq_input_shape *shapes,
                                 size_t n_shapes);

/* Takes shapes that leave dimensions open, such as x[1,3,48,?], out of the list: what is open is
 * each array's or image's own. The sides that the image input's shape does tell become the
 * request's size, unless it has one: a height of 48 is --resize x48. RQ_EARG for a shape of no
 * input, and for one that leaves both sides of images open where the request has no size. */
rq_status rq_image_request_take_open(rq_input_shape *shapes, size_t *n_shapes,
                                     rq_image_request *request, const rq_graph *graph);

/* Whether neither the request nor one of the shapes nor the model says how large images go in. */
bool rq_image_request_lacks_size(const rq_image_request *request, const rq_graph *graph,
                                 const rq_input_shape *shapes, size_t n_shapes);

/* RQ_EARG, and how arrays are given, where no input of the model could take images. */
rq_status rq_image_request_check(const rq_image_request *request, const rq_graph *graph);

/* For a model that is to be static: RQ_EARG, and what to give, where the request leaves a side of
 * its image input to each image. */
rq_status rq_image_request_check_static(const rq_image_request *request, const rq_graph *graph);

/* Fits the request to the model, once: what the model does itself is taken out of it
 * (embedded_preprocessing.h), a static batch of several images becomes one of one, and the shape of
 * a dynamic image input follows from --resize and --crop, a side left open from the first of the
 * images that can be read: writes "NAME[...]" into `shapes` (room for one more). `name` of the
 * shape is borrowed from the graph. `images` may be {0} where no side is open. */
rq_status rq_image_request_fit(rq_input_shape *shapes, size_t *n_shapes, rq_image_request *request,
                               const rq_graph *graph, const rq_images *images);

/* The image input is the one of rank 4 (or the only one); others need a fixed tensor. Request and
 * model are borrowed. */
rq_status rq_image_feed_open(rq_image_feed *out, const rq_image_request *request,
                             const rq_model *model);
void rq_image_feed_close(rq_image_feed *feed);

#endif
