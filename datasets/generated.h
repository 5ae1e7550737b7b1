/* Images that nobody took, for calibrating without data: dead leaves (Lee, Mumford, Huang 2001,
 * "Occlusion Models for Natural Images"), discs and boxes of power-law sizes that cover each other,
 * softly shaded, with a little noise. They share edges, flat regions and the spectrum of
 * photographs, but no content: what a network makes of a face or a page of text they cannot tell.
 *
 * A data set of them is named "generated:N" or "generated:N:SEED", one image "generated:SEED:I". */
#ifndef RQ_DATASETS_GENERATED_H
#define RQ_DATASETS_GENERATED_H

#include "datasets/image/image.h"

#include <stdbool.h>

#define RQ_GENERATED_PREFIX "generated:"
#define RQ_GENERATED_MAX 100000 /* images in a set */

bool rq_is_generated(const char *name);

/* Paints the image of this name at width x height, three channels; the same on every machine. */
rq_status rq_generate_image(rq_image *out, const char *name, int width, int height);

#endif
