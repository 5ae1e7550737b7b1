#include "engine/import/replacements/od_roi.h"

#include <string.h>

rq_id rq_od_emit_channels_first(rq_ir_builder *b, rq_id x)
{
    return rq_emit_transpose(b, x, (int64_t[]){0, 3, 1, 2}, 4);
}

rq_id rq_od_emit_channels_last(rq_ir_builder *b, rq_id x)
{
    return rq_emit_transpose(b, x, (int64_t[]){0, 2, 3, 1}, 4);
}

bool rq_od_comes_from(const rq_replacer *r, const char *value, const char *origin)
{
    for (size_t steps = 0; value && steps < r->source->n_nodes; steps++) {
        if (!strcmp(value, origin)) return true;
        value = rq_replacer_step_back(r, value);
    }
    return false;
}

/* Does TensorFlow's last sample of a region from side to side lie outside by rounding? It is 0
 * then, where ROIPooling takes the border. */
static bool leaves_map(int64_t side, double samples)
{
    float last = (float)(side - 1), n = (float)samples - 1;
    volatile float step = last / n; /* no wider than TensorFlow's */
    return side > 1 && n > 0 && step * n > last;
}

/* Regions that span a side where that matters end a little outside. */
static rq_id emit_ends(rq_ir_builder *b, rq_id rois, const rq_shape *map, double height,
                       double width)
{
    const double out = 1e-6;
    double beyond[2] = {leaves_map(map->d[3], width) ? out : 0,
                        leaves_map(map->d[2], height) ? out : 0};
    if (map->rank != 4 || (beyond[0] == 0 && beyond[1] == 0)) return rois;
    rq_id starts = rq_emit_slice(b, rois, 1, 1, 3, 1), ends = rq_emit_slice(b, rois, 1, 3, 5, 1);
    rq_id spans = rq_emit_binary(b, "Subtract-1", ends, starts); /* 1: from side to side */
    spans = rq_emit(b, "Floor-1", RQ_IN(spans), "%s", "");
    rq_id more = rq_emit_reals(b, beyond, &(rq_shape){1, {2}});
    ends = rq_emit_binary(b, "Add-1", ends, rq_emit_binary(b, "Multiply-1", spans, more));
    return rq_emit(b, "Concat-1", RQ_IN(rq_emit_slice(b, rois, 1, 0, 3, 1), ends), "axis=1");
}

static void map_crop(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    double height = rq_framework_float(b->node, "height", 0);
    double width = rq_framework_float(b->node, "width", 0);
    (void)row;
    rq_id features = rq_od_emit_channels_first(b, rq_ir_builder_in(b, 0));
    rq_shape map = rq_ir_builder_shape(b, features);
    rq_id rois = emit_ends(b, rq_ir_builder_in(b, 1), &map, height, width);
    rq_id y = rq_emit(b, "ROIPooling-2", RQ_IN(features, rois),
                      "pooled_h=%.0f;pooled_w=%.0f;spatial_scale=1;method=bilinear", height, width);
    rq_ir_builder_set(b, 0, rq_od_emit_channels_last(b, y));
}

static const rq_op_mapping_row crop_row = {"", "RoiPooling", map_crop, NULL};

static rq_status replace_crop(rq_replacer *r, const char *crop, const char *rois)
{
    const rq_framework_node *from = rq_replacer_find(r, crop);
    double size[2] = {0, 0};
    size_t n;
    if (!from || from->n_in < 4 || !from->n_out ||
        !rq_replacer_numbers(r, from->in[3], size, 2, &n) || n != 2)
        return rq_fail(RQ_EUNSUPPORTED, "%s: node '%s': the size of its crops is not constant",
                       r->source->path, crop);
    const char *in[] = {from->in[0], rois}, *before = from->out[0];
    rq_framework_node *node;
    RQ_TRY(rq_replacer_add(&node, r, rq_arena_printf(r->arena, "%s/ROIPooling", crop),
                           crop_row.type, &crop_row, in, 2));
    RQ_TRY(rq_replacer_add_float(r, node, "height", size[0]));
    RQ_TRY(rq_replacer_add_float(r, node, "width", size[1]));
    rq_replacer_redirect(r, before, node->out[0]);
    return RQ_OK;
}

rq_status rq_od_replace_crops(rq_replacer *r, const char *boxes, const char *rois)
{
    size_t n = r->source->n_nodes;
    for (size_t i = 0; i < n; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        if (!strcmp(node->type, "CropAndResize") && node->n_in > 1 &&
            rq_od_comes_from(r, node->in[1], boxes))
            RQ_TRY(replace_crop(r, node->name, rois));
    }
    return RQ_OK;
}
