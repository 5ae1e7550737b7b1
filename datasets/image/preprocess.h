/* From a image to what a model wants: what the user asks for (rq_preprocess), and the same
 * with every open choice settled against the model's input (rq_image_plan).
 *
 * Order of work: cut a rectangle, resize, centre crop or padding, channel order,
 * (x - mean) / scale, layout. */
#ifndef RQ_DATASETS_IMAGE_PREPROCESS_H
#define RQ_DATASETS_IMAGE_PREPROCESS_H

#include "datasets/image/resize.h"
#include "engine/base/prediction.h"
#include "engine/base/keyword.h"
#include "engine/base/tensor.h"
#include "engine/base/text.h"

typedef enum rq_channels {
    RQ_CHANNELS_AUTO,
    RQ_CHANNELS_RGB,
    RQ_CHANNELS_BGR,
    RQ_CHANNELS_GRAY
} rq_channels;
typedef enum rq_layout { RQ_LAYOUT_AUTO, RQ_LAYOUT_NCHW, RQ_LAYOUT_NHWC } rq_layout;

/* How an image of another ratio becomes the exact size. */
typedef enum rq_fit {
    RQ_FIT_STRETCH,
    RQ_FIT_LETTERBOX, /* as large as goes with its ratio kept, in the middle, the rest padded */
    RQ_FIT_CORNER     /* the same in the top left corner */
} rq_fit;

/* Their words in files and flags, by enum value; then those of `orientation` and `decode`. */
extern const rq_keyword rq_channels_keywords[];
extern const rq_keyword rq_layout_keywords[];
extern const rq_keyword rq_fit_keywords[];
extern const rq_keyword rq_orientation_keywords[];
extern const rq_keyword rq_decode_keywords[];

/* {0} asks for nothing: images are stretched to the model's input size, R,G,B, 0..255. */
typedef struct rq_preprocess {
    int resize_shorter; /* pixels of the shorter side, ratio kept; 0: not asked */
    /* Exact size, ratio not kept; one of them 0: that side follows from the image's ratio, as lines
     * of text want it; both: not asked. */
    int resize_width, resize_height;
    int crop_width, crop_height; /* from the centre; 0: not asked */
    int rectangle[4]; /* left, top, width, height in the original image; width 0: not asked */
    rq_fit fit;       /* of the exact size */
    /* Pixel units (0..255), in the order in which the model gets the channels; n 0: not asked,
     * 1: the same for all channels. */
    size_t n_mean, n_scale, n_pad;
    double mean[3], scale[3], pad[3]; /* scale divides; pad is whole, black when not asked */
    rq_channels channels;
    rq_layout layout;
    const rq_filter *filter; /* NULL: bilinear */
    bool ignore_orientation; /* do not turn images by their EXIF orientation */
    bool full_decode;        /* never decode a JPEG at a fraction of its size */
    uint32_t asked; /* by line of the table of keys: it was set, be it to what holds anyway */
} rq_preprocess;

/* Whether a size is asked for, or a side of it. */
static inline bool rq_preprocess_has_size(const rq_preprocess *p)
{
    return p->resize_shorter || p->resize_width || p->resize_height || p->crop_width;
}

/* Whether the images of one data set become inputs of several heights or widths. */
static inline bool rq_preprocess_leaves_side_open(const rq_preprocess *p)
{
    return !p->crop_width && !p->resize_width != !p->resize_height;
}

/* A line of preprocess_keys.def: that one table serves the YAML file, the flags and their help. */
typedef struct rq_preprocess_key {
    const char *name;           /* "resize": YAML key, and flag with "--" before it */
    const char *alias;          /* another name that is understood too; NULL: none */
    const char *argument;       /* "N|WxH" */
    const rq_keyword *keywords; /* the words that the value is one of; NULL: not words */
    const char *fallback;       /* what holds when it is not given; NULL: nothing */
    const char *help;
    const char *expected; /* ends the sentence "'abc' is not ..."; NULL where there are choices */
    bool (*parse)(rq_preprocess *preprocess, const char *value);
} rq_preprocess_key;

/* Entry i of the table, NULL past its end. */
const rq_preprocess_key *rq_preprocess_key_at(size_t i);

/* Sets one value. `where` begins the message: "--crop", "imagenet.yaml:7: crop". RQ_EARG when
 * the key is unknown or the value malformed. */
rq_status rq_preprocess_set(rq_preprocess *preprocess, const char *key, const char *value,
                            const char *where);

/* Whether rq_preprocess_set or a file set it. */
bool rq_preprocess_asks(const rq_preprocess *preprocess, const char *key);

/* Sets what the file says and leaves the rest. An unknown key, a key given twice and a malformed
 * value are errors that name file and line. */
rq_status rq_preprocess_load(rq_preprocess *preprocess, const char *path);

/* Everything settled: how to turn one decoded image into one input of the model. */
typedef struct rq_image_plan {
    rq_preprocess settled; /* layout, channels, filter, crop or exact resize filled in */
    int64_t batch;         /* N of the model's input; 1 when dynamic. A plan makes one image */
    int channels, height, width;
    bool open_side; /* of height and width one is each image's own: what stands here is an example,
                       or 0 */
    rq_shape shape; /* of the model's input, static where no side is 0 */
    float value[3][256]; /* [channel][pixel]: float of ((pixel - mean) / scale) in double */
} rq_image_plan;

/* `shape` is the input's [N,C,H,W] or [N,H,W,C] (told by where 1 or 3 stands, unless the layout
 * was given); dynamic sizes are taken from crop and resize, but for the side that resize leaves
 * open: it stays 0. `name` is the input's, for messages. RQ_EARG, with what was found and what is
 * expected, when the request does not fit the input. */
rq_status rq_preprocess_resolve(rq_image_plan *out, const rq_preprocess *preprocess,
                                const rq_shape *shape, rq_dtype dtype, const char *name);

#define RQ_NO_IMAGES "none" /* inputs were arrays */
/* One canonical line ("resize=shorter:256 crop=224x224 ..."): equal text, equal pixels. For
 * digests, stats.h5 and reports. RQ_NO_IMAGES for a plan that is {0}. */
void rq_preprocess_describe(const rq_image_plan *plan, rq_buf *out);

/* Floats of one image: channels * height * width. */
size_t rq_image_plan_count(const rq_image_plan *plan);

/* Of the model's input for one resized and cropped image. */
rq_shape rq_image_plan_shape(const rq_image_plan *plan, const rq_image *image);

/* The smallest shorter side that a decoder may shrink an image to (0: it must not): twice what
 * resizing goes down to, so that the antialiased filter still has the last word. */
int rq_image_plan_least_side(const rq_image_plan *plan);

/* How an image of width x height is resized and cropped. Sizes of a kept ratio round half to
 * even; the crop begins at floor((size - crop) / 2). RQ_EFORMAT when the image is too small. */
rq_status rq_image_plan_job(rq_resize_job *out, const rq_image_plan *plan, int width, int height);

/* Where the resized window begins in the model's input: beside it is padding. */
void rq_image_plan_place(int *left, int *top, const rq_image_plan *plan, const rq_resize_job *job);

/* Makes room around the resized window, in the pixels of rq_image_plan_normalise; `spare` lends
 * its buffer. Nothing to do without padding. */
rq_status rq_image_plan_pad(rq_image *image, rq_image *spare, const rq_image_plan *plan,
                            const rq_resize_job *job);

/* Where the pixels of the input come from, of an image decoded to `image` (before it was cut). */
rq_status rq_image_plan_view(rq_view *out, const rq_image_plan *plan, const rq_image *image);

/* The resized and cropped image (height x width) into floats, NCHW or NHWC with N = 1. */
void rq_image_plan_normalise(float *out, const rq_image_plan *plan, const rq_image *image);

#endif
