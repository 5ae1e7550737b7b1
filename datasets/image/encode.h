/* Pixels to image files, for reports. */
#ifndef RQ_DATASETS_IMAGE_ENCODE_H
#define RQ_DATASETS_IMAGE_ENCODE_H

#include "datasets/image/image.h"

/* A baseline JPEG of an RGB or gray image; *data is malloc'd. quality: 1..100. */
rq_status rq_encode_jpeg(uint8_t **data, size_t *size, const rq_image *image, int quality);

#endif
