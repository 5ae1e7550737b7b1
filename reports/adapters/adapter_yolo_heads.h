/* Heads of the YOLO family that boxes are still to be decoded from: one for each stride, with some
 * anchors in each cell of its grid, and in each anchor x, y, width, height, objectness, classes. */
#ifndef RQ_REPORTS_ADAPTERS_ADAPTER_YOLO_HEADS_H
#define RQ_REPORTS_ADAPTERS_ADAPTER_YOLO_HEADS_H

#include "reports/adapters/adapter_yolo.h"

#define RQ_YOLO_ANCHORS 3 /* in a cell */

/* A place in the grid, and the four raw values there. */
typedef struct rq_yolo_cell {
    double column, row;
    double stride_x, stride_y;  /* input pixels */
    const double *anchor;       /* width, height in input pixels */
    double x, y, width, height; /* as the head has them */
    bool activated;             /* they went through their sigmoids already */
} rq_yolo_cell;

typedef struct rq_yolo_heads {
    const char *name;       /* --adapter */
    bool sigmoid_of_sizes;  /* width and height go through one as well */
    const double *of_three; /* anchors of three heads, finest first: 18 numbers */
    const double *of_two;   /* of two: 12 numbers; NULL: must be given */
    /* Sets centre and size, in input pixels. */
    void (*decode)(rq_yolo_box *box, const rq_yolo_cell *cell);
} rq_yolo_heads;

/* Two or three outputs [1, A * (5 + C), H, W], or [1, A, H, W, 5 + C], of different grids. */
bool rq_yolo_heads_fit(const rq_adapter_input *in, int rank);
rq_status rq_yolo_heads_read(rq_prediction *out, const rq_adapter_input *in,
                             const rq_yolo_heads *heads);

/* Trained on COCO, finest head first. Source: Redmon and Farhadi 2018, "YOLOv3: An Incremental
 * Improvement", section 2.3; YOLOv5 starts from the same. */
extern const double rq_yolo_coco_anchors[RQ_YOLO_ANCHORS * 6];

#endif
