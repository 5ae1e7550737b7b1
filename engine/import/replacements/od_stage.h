/* Boxes decoded and suppressed, as the Object Detection API's graphs show it: by the scopes
 * "Decode" and "BatchMultiClassNonMaxSuppression", which all its versions have, and what is read
 * there. */
#ifndef RQ_IMPORT_OD_STAGE_H
#define RQ_IMPORT_OD_STAGE_H

#include "engine/import/replacements/replacer.h"

/* Y, x, height, width: how TensorFlow orders boxes. */
enum { RQ_OD_Y, RQ_OD_X, RQ_OD_H, RQ_OD_W };

typedef struct rq_od_stage {
    const char *scope;     /* of the suppression: ".../BatchMultiClassNonMaxSuppression/" */
    const char *boxes;     /* value [1, N, 4] that it gives */
    const char *encodings; /* values that are decoded */
    const char *anchors;   /* boxes that they are encoded against */
    double scale[4];       /* what encodings are divided by */
    const char *scores;    /* value, with the background's where there is one */
    bool background;       /* class 0 is it */
    double iou_threshold, score_threshold;
    int64_t per_class, total; /* boxes kept at most */
    int64_t classes;          /* suppressed each on its own */
} rq_od_stage;

/* The stage of the n-th suppression in the file's order; false when there is none, or it is not of
 * the form. */
bool rq_od_stage_at(rq_od_stage *out, const rq_replacer *r, size_t n);
/* How many suppressions there are. */
size_t rq_od_stage_count(const rq_replacer *r);
/* The one that ends the network: the last of those whose boxes are a detection output; false when
 * there is none. */
bool rq_od_stage_last(rq_od_stage *out, const rq_replacer *r);
/* The first of two stages: its boxes are proposals. False when there is none. */
bool rq_od_stage_proposals(rq_od_stage *out, const rq_replacer *r);

/* Notes where the pipeline says something else of classes, scores or encodings than the graph. */
void rq_od_compare(const rq_replacer *r, const rq_od_stage *stage);

/* What rule's attributes, then the pipeline, then the graph say of a number: the first that says
 * something. `path` of the pipeline; a pipeline that disagrees with the graph is noted. */
double rq_od_number(const rq_replacer *r, const rq_rule *rule, const char *attribute,
                    const char *path, double graph);

#endif
