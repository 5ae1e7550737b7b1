/* The image's way into a network of the Object Detection API. */
#ifndef RQ_IMPORT_OD_PREPROCESSOR_H
#define RQ_IMPORT_OD_PREPROCESSOR_H

#include "engine/import/replacements/replacer.h"

/* How the graph, or the pipeline, resizes: to [height, width], or so that the shorter side is
 * `minimum` unless the longer one would pass `maximum`. Zeros: not known. */
typedef struct rq_od_resizer {
    int64_t height, width;
    int64_t minimum, maximum;
    bool pads; /* to [maximum, maximum] */
} rq_od_resizer;

/* Height and width that an image gets. */
void rq_od_resize(const rq_od_resizer *resizer, int64_t *height, int64_t *width);

/* The model's input gets its shape, the size of images after `resizer` where the user gave none.
 * *resizes: the user wants images of another size than a fixed one, or of any, that the IR is to
 * resize. */
rq_status rq_od_shape_input(bool *resizes, rq_replacer *r, const char *images,
                            const rq_od_resizer *resizer);
/* What the graph does not tell, from the pipeline; where they differ, it is noted. */
void rq_od_resizer_settle(rq_od_resizer *resizer, const rq_replacer *r);

#endif
