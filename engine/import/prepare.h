/* Preprocessing that becomes part of the model: channels reversed, then means subtracted, then
 * divided by scales, for each input; numbers are in the order of the model's channels. And inputs
 * in another layout. */
#ifndef RQ_IMPORT_PREPARE_H
#define RQ_IMPORT_PREPARE_H

#include "engine/import/ir_builder.h"

typedef struct rq_prepare {
    const char *mean_values;     /* "(123.7,116.8,103.9)" or "in1(..),in2(..)"; NULL: none */
    const char *scale_values;    /* likewise: divisors */
    double scale;                /* one divisor for all; 0: none */
    bool reverse_input_channels; /* of inputs that have 3 channels */
    const char *layout; /* "nhwc->nchw" or "in1(nhwc->nchw),...": the model's, then the IR's */
    const char *source_layout, *target_layout; /* the same in two: "nhwc" or "in1(nhwc),..." */
    const char *mean_file;                     /* of which mean_image is the content */
    const rq_tensor *mean_image; /* f32 [C, H, W], subtracted from every input; NULL: none */
    bool has_offsets;            /* the image is cropped there, else in its middle */
    int64_t mean_offset[2];      /* x, y: column and row of the image at the input's corner */
} rq_prepare;

/* Puts it all behind the graph's Parameters, and what was done into its rt_info. RQ_EARG where
 * numbers or names don't fit the inputs. */
rq_status rq_prepare_graph(rq_ir_builder *b, const rq_prepare *prepare);

#endif
