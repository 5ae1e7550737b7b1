/* What an image shows, and what a model says it shows: one form for ground truth and predictions,
 * so that data sets, adapters (outputs to predictions) and metrics need not know each other.
 *
 * Places are pixels of the original image, upright, before any resizing: x to the right, y down,
 * the top left corner of the image is (0, 0) and its bottom right corner (width, height). A box
 * that covers pixel columns 3..5 has x0 = 3, x1 = 6. */
#ifndef RQ_BASE_PREDICTION_H
#define RQ_BASE_PREDICTION_H

#include "engine/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define RQ_NO_CLASS (-1)
#define RQ_MASK_IGNORED 65535 /* a mask's pixel that counts for nothing */

/* Hostile files and outputs must not claim the machine's memory. */
#define RQ_MAX_BOXES ((size_t)1 << 20)
#define RQ_MAX_PREDICTION_VALUES ((size_t)1 << 28)

/* What of a prediction is there; bits. */
typedef enum rq_prediction_kind {
    RQ_PREDICTION_CLASS = 1,
    RQ_PREDICTION_BOXES = 2,
    RQ_PREDICTION_MASK = 4,
    RQ_PREDICTION_VALUES = 8,
    RQ_PREDICTION_IMAGE = 16, /* values that are an image: heights x widths x channels, 0..255 */
    RQ_PREDICTION_TEXT = 32
} rq_prediction_kind;

typedef enum rq_box_flags {
    RQ_BOX_CROWD = 1,    /* truth: a region of many; may be found any number of times (COCO) */
    RQ_BOX_DIFFICULT = 2 /* truth: neither finding nor missing it counts (VOC, WIDER FACE) */
} rq_box_flags;

typedef struct rq_box {
    int32_t class_id;
    uint32_t flags; /* rq_box_flags; 0 of a prediction */
    float score;    /* of a prediction, the higher the surer; 1 of a truth */
    float area; /* of a truth, where the file tells (COCO: of the outline); < 0: the box's own */
    double x0, y0, x1, y1;
} rq_box;

/* A class for each cell of a grid laid over part of the original image. */
typedef struct rq_mask {
    int width, height;
    uint16_t *classes; /* [height * width]; RQ_MASK_IGNORED: none */
    double x0, y0, x1, y1;
    size_t capacity;
} rq_mask;

/* {0} is an empty prediction; buffers grow and are kept for the next image. */
typedef struct rq_prediction {
    unsigned has;      /* rq_prediction_kind */
    int width, height; /* of the original image; 0: not known */
    int64_t class_id;
    rq_box *boxes;
    size_t n_boxes, boxes_capacity;
    rq_mask mask;
    float *values;
    size_t n_values, values_capacity;
    int rows, columns, channels; /* of an image: values[(row * columns + column) * channels + c] */
    int32_t *symbols;            /* a text: Unicode code points, or classes of a code not known */
    size_t n_symbols, symbols_capacity;
} rq_prediction;

void rq_prediction_clear(rq_prediction *prediction); /* keeps its memory */
void rq_prediction_free(rq_prediction *prediction);

/* Each sets the bit in `has`, also when what it makes room for is empty. */
void rq_prediction_set_class(rq_prediction *prediction, int64_t class_id);
/* Boxes are kept as they are but for corners: swapped ones are put right. A box with a corner or a
 * score that is not finite is left out. RQ_EFORMAT above RQ_MAX_BOXES. */
rq_status rq_prediction_add_box(rq_prediction *prediction, const rq_box *box);
rq_status rq_prediction_add_symbol(rq_prediction *prediction, int32_t symbol);
/* Code points of UTF-8; a byte that is no UTF-8 becomes U+FFFD. */
rq_status rq_prediction_add_text(rq_prediction *prediction, const char *text);
/* Room for so many cells or values, not initialised. RQ_EFORMAT when there are too many. */
rq_status rq_prediction_make_mask(rq_prediction *prediction, int width, int height);
rq_status rq_prediction_make_values(rq_prediction *prediction, size_t n);
rq_status rq_prediction_make_image(rq_prediction *prediction, int rows, int columns, int channels);

/* Sets the bit of a kind of which there is nothing, such as an image without boxes. */
void rq_prediction_set_empty(rq_prediction *prediction, unsigned kind);

double rq_box_area(const rq_box *box);
/* Intersection over union, in [0, 1]; 0 when both are empty. */
double rq_box_iou(const rq_box *a, const rq_box *b);
/* Area of the intersection. */
double rq_box_overlap(const rq_box *a, const rq_box *b);

/* Surest first; equal scores by class, then by corners, so that the order is always the same. */
void rq_boxes_sort(rq_box *boxes, size_t n);

/* The class at a place of the original image; RQ_MASK_IGNORED outside of the mask. */
uint16_t rq_mask_at(const rq_mask *mask, double x, double y);

/* Where the pixels of a model's input come from:
 *     x of the original image = x of the input * scale_x + offset_x,
 * both measured from corners, so that the input spans [0, input_width]. */
typedef struct rq_view {
    int width, height; /* of the original image */
    int input_width, input_height;
    double scale_x, scale_y, offset_x, offset_y;
} rq_view;

static inline double rq_view_x(const rq_view *view, double x)
{
    return x * view->scale_x + view->offset_x;
}

static inline double rq_view_y(const rq_view *view, double y)
{
    return y * view->scale_y + view->offset_y;
}

#endif
