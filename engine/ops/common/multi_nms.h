/* What MulticlassNms and MatrixNms share: they differ in how a class chooses among its boxes.
 *
 * Inputs: boxes [N,M,4] and scores [N,C,M]; or boxes [C,M,4], scores [C,M] and how many of the M
 * belong to each image [N]. Outputs: rows of class, score, x1, y1, x2, y2; the box's number in the
 * whole input [rows,1]; the number of rows per image [N]. There are as many rows as were chosen.
 * Boxes, scores and output 0 are f32 when they run, counts any integer type, outputs 1 and 2 of
 * `output_type`, i32 or i64. */
#ifndef RQ_OPS_COMMON_MULTI_NMS_H
#define RQ_OPS_COMMON_MULTI_NMS_H

#include "engine/ops/common/box.h"

typedef struct rq_multi_nms_attrs {
    int sort;             /* index into rq_multi_nms_sorts */
    bool across_batch;    /* sorts the rows of all images together */
    bool normalized;      /* corners in units of the image; else in pixels, both included */
    rq_dtype output_type; /* of outputs 1 and 2 */
    double score_threshold;
    int64_t nms_top_k;             /* boxes of a class that take part, best first; negative: all */
    int64_t keep_top_k;            /* rows of an image; negative: all */
    int64_t background;            /* the class that is left out; negative: none */
    double iou_threshold, nms_eta; /* MulticlassNms */
    double gaussian_sigma, post_threshold; /* MatrixNms */
    int decay;                             /* MatrixNms: index into its decay functions */
} rq_multi_nms_attrs;

extern const char *const rq_multi_nms_sorts[];

#define RQ_MULTI_NMS_FIELD(name) offsetof(rq_multi_nms_attrs, name)
#define RQ_MULTI_NMS_SPECS                                                                         \
    {"sort_result_type", RQ_ATTR_ENUM, RQ_MULTI_NMS_FIELD(sort), "none", rq_multi_nms_sorts},      \
        {"sort_result_across_batch", RQ_ATTR_BOOL, RQ_MULTI_NMS_FIELD(across_batch), "false",      \
         NULL},                                                                                    \
        {"output_type", RQ_ATTR_DTYPE, RQ_MULTI_NMS_FIELD(output_type), "i64", NULL},              \
        {"score_threshold", RQ_ATTR_FLOAT, RQ_MULTI_NMS_FIELD(score_threshold), "0", NULL},        \
        {"nms_top_k", RQ_ATTR_INT, RQ_MULTI_NMS_FIELD(nms_top_k), "-1", NULL},                     \
        {"keep_top_k", RQ_ATTR_INT, RQ_MULTI_NMS_FIELD(keep_top_k), "-1", NULL},                   \
        {"background_class", RQ_ATTR_INT, RQ_MULTI_NMS_FIELD(background), "-1", NULL},             \
    {                                                                                              \
        "normalized", RQ_ATTR_BOOL, RQ_MULTI_NMS_FIELD(normalized), "true", NULL                   \
    }

/* A row of the output. */
typedef struct rq_pick {
    float score;
    int32_t box;   /* among those of the image (and class, where each has its own boxes) */
    int32_t label; /* class */
    int32_t image;
} rq_pick;

/* Chooses among the n boxes of a class of an image that order[n] lists, best first: fills score and
 * box of picks[0 ..], at most n of them, and returns how many. order[].index counts in boxes[] and
 * scores[]. spare[n] is scratch. */
typedef size_t rq_multi_nms_choose(const rq_multi_nms_attrs *attrs, const rq_corners *boxes,
                                   const float *scores, const rq_sort_item *order, size_t n,
                                   rq_pick *picks, float *spare);

typedef struct rq_multi_nms_rule {
    rq_multi_nms_choose *choose;
    bool inclusive;    /* boxes at the score threshold take part */
    bool sorts_images; /* "classid" orders the rows of an image, not only those of all images */
} rq_multi_nms_rule;

/* Always defers, as the rows depend on the scores. RQ_EFORMAT: inputs of other shapes or types than
 * above, not three outputs. */
rq_status rq_multi_nms_infer(rq_infer *ctx);
size_t rq_multi_nms_scratch(const rq_infer *ctx);
/* Resizes and fills the three outputs. RQ_EARG: the counts of the images exceed M. RQ_ENOMEM. */
rq_status rq_multi_nms_run(rq_call *call, const rq_multi_nms_rule *rule);

/* Intersection over union. */
static inline float rq_multi_nms_overlap(const rq_multi_nms_attrs *attrs, const rq_corners *a,
                                         const rq_corners *b)
{
    return rq_corners_overlap(a, b, attrs->normalized ? 0.0f : 1.0f);
}

#endif
