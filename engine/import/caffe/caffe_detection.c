/* Layers of Caffe's SSD, YOLO and R-CNN forks. */
#include "engine/import/caffe/caffe_map.h"

#include <string.h>

/* [H, W] of an image: what PriorBox reads. */
static rq_id emit_size(rq_ir_builder *b, rq_id x)
{
    rq_id shape = rq_emit_shape_of(b, x);
    return rq_emit(b, "StridedSlice-1",
                   RQ_IN(shape, RQ_EMIT_INTS(b, 2), RQ_EMIT_INTS(b, 4), RQ_EMIT_INTS(b, 1)),
                   "begin_mask=0;end_mask=0;new_axis_mask=0;shrink_axis_mask=0;ellipsis_mask=0");
}

static rq_id emit_prior(rq_ir_builder *b, const char *type, const char *attrs)
{
    rq_id boxes = rq_emit(
        b, type, RQ_IN(emit_size(b, rq_ir_builder_in(b, 0)), emit_size(b, rq_ir_builder_in(b, 1))),
        "%s", attrs);
    return rq_emit_unsqueeze(b, boxes, (int64_t[]){0}, 1);
}

static const char *prior_attrs(rq_ir_builder *b, bool clustered)
{
    double step = rq_framework_float(b->node, "step", 0);
    double step_h = rq_framework_float(b->node, "step_h", step);
    double step_w = rq_framework_float(b->node, "step_w", step);
    const rq_framework_attr *variance = rq_framework_find_attr(b->node, "variance");
    const char *text = rq_arena_printf(
        b->arena, "clip=%s;offset=%.9g;variance=%s;%s", /* */
        rq_bool_text(rq_framework_int(b->node, "clip", 0)),
        rq_framework_float(b->node, "offset", 0.5),
        variance ? rq_caffe_floats(b, "variance") : "0.1",
        clustered ? rq_arena_printf(b->arena, "width=%s;height=%s;step=0;step_h=%.9g;step_w=%.9g",
                                    rq_caffe_floats(b, "width"), rq_caffe_floats(b, "height"),
                                    step_h, step_w)
                  : rq_arena_printf(b->arena, "step=%.9g", step_h));
    if (!clustered && step_h != step_w)
        rq_ir_builder_unmapped(b, "steps of %g down and %g across differ", step_h, step_w);
    return text;
}

static void map_prior_box(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    const char *text = rq_arena_printf(
        b->arena,
        "min_size=%s;max_size=%s;aspect_ratio=%s;flip=%s;fixed_size=%s;fixed_ratio=%s;density=%s;"
        "scale_all_sizes=true;%s",
        rq_caffe_floats(b, "min_size"), rq_caffe_floats(b, "max_size"),
        rq_caffe_floats(b, "aspect_ratio"), rq_bool_text(rq_framework_int(b->node, "flip", 1)),
        rq_caffe_floats(b, "fixed_size"), rq_caffe_floats(b, "fixed_ratio"),
        rq_caffe_floats(b, "density"), prior_attrs(b, false));
    if (!rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM)) return;
    rq_ir_builder_set(b, 0, emit_prior(b, "PriorBox-1", text));
}

static void map_prior_box_clustered(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, emit_prior(b, "PriorBoxClustered-1", prior_attrs(b, true)));
}

static long long int_of(const rq_ir_builder *b, const char *name, int64_t fallback)
{
    return (long long)rq_framework_int(b->node, name, fallback);
}

static const char *bool_of(const rq_ir_builder *b, const char *name, bool fallback)
{
    return rq_bool_text(rq_framework_int(b->node, name, fallback));
}

static void map_detection_output(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id in[5];
    size_t n = b->node->n_in < 5 ? b->node->n_in : 5;
    double confidence = rq_framework_float(b->node, "confidence_threshold", 0);
    (void)row;
    for (size_t i = 0; i < n; i++) in[i] = rq_ir_builder_in(b, i);
    rq_id y = rq_emit(
        b, "DetectionOutput-1", in, n,
        "num_classes=%lld;background_label_id=%lld;top_k=%lld;keep_top_k=%lld;share_location=%s;"
        "variance_encoded_in_target=%s;code_type=caffe.PriorBoxParameter.%s;nms_threshold=%.9g;"
        "confidence_threshold=%.9g;normalized=%s;input_height=%lld;input_width=%lld;"
        "objectness_score=%.9g;clip_before_nms=%s;clip_after_nms=false;decrease_label_id=false",
        int_of(b, "num_classes", 0), int_of(b, "background_label_id", 0),
        int_of(b, "nms_param.top_k", -1), int_of(b, "keep_top_k", -1),
        bool_of(b, "share_location", true), bool_of(b, "variance_encoded_in_target", false),
        rq_framework_string(b->node, "code_type", "CORNER"),
        rq_framework_float(b->node, "nms_param.nms_threshold", 0.3), confidence,
        bool_of(b, "normalized", true), int_of(b, "input_height", 1), int_of(b, "input_width", 1),
        n > 3 ? rq_framework_float(b->node, "objectness_score", 0.01) : 0.0,
        bool_of(b, "clip", false));
    rq_ir_builder_set(b, 0, y);
}

static void map_roi_pooling(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ROIPooling-1",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "pooled_h=%lld;pooled_w=%lld;spatial_scale=%.9g;method=max",
                              int_of(b, "pooled_h", 0), int_of(b, "pooled_w", 0),
                              rq_framework_float(b->node, "spatial_scale", 1)));
}

static void map_psroi_pooling(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "PSROIPooling-1",
                              RQ_IN(rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1)),
                              "output_dim=%lld;group_size=%lld;spatial_scale=%.9g;mode=average;"
                              "spatial_bins_x=1;spatial_bins_y=1",
                              int_of(b, "output_dim", 0), int_of(b, "group_size", 1),
                              rq_framework_float(b->node, "spatial_scale", 1)));
}

void rq_caffe_map_proposal(rq_ir_builder *b, const rq_caffe_proposal *p)
{
    rq_id in[3] = {rq_ir_builder_in(b, 0), rq_ir_builder_in(b, 1), rq_ir_builder_in(b, 2)};
    rq_shape image = rq_ir_builder_shape(b, in[2]); /* [N, 3]: the IR takes the size as one row */
    if (image.rank > 1) in[2] = rq_emit_reshape(b, in[2], (int64_t[]){-1}, 1);
    rq_id y = rq_emit(b, "Proposal-1", in, 3,
                      "base_size=%s;pre_nms_topn=%s;post_nms_topn=%s;nms_thresh=%s;feat_stride=%s;"
                      "min_size=%s;ratio=%s;scale=%s",
                      p->base_size, p->pre_nms_topn, p->post_nms_topn, p->nms_thresh,
                      p->feat_stride, p->min_size, p->ratio, p->scale);
    rq_ir_builder_set(b, 0, y);
}

/* A number of the layer's as text. */
static const char *number_of(rq_ir_builder *b, const char *name, double fallback)
{
    const char *text =
        rq_arena_printf(b->arena, "%.9g", rq_framework_float(b->node, name, fallback));
    return rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM) ? text : "";
}

static void map_proposal(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_caffe_map_proposal(b, &(rq_caffe_proposal){
                                 .base_size = number_of(b, "base_size", 16),
                                 .pre_nms_topn = number_of(b, "pre_nms_topn", 6000),
                                 .post_nms_topn = number_of(b, "post_nms_topn", 300),
                                 .nms_thresh = number_of(b, "nms_thresh", 0.7),
                                 .feat_stride = number_of(b, "feat_stride", 16),
                                 .min_size = number_of(b, "min_size", 16),
                                 .ratio = rq_caffe_floats(b, "ratio"),
                                 .scale = rq_caffe_floats(b, "scale"),
                             });
}

/* Regions [R, 5], the item of the batch first. */
static void map_roi_align(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id rois = rq_ir_builder_in(b, 1);
    rq_id item = rq_emit_squeeze(b, rq_emit_slice(b, rois, 1, 0, 1, 1), (int64_t[]){1}, 1);
    (void)row;
    rq_ir_builder_set(
        b, 0,
        rq_emit(b, "ROIAlign-3",
                RQ_IN(rq_ir_builder_in(b, 0), rq_emit_slice(b, rois, 1, 1, 5, 1),
                      rq_emit_convert(b, item, RQ_DT_I32)),
                "pooled_h=%lld;pooled_w=%lld;sampling_ratio=%lld;spatial_scale=%.9g;mode=avg",
                int_of(b, "pooled_h", 1), int_of(b, "pooled_w", 1), int_of(b, "sampling_ratio", 0),
                rq_framework_float(b->node, "spatial_scale", 1)));
}

static void map_reorg_yolo(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "ReorgYolo-1", RQ_IN(rq_ir_builder_in(b, 0)), "stride=%lld",
                              int_of(b, "stride", 1)));
}

static void map_region_yolo(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    size_t n;
    const int64_t *mask = rq_caffe_ints(b, "mask", &n);
    (void)row;
    rq_ir_builder_set(b, 0,
                      rq_emit(b, "RegionYolo-1", RQ_IN(rq_ir_builder_in(b, 0)),
                              "coords=%lld;classes=%lld;num=%lld;do_softmax=%s;mask=%s;"
                              "anchors=%s;axis=1;end_axis=3",
                              int_of(b, "coords", 4),
                              int_of(b, "classes", rq_framework_int(b->node, "num_classes", 20)),
                              int_of(b, "num", rq_framework_int(b->node, "num_box", 1)),
                              bool_of(b, "do_softmax", true), rq_ir_builder_text(b, mask, n),
                              rq_caffe_floats(b, "anchors")));
}

static const rq_op_mapping_row rows[] = {
    {"", "DetectionOutput", map_detection_output, NULL},
    {"", "PSROIPooling", map_psroi_pooling, NULL},
    {"", "PriorBox", map_prior_box, NULL},
    {"", "PriorBoxClustered", map_prior_box_clustered, NULL},
    {"", "Proposal", map_proposal, NULL},
    {"", "ROIAlign", map_roi_align, NULL},
    {"", "ROIPooling", map_roi_pooling, NULL},
    {"", "Region", map_region_yolo, NULL},
    {"", "RegionYolo", map_region_yolo, NULL},
    {"", "Reorg", map_reorg_yolo, NULL},
    {"", "ReorgYolo", map_reorg_yolo, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_detection, rows)
