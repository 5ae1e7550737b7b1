/* ObjectDetectionAPIProposalReplacement: the first stage of two. From the convolutions that score
 * and move anchors to the boxes that the second stage looks at is one Proposal; crops of them are
 * ROIPooling. */
#include "engine/import/replacements/od_anchors.h"
#include "engine/import/replacements/od_roi.h"
#include "engine/import/replacements/od_stage.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAME 2048

enum { DELTAS, SCORES, ANCHORS, IMAGE };
enum { ROIS, BOXES };

/* -- mapping --------------------------------------------------------------------------------- */

/* [1, 2 * K, H, W], the background's K first, of scores [1, H, W, K * 2]. */
static rq_id emit_scores(rq_ir_builder *b, int64_t anchors)
{
    rq_id x = rq_od_emit_channels_first(b, rq_ir_builder_in(b, SCORES));
    rq_shape shape = rq_ir_builder_shape(b, x);
    rq_id pairs = rq_emit_reshape(b, x, (int64_t[]){0, anchors, 2, -1}, 4);
    pairs = rq_emit(b, "SoftMax-8", RQ_IN(pairs), "axis=2");
    pairs = rq_emit_transpose(b, pairs, (int64_t[]){0, 2, 1, 3}, 4);
    if (rq_shape_is_static(&shape)) return rq_emit_reshape(b, pairs, shape.d, 4);
    return rq_emit(b, "Reshape-1", RQ_IN(pairs, rq_emit_shape_of(b, x)), "special_zero=false");
}

/* [3]: height, width, and 1 for what the image was scaled by. */
static rq_id emit_image_info(rq_ir_builder *b)
{
    rq_id image = rq_ir_builder_in(b, IMAGE);
    rq_shape shape = rq_ir_builder_shape(b, image);
    if (shape.rank == 4 && shape.d[1] > 0 && shape.d[2] > 0) {
        double info[3] = {(double)shape.d[1], (double)shape.d[2], 1};
        return rq_emit_reals(b, info, &(rq_shape){1, {3}});
    }
    rq_id sides = rq_emit_slice(b, rq_emit_shape_of(b, image), 0, 1, 3, 1);
    sides = rq_emit_convert(b, sides, RQ_DT_F32);
    rq_id one = rq_emit_reals(b, (double[]){1}, &(rq_shape){1, {1}});
    return rq_emit(b, "Concat-1", RQ_IN(sides, one), "axis=0");
}

static const char *join(rq_ir_builder *b, const double *values, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n && text; i++)
        text = rq_arena_printf(b->arena, "%s%s%.9g", text, i ? "," : "", values[i]);
    rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM);
    return text ? text : "";
}

/* What is known of the anchors' values, for the sizes that stand for open ones, too. */
static bool read_anchors(rq_od_anchors *out, rq_ir_builder *b, int64_t per_cell)
{
    rq_id anchors = rq_ir_builder_in(b, ANCHORS), deltas = rq_ir_builder_in(b, DELTAS);
    const rq_tensor *boxes = rq_ir_builder_sample(b, anchors, 0);
    const rq_tensor *grid = rq_ir_builder_sample(b, deltas, 0);
    const char *why = "their values are not known";
    if (boxes->data && boxes->shape.rank == 2 && boxes->shape.d[1] == 4 && grid->shape.rank == 4)
        why = rq_od_anchors_read(out, boxes, (size_t)per_cell, grid->shape.d[2]);
    if (why) rq_ir_builder_unmapped(b, "its anchors are none that Proposal makes: %s", why);
    return !why;
}

static const rq_node *emit_proposal(rq_ir_builder *b, const rq_od_anchors *a, int64_t per_cell)
{
    rq_id deltas = rq_od_emit_channels_first(b, rq_ir_builder_in(b, DELTAS));
    double kept = rq_framework_float(b->node, "post_nms_topn", 0);
    return rq_emit_node(
        b, "Proposal-4", RQ_IN(emit_scores(b, per_cell), deltas, emit_image_info(b)), 2,
        "base_size=%d;pre_nms_topn=%d;post_nms_topn=%.0f;nms_thresh=%.9g;feat_stride=%" PRId64 ";"
        "min_size=%.0f;ratio=%s;scale=%s;clip_before_nms=%s;clip_after_nms=%s;normalize=true;"
        "box_size_scale=%.9g;box_coordinate_scale=%.9g;framework=tensorflow",
        RQ_OD_BASE_SIZE, INT32_MAX, kept, rq_framework_float(b->node, "nms_threshold", 0.7),
        a->stride, rq_framework_float(b->node, "min_size", 0), join(b, a->ratios, a->n_ratios),
        join(b, a->scales, a->n_scales),
        rq_bool_text(rq_framework_float(b->node, "clip_before_nms", 0) != 0),
        rq_bool_text(rq_framework_float(b->node, "clip_after_nms", 1) != 0),
        rq_framework_float(b->node, "size_scale", 5),
        rq_framework_float(b->node, "place_scale", 10));
}

static void map_proposals(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_shape deltas = rq_ir_builder_shape(b, rq_ir_builder_in(b, DELTAS));
    int64_t per_cell = deltas.rank == 4 ? deltas.d[3] / 4 : 0;
    rq_od_anchors anchors;
    (void)row;
    if (!read_anchors(&anchors, b, per_cell)) return;
    const rq_node *node = emit_proposal(b, &anchors, per_cell);
    if (!node) return;
    rq_id boxes = node->out[0]; /* image, y1, x1, y2, x2 */
    if (rq_ir_builder_wants(b, ROIS))
        rq_ir_builder_set(b, ROIS, rq_emit_gather(b, boxes, RQ_EMIT_INTS(b, 0, 2, 1, 4, 3), 1));
    if (!rq_ir_builder_wants(b, BOXES)) return;
    rq_id places = rq_emit_slice(b, boxes, 1, 1, 5, 1);
    rq_ir_builder_set(b, BOXES, rq_emit_reshape(b, places, (int64_t[]){1, -1, 4}, 3));
}

static const rq_op_mapping_row proposals = {"", "Proposals", map_proposals, NULL};

/* -- what the graph computes ----------------------------------------------------------------- */

/* Values before and behind the first stage. */
typedef struct first_stage {
    rq_od_stage stage;
    const char *in[4];
    const char *normalized; /* its boxes in parts of the image's sides */
} first_stage;

/* The value before everything that only passes it on. */
static const char *origin(const rq_replacer *r, const char *value)
{
    for (size_t steps = 0; value && steps < r->source->n_nodes; steps++) {
        const char *before = rq_replacer_step_back(r, value);
        if (!before) return value;
        value = before;
    }
    return value;
}

static bool is_convolution(const rq_replacer *r, const char *value)
{
    static const char *const types[] = {"BiasAdd", "Add", "AddV2", "Conv2D", NULL};
    const rq_framework_node *node = rq_replacer_producer(r, value);
    for (int i = 0; node && types[i]; i++)
        if (!strcmp(node->type, types[i])) return true;
    return false;
}

static bool clips(const rq_framework_node *node, const void *about)
{
    (void)about;
    return !strcmp(node->type, "Split") && strstr(node->name, "ClipToWindow/split");
}

/* Anchors as they are made, before those that leave the image are cut off at its sides. */
static const char *unclipped(const rq_replacer *r, const char *anchors)
{
    const rq_framework_node *node = rq_replacer_search_back(r, anchors, clips, NULL);
    return node && node->n_in > 1 ? node->in[1] : anchors;
}

/* Boxes divided by the image's sides without a loop, as in old graphs of one image. */
static const char *normalized_inline(const rq_replacer *r, const rq_od_stage *stage)
{
    const rq_framework_node *split = rq_replacer_find(r, "ToNormalizedCoordinates/Scale/split");
    const rq_framework_node *out = rq_replacer_find(r, "ToNormalizedCoordinates/Scale/concat");
    if (!split || split->n_in < 2 || !out || !out->n_out) return NULL;
    return rq_od_comes_from(r, split->in[1], stage->boxes) ? out->out[0] : NULL;
}

/* What divides the boxes by the image's sides gives; the boxes where nothing does. */
static const char *normalized(const rq_replacer *r, const rq_od_stage *stage)
{
    static const char begin[] = "TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3";
    char name[MAX_NAME];
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        size_t length = strlen(node->name), end = strlen(begin);
        if (length < end || strcmp(node->name + length - end, begin) || node->n_in < 3) continue;
        if (!rq_od_comes_from(r, node->in[2], stage->boxes)) continue;
        snprintf(name, sizeof name, "%.*sTensorArrayStack/TensorArrayGatherV3", (int)(length - end),
                 node->name);
        const rq_framework_node *out = rq_replacer_find(r, name);
        if (out && out->n_out) return out->out[0];
    }
    const char *direct = normalized_inline(r, stage);
    return direct ? direct : stage->boxes;
}

static bool read_first_stage(first_stage *out, const rq_replacer *r)
{
    if (!r->image || !rq_od_stage_proposals(&out->stage, r)) return false;
    const char *scores = origin(r, out->stage.scores);
    const rq_framework_node *softmax = rq_replacer_producer(r, scores);
    if (!softmax || strcmp(softmax->type, "Softmax") || !softmax->n_in) return false;
    out->in[DELTAS] = origin(r, out->stage.encodings);
    out->in[SCORES] = origin(r, softmax->in[0]);
    out->in[ANCHORS] = origin(r, unclipped(r, out->stage.anchors));
    out->in[IMAGE] = r->image;
    out->normalized = normalized(r, &out->stage);
    return is_convolution(r, out->in[DELTAS]) && is_convolution(r, out->in[SCORES]);
}

/* -- replacing ------------------------------------------------------------------------------- */

static rq_status add_numbers(rq_replacer *r, rq_framework_node *node, const rq_rule *rule,
                             const rq_od_stage *s)
{
    const rq_json *own = rule ? rule->attributes : NULL;
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"nms_threshold", rq_od_number(r, rule, "first_stage_nms_iou_threshold",
                                       "first_stage_nms_iou_threshold", s->iou_threshold)},
        {"post_nms_topn", rq_od_number(r, rule, "first_stage_max_proposals",
                                       "first_stage_max_proposals", (double)s->total)},
        {"min_size", 0},
        {"place_scale", s->scale[RQ_OD_X]},
        {"size_scale", s->scale[RQ_OD_W]},
        {"clip_before_nms", rq_json_as_bool(rq_json_get(own, "clip_before_nms"), false)},
        {"clip_after_nms", rq_json_as_bool(rq_json_get(own, "clip_after_nms"), true)},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        RQ_TRY(rq_replacer_add_float(r, node, numbers[i].name, numbers[i].value));
    return RQ_OK;
}

static rq_status add_node(rq_framework_node **out, rq_replacer *r, const first_stage *f)
{
    RQ_TRY(rq_replacer_add(out, r, "proposals", proposals.type, &proposals, f->in, 4));
    const char **values = rq_arena_alloc(r->arena, 2, sizeof *values);
    if (!values) return RQ_ENOMEM;
    values[ROIS] = (*out)->out[0];
    values[BOXES] = rq_arena_printf(r->arena, "%s:1", values[ROIS]);
    if (!values[BOXES]) return RQ_ENOMEM;
    (*out)->out = values;
    (*out)->n_out = 2;
    return rq_map_put(r->producers, values[BOXES], (uint32_t)(r->source->n_nodes - 1));
}

static bool is_shape_of_proposals(const rq_framework_value *constant)
{
    return (rq_starts_with(constant->name, "SecondStagePostprocessor/Reshape") ||
            rq_starts_with(constant->name, "Reshape")) &&
           rq_ends_with(constant->name, "/shape") && constant->tensor.data &&
           constant->tensor.shape.rank == 1 && constant->tensor.shape.d[0] >= 3 &&
           rq_dtype_bits(constant->tensor.dtype) >= 8;
}

/* As many proposals as `before` stand in shapes of the second stage, too. */
static rq_status set_proposals(rq_replacer *r, double before, double value)
{
    for (size_t i = 0; i < r->source->n_constants; i++) {
        const rq_framework_value *c = &r->source->constants[i];
        if (is_shape_of_proposals(c) && rq_load_f64(c->tensor.data, c->tensor.dtype, 1) == before)
            RQ_TRY(rq_replacer_set_element(r, &c->tensor, 1, value));
    }
    return RQ_OK;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    first_stage f;
    rq_framework_node *node;
    if (!read_first_stage(&f, r))
        return rule ? rq_fail(RQ_EUNSUPPORTED,
                              "%s: '%s': the graph has no first stage of convolutions, Softmax and "
                              "suppression behind a preprocessor that was replaced",
                              rule->path, rule->id)
                    : RQ_OK;
    RQ_TRY(add_node(&node, r, &f));
    RQ_TRY(add_numbers(r, node, rule, &f.stage));
    RQ_TRY(set_proposals(r, (double)f.stage.total,
                         rq_framework_float(node, "post_nms_topn", (double)f.stage.total)));
    const char *boxes = node->out[BOXES];
    r->rois = node->out[ROIS];
    rq_replacer_redirect(r, f.normalized, boxes);
    return rq_od_replace_crops(r, boxes, r->rois);
}

const rq_replacement rq_replacement_proposal = {"ObjectDetectionAPIProposalReplacement", replace};
