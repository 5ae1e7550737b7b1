/* The images of a run: listed once, drawn from for each purpose. */
#ifndef RQ_RUN_IMAGES_H
#define RQ_RUN_IMAGES_H

#include "datasets/bad_image_log.h"
#include "engine/run/sample_cache.h"

/* Data as a user names them. {0}: none. */
typedef struct rq_data_source {
    const char *name;        /* folder, list, image ... (rq_dataset_options) */
    const rq_dataset *given; /* listed by a program, and called so; NULL: the name is opened */
} rq_data_source;

typedef struct rq_images_options {
    rq_data_source data;
    const char *labels;                       /* a file; NULL: as the data say */
    const char *format, *split, *map_classes; /* NULL: not asked */
    rq_class_names model_names;               /* {0}: not known */
    const char *names_file;                   /* that they are of; NULL: none */
    double max_bad;                           /* fraction of images that may be unreadable */
    rq_sample_cache *cache;                   /* borrowed; NULL: every pass reads the files */
    bool kept;                                /* what is decoded is added to the cache */
    rq_bad_image_log *bad_log;                /* borrowed; NULL: unreadable images are not told */
} rq_images_options;

/* A data set with its images that turned out bad. {0} is none. */
typedef struct rq_images {
    rq_dataset *dataset;
    rq_bad_images *bad;
    double max_bad;
    const char *name;   /* of the data, as in rq_data_source */
    const char *labels; /* a file; NULL: as the data say */
    rq_sample_cache *cache;
    bool kept; /* in the cache, once decoded */
    rq_bad_image_log *bad_log;
} rq_images;

/* Whether both are the same data; none are not. */
bool rq_data_source_is(const rq_data_source *a, const rq_data_source *b);

/* All images of the data. Texts of `options` are borrowed. */
rq_status rq_images_open(rq_images *out, const rq_images_options *options);
void rq_images_close(rq_images *images); /* {0} again */

/* At most n of them (0: all), by `seed` (rq_dataset_subset), in their order or shuffled by it. They
 * borrow from `from`, and remember bad images of their own. */
rq_status rq_images_draw(rq_images *out, const rq_images *from, size_t n, uint64_t seed,
                         bool shuffle);
/* At most n of them, drawn likewise, whatever the order of `from`; and all others. */
rq_status rq_images_split(rq_images *drawn, rq_images *others, const rq_images *from, size_t n,
                          uint64_t seed);
/* Those with the given indices. */
rq_status rq_images_pick(rq_images *out, const rq_images *from, const size_t *indices, size_t n);

#endif
