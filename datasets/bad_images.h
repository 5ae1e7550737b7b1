/* Images that could not be used: named, counted, and too many of them an error. */
#ifndef RQ_DATASETS_BAD_IMAGES_H
#define RQ_DATASETS_BAD_IMAGES_H

#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define RQ_MAX_BAD_PERCENT 1 /* of all images, unless asked otherwise */
#define RQ_MAX_BAD_DEFAULT (RQ_MAX_BAD_PERCENT / 100.0)

typedef struct rq_bad_image {
    size_t index;       /* in the data set */
    const char *name;   /* as rq_sample.name */
    const char *reason; /* the error text */
} rq_bad_image;

typedef struct rq_bad_images rq_bad_images;

rq_status rq_bad_images_create(rq_bad_images **out);
void rq_bad_images_destroy(rq_bad_images **bad); /* accepts NULL and *bad == NULL */

/* From any thread; the texts are copied. An image counts once, however often it was tried. */
rq_status rq_bad_images_add(rq_bad_images *bad, size_t index, const char *name, const char *reason);

/* Why the image is bad; "" where it is not. Borrowed as the list below. */
const char *rq_bad_images_reason(rq_bad_images *bad, size_t index);

/* The list, sorted by index whatever order they came in; borrowed until the next add. Not while
 * other threads add. */
const rq_bad_image *rq_bad_images_get(rq_bad_images *bad, size_t *n);

/* RQ_EFORMAT when bad / total > max_fraction, or when not one of `total` images was good. The
 * message names the first. With a fraction of INFINITY never: who has the other parts judges. */
bool rq_bad_images_tolerated(size_t n, size_t total, double max_fraction);
/* The same of n images that nobody can name any more. */
rq_status rq_bad_images_check_count(size_t n, size_t total, double max_fraction);
rq_status rq_bad_images_check(rq_bad_images *bad, size_t total, double max_fraction);

#endif
