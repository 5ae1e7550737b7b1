/* What the files that map Caffe's layers share. Private to caffe_*.c. */
#ifndef RQ_IMPORT_CAFFE_CAFFE_MAP_H
#define RQ_IMPORT_CAFFE_CAFFE_MAP_H

#include "engine/import/op_mapping.h"

/* Bottoms of the layer being mapped; its blobs come behind them. */
size_t rq_caffe_bottoms(const rq_ir_builder *b);
bool rq_caffe_has_blob(const rq_ir_builder *b, size_t i);
/* A failure when the weights lack it. Of a net without any, zeros of the shape that they would
 * have: the builder then lacks_weights. */
rq_id rq_caffe_blob(rq_ir_builder *b, size_t i);
rq_id rq_caffe_missing_blob(rq_ir_builder *b, size_t i); /* those zeros */
/* The blob as a row, or (n > 0) in another shape of as many elements (-1 in it: the rest). */
rq_id rq_caffe_blob_as(rq_ir_builder *b, size_t i, const int64_t *dims, size_t n);

/* A parameter per spatial axis: "<name>_h" and "<name>_w", or the list `list`, whose last element
 * goes on to the end, or `fallback`. `short_name`: "kernel" of "kernel_size". */
void rq_caffe_spatial(const rq_ir_builder *b, const char *short_name, const char *list, size_t n,
                      int64_t fallback, int64_t *out);

/* "axis" made non-negative for a value of that rank; a failure outside of it. */
int rq_caffe_axis(rq_ir_builder *b, const char *name, int64_t fallback, int rank);
/* "1,2.5" of a list of numbers; "" when it is absent. */
const char *rq_caffe_floats(rq_ir_builder *b, const char *name);
/* Whole numbers, one or several; borrowed, *n is 0 when they are absent. */
const int64_t *rq_caffe_ints(const rq_ir_builder *b, const char *name, size_t *n);

/* x plus a blob along the axis; x itself where there is none, or "bias_term" is false. */
rq_id rq_caffe_add_bias(rq_ir_builder *b, rq_id x, size_t blob, int axis);
/* Maps the layer: the values of bottom 0 at the places in bottom 1, among zeros of that size. */
void rq_caffe_map_unpool(rq_ir_builder *b, int64_t height, int64_t width);

/* Proposal's attributes, as text. */
typedef struct rq_caffe_proposal {
    const char *base_size, *pre_nms_topn, *post_nms_topn, *nms_thresh, *feat_stride, *min_size;
    const char *ratio, *scale;
} rq_caffe_proposal;
void rq_caffe_map_proposal(rq_ir_builder *b, const rq_caffe_proposal *p);

/* [1, .., n, .., 1] of `rank`, n at `axis`: a value per channel, for broadcasting. */
rq_id rq_caffe_per_axis(rq_ir_builder *b, rq_id row, int axis, int rank);

#endif
