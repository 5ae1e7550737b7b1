#include "engine/import/replacements/od_detections.h"

#include "engine/import/framework_model_make.h"

#include <inttypes.h>
#include <string.h>

#define NMS "*/batch_non_max_suppression/"
#define FEW_PRIORS 1000
#define MIN_CANDIDATES 400

static const char *const detection_names[] = {"detection_boxes",   "detection_scores",
                                              "detection_classes", "num_detections",
                                              "DetectionOutput",   NULL};

/* -- the node -------------------------------------------------------------------------------- */

static bool is_of_detections(const char *name)
{
    for (int k = 0; detection_names[k]; k++)
        if (!strcmp(name, detection_names[k])) return true;
    return false;
}

/* Did the user choose outputs, but none of the detections'? */
static bool is_unwanted(const rq_replacer *r)
{
    if (!r->options->has_outputs) return false;
    for (size_t i = 0; i < r->source->n_outputs; i++)
        if (is_of_detections(r->source->outputs[i].name)) return false;
    return true;
}

/* The first output, in place of all others, or of the detections' where some were chosen. */
static rq_status set_output(rq_replacer *r)
{
    size_t kept = 0;
    bool chosen = r->options->has_outputs || r->chose_outputs;
    for (size_t i = 0; chosen && i < r->source->n_outputs; i++)
        if (!is_of_detections(r->source->outputs[i].name))
            r->source->outputs[kept++] = r->source->outputs[i];
    r->source->n_outputs = kept;
    RQ_TRY(rq_framework_model_add_output(r->source, r->detections));
    rq_framework_value *outputs = r->source->outputs, last = outputs[kept];
    memmove(outputs + 1, outputs, kept * sizeof *outputs);
    outputs[0] = last;
    return RQ_OK;
}

static bool flag_of(const rq_rule *rule, const char *name, bool fallback)
{
    const rq_json *v = rule ? rq_json_get(rule->attributes, name) : NULL;
    return rq_json_is_number(v) ? rq_json_as_integer(v, fallback) != 0
                                : rq_json_as_bool(v, fallback);
}

static rq_status add_numbers(rq_replacer *r, rq_framework_node *node, const rq_rule *rule,
                             const rq_od_stage *s)
{
    static const char *const scales[] = {"y_scale", "x_scale", "height_scale", "width_scale"};
    const rq_json *background = rule ? rq_json_get(rule->attributes, "background_label_id") : NULL;
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"nms_threshold", rq_od_number(r, rule, "postprocessing_iou_threshold", NMS "iou_threshold",
                                       s->iou_threshold)},
        {"confidence_threshold", rq_od_number(r, rule, "postprocessing_score_threshold",
                                              NMS "score_threshold", s->score_threshold)},
        {"per_class", rq_od_number(r, rule, "postprocessing_max_detections_per_class",
                                   NMS "max_detections_per_class", (double)s->per_class)},
        {"keep_top_k", rq_od_number(r, rule, "postprocessing_max_total_detections",
                                    NMS "max_total_detections", (double)s->total)},
        {"background", (double)rq_json_as_integer(background, s->background ? 0 : -1)},
        {"clip_before_nms", flag_of(rule, "clip_before_nms", false)},
        {"clip_after_nms", flag_of(rule, "clip_after_nms", true)},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        RQ_TRY(rq_replacer_add_float(r, node, numbers[i].name, numbers[i].value));
    for (int i = 0; i < 4; i++) RQ_TRY(rq_replacer_add_float(r, node, scales[i], s->scale[i]));
    return RQ_OK;
}

rq_status rq_od_add_detections(bool *made, rq_replacer *r, const rq_rule *rule,
                               const rq_od_stage *stage, const rq_op_mapping_row *mapping,
                               const char *const *in, size_t n_in)
{
    rq_framework_node *node;
    *made = !is_unwanted(r);
    if (!*made) return RQ_OK;
    for (int k = 0; detection_names[k]; k++) RQ_TRY(rq_replacer_retire(r, detection_names[k]));
    RQ_TRY(rq_replacer_add(&node, r, "DetectionOutput", mapping->type, mapping, in, n_in));
    node->out[0] = "detection_boxes";
    r->detections = node->out[0];
    r->suppressed = stage->boxes;
    rq_od_compare(r, stage);
    RQ_TRY(add_numbers(r, node, rule, stage));
    return set_output(r);
}

/* -- mapping --------------------------------------------------------------------------------- */

static long long whole(const rq_ir_builder *b, const char *name)
{
    double v = rq_framework_float(b->node, name, 0);
    return v >= -1 && v <= INT32_MAX ? (long long)v : -1;
}

static const char *truth(const rq_ir_builder *b, const char *name)
{
    return rq_bool_text(rq_framework_float(b->node, name, 0) != 0.0);
}

/* Boxes of a class that suppression looks at, best first. TensorFlow looks at all until it has as
 * many as it keeps; so is it here where that is little work, else some times as many. */
static long long candidates(const rq_ir_builder *b, rq_id priors)
{
    rq_shape shape = rq_ir_builder_shape(b, priors);
    long long kept = whole(b, "per_class");
    int64_t n = shape.rank == 3 && shape.d[2] > 0 ? shape.d[2] / 4 : INT32_MAX;
    if (n <= FEW_PRIORS || kept < 0) return -1;
    return kept > MIN_CANDIDATES / 4 ? 4 * kept : MIN_CANDIDATES;
}

rq_id rq_od_emit_detections(rq_ir_builder *b, rq_id boxes, rq_id scores, rq_id priors,
                            bool share_location, bool variance_encoded)
{
    return rq_emit(b, "DetectionOutput-8", RQ_IN(boxes, scores, priors),
                   "background_label_id=%lld;top_k=%lld;keep_top_k=%lld;share_location=%s;"
                   "variance_encoded_in_target=%s;code_type=caffe.PriorBoxParameter.CENTER_SIZE;"
                   "nms_threshold=%.9g;confidence_threshold=%.9g;normalized=true;input_height=1;"
                   "input_width=1;objectness_score=0;clip_before_nms=%s;clip_after_nms=%s;"
                   "decrease_label_id=false",
                   whole(b, "background"), candidates(b, priors), whole(b, "keep_top_k"),
                   rq_bool_text(share_location), rq_bool_text(variance_encoded),
                   rq_framework_float(b->node, "nms_threshold", 0.5),
                   rq_framework_float(b->node, "confidence_threshold", 0.0),
                   truth(b, "clip_before_nms"), truth(b, "clip_after_nms"));
}

void rq_od_scales_of(double out[4], const rq_ir_builder *b)
{
    static const char *const names[] = {"x_scale", "y_scale", "width_scale", "height_scale"};
    for (int i = 0; i < 4; i++) out[i] = rq_framework_float(b->node, names[i], 1.0);
}

rq_id rq_od_emit_swapped(rq_ir_builder *b, rq_id x, int64_t axis, int64_t n)
{
    int64_t *order = rq_arena_alloc(b->arena, (size_t)n, 4 * sizeof *order);
    if (!rq_ir_builder_ok(b, order ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < 4 * n; i++) order[i] = i ^ 1;
    return rq_emit_gather(b, x, rq_emit_ints(b, order, (size_t)n * 4), axis);
}
