/* Unreadable images as the caller is told of them: each once, however often and from however many
 * lists it was tried. */
#ifndef RQ_DATASETS_BAD_IMAGE_LOG_H
#define RQ_DATASETS_BAD_IMAGE_LOG_H

#include "datasets/bad_images.h"
#include "datasets/dataset.h"

typedef struct rq_bad_image_log rq_bad_image_log;

rq_status rq_bad_image_log_create(rq_bad_image_log **out);
void rq_bad_image_log_destroy(rq_bad_image_log **log); /* accepts NULL and *log == NULL */

/* Logs path and reason of those of `bad` that are new to it, and beyond the first 10 of all, how
 * many more there are. `dataset` is theirs. */
rq_status rq_bad_image_log_tell(rq_bad_image_log *log, rq_bad_images *bad,
                                const rq_dataset *dataset);

/* How many different images were told of, in whatever pass. */
size_t rq_bad_image_log_count(const rq_bad_image_log *log);

#endif
