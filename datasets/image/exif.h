/* The one thing read from EXIF: the orientation. */
#ifndef RQ_DATASETS_IMAGE_EXIF_H
#define RQ_DATASETS_IMAGE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* Orientation 1..8 of a TIFF block (what follows "Exif\0\0" in a JPEG, the content of a PNG's
 * eXIf chunk). Malformed or absent: RQ_ORIENTATION_UPRIGHT, for bad metadata does not spoil
 * pixels. Only the first directory is read. Source: TIFF 6.0, section 2. */
int rq_exif_orientation(const uint8_t *tiff, size_t size);

#endif
