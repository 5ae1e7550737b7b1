/* What is known of a sample beyond its class: boxes, a mask, values, a text, a image. */
#ifndef RQ_DATASETS_ANNOTATION_H
#define RQ_DATASETS_ANNOTATION_H

#include "engine/base/prediction.h"

#include <stdbool.h>

/* Everything is borrowed from the data set's arena. */
typedef struct rq_annotation {
    unsigned has; /* rq_prediction_kind */
    const rq_box *boxes;
    size_t n_boxes;
    bool relative;     /* boxes are parts of the image's sides, not pixels */
    const char *mask;  /* file: PNG of a class per pixel, palette or gray */
    const char *image; /* file: the image that the model should give */
    const float *values;
    size_t n_values;
    const char *text; /* UTF-8 */
} rq_annotation;

#define RQ_MAX_CLASSES (1 << 20) /* keeps a hostile label from claiming memory */

/* Classes of annotations to those of the model. {0}: as they are. */
#define RQ_MAX_CLASS_PAIRS 256
typedef struct rq_class_map {
    size_t n;
    int32_t from[RQ_MAX_CLASS_PAIRS], to[RQ_MAX_CLASS_PAIRS];
    bool has_others; /* all not listed become `others`; else they stay */
    int32_t others;
} rq_class_map;

#define RQ_CLASS_IGNORED (-2)

/* "1=1,18=2,*=0": old=new; "*" is every other; a new class "ignore" takes pixels out of the count
 * and leaves boxes out. RQ_EARG when malformed. */
rq_status rq_class_map_parse(rq_class_map *out, const char *text);
int32_t rq_class_map_get(const rq_class_map *map, int32_t class_id); /* or RQ_CLASS_IGNORED */

/* Clears `out` and fills it, reading mask and image. `width` x `height` is the size of the image,
 * whose pixels boxes are in. In masks 255 is ignored (RQ_MASK_IGNORED, before `map`), as VOC and
 * most others have it. */
rq_status rq_annotation_load(rq_prediction *out, const rq_annotation *annotation,
                             const rq_class_map *map, int width, int height);

#endif
