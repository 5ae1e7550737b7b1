/* Samples that are tensors: the arrays of a file, or in memory, to the inputs of a model. */
#ifndef RQ_RUN_TENSOR_FEED_H
#define RQ_RUN_TENSOR_FEED_H

#include "datasets/dataset.h"
#include "engine/run/image_input.h"

/* Buffers of one worker; {0} at first. */
typedef struct rq_tensor_feed {
    void **data;   /* per input of the model */
    size_t *bytes; /* room there */
    size_t n;
} rq_tensor_feed;

/* Reads the sample, or takes its arrays in memory, and sets inputs[i] of all inputs that have no
 * fixed tensor: by the name of the array, or the only array for the only input. Values are
 * converted to the input's type; shapes must be the input's, or what a dynamic one takes. The
 * message does not name the file. */
rq_status rq_tensor_feed_read(rq_tensor_feed *feed, rq_tensor *inputs, rq_view *view,
                              const rq_image_feed *of, const rq_sample *sample);
void rq_tensor_feed_free(rq_tensor_feed *feed);

#endif
