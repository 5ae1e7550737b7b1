/* From a file to the floats that a model is fed. */
#ifndef RQ_DATASETS_LOADER_H
#define RQ_DATASETS_LOADER_H

#include "datasets/dataset.h"
#include "datasets/image/preprocess.h"

/* Buffers of one worker, kept from image to image: after the largest image was seen, nothing is
 * allocated but what the decoding libraries take for themselves. {0} at first. */
typedef struct rq_loader_scratch {
    uint8_t *file;
    size_t file_capacity;
    rq_image decoded, spare, resized;
    rq_resize_scratch resize;
    rq_view view; /* of the last image that was read */
} rq_loader_scratch;

void rq_loader_scratch_free(rq_loader_scratch *scratch);

/* Reads one image file, resized and cropped: scratch->resized holds its 8-bit pixels, as
 * rq_image_plan_normalise takes them, and scratch->view where they come from. Thread-safe as long
 * as each thread has its own scratch. Every failure but RQ_ENOMEM concerns this file alone: count
 * it (rq_bad_images) and go on. The message says what is wrong, and does not name the file. */
rq_status rq_load_pixels(const rq_image_plan *plan, const char *path, rq_loader_scratch *scratch);

/* The same, normalised into out (rq_image_plan_count floats; one image, whatever the batch; no side
 * is open). On failure `out` may hold anything. */
rq_status rq_load_image(float *out, const rq_image_plan *plan, const char *path,
                        rq_loader_scratch *scratch);

/* Whether a failure of rq_load_image is the image's fault: skip and count it. */
static inline bool rq_load_skippable(rq_status status)
{
    return status != RQ_OK && status != RQ_ENOMEM;
}

#endif
