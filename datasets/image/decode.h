/* Image files to pixels. The format is told by the first bytes, never by the name. */
#ifndef RQ_DATASETS_IMAGE_DECODE_H
#define RQ_DATASETS_IMAGE_DECODE_H

#include "datasets/image/image.h"

#include <stdbool.h>

typedef struct rq_decode_options {
    /* 0: decode at full size. Else a decoder that can do so cheaply (JPEG: halves, quarters,
     * eighths, in the DCT) may give a smaller image whose shorter side is at least this. */
    int least_side;
    bool indices;          /* give one channel: palette indices or gray as stored; PNG only */
    bool keep_orientation; /* leave the rows as stored instead of turning them by EXIF */
} rq_decode_options;

/* One file per format implements this, and one line of decoders.def. */
typedef struct rq_decoder {
    const char *name;              /* "JPEG" */
    const char *const *extensions; /* with the dot, lower case; NULL ends the list */
    bool (*probe)(const uint8_t *data, size_t size);
    bool has_indices; /* it gives palette indices where they are asked for */
    /* Gives RGB (or indices) in `out`, and the EXIF orientation (upright when there is none). */
    rq_status (*decode)(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options);
} rq_decoder;

/* The table, ended by NULL. */
extern const rq_decoder *const rq_decoders[];

/* Decodes a file's bytes to R,G,B, 8 bits each, upright, as Pillow's open + convert("RGB"):
 * gray is repeated, palettes are looked up, alpha is dropped (not blended), 16 bits keep the
 * higher 8 (for 16-bit gray Pillow clips at 255 instead, which turns such images white), CMYK is
 * read as Adobe writes it (inverted). `spare` lends its buffer. On failure `out` holds
 * no image. With `indices` other than palette and gray of at most 8 bits is RQ_EUNSUPPORTED.
 * Any damage the format lets one notice is an error: RQ_EFORMAT with a message that
 * does not name the file (callers prefix it); RQ_EUNSUPPORTED for another kind of file. */
rq_status rq_decode(rq_image *out, rq_image *spare, const uint8_t *data, size_t size,
                    const rq_decode_options *options);

/* True when the name ends in an extension of the table, in any case. */
bool rq_decode_is_image_name(const char *name);
/* ".jpg .jpeg .png", for messages; into buffer. */
#define RQ_EXTENSIONS_TEXT 128
const char *rq_decode_extensions(char buffer[RQ_EXTENSIONS_TEXT]);

#endif
