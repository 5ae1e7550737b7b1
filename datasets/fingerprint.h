/* What an image looks like in a few bytes: to find equal and nearly equal images. */
#ifndef RQ_DATASETS_FINGERPRINT_H
#define RQ_DATASETS_FINGERPRINT_H

#include "datasets/image/image.h"

#include <stdbool.h>

#define RQ_THUMB 16 /* cells of a side */

typedef struct rq_fingerprint {
    uint64_t hash;                      /* of all pixels: equal images have equal ones */
    uint64_t bits[2];                   /* of the look: near images differ in few bits */
    uint8_t thumb[RQ_THUMB * RQ_THUMB]; /* mean luma of cells, row by row, 0..255 */
    float mean, deviation;              /* of luma over the pixels, 0..255 */
} rq_fingerprint;

/* Of an image of any size that is not empty; images to be compared should have the same. Luma as
 * rq_image_to_gray. The bits compare cells of an 8x8 grid with their right neighbour and with the
 * median cell (difference hash and median hash, Zauner 2010, sections 3.2 and 3.3). */
void rq_fingerprint_make(rq_fingerprint *out, const rq_image *image);

/* One colour, or nearly: the pixels' luma deviates by less than a level and a half. */
bool rq_fingerprint_is_blank(const rq_fingerprint *print);

/* Groups images that are equal (`exact`), or that look the same as well: cropped by a little,
 * compressed again, brighter. group[i]: the lowest index of an image in i's group. Blank images
 * look like nothing but their equals. Prints that are NULL stay alone. */
rq_status rq_fingerprint_group(size_t *group, const rq_fingerprint *const *prints, size_t n,
                               bool exact);

#endif
