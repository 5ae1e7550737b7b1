/* ObjectDetectionAPIMaskRCNNROIPoolingSecondReplacement: masks are predicted from crops of the
 * detections, which stand in DetectionOutput's rows. */
#include "engine/import/replacements/od_roi.h"

#include <string.h>

enum { ROWS, REGIONS, BOXES, N_VALUES };

/* Rows [N, 7] of detections, regions [N, 5] of them, and their boxes as TensorFlow has them. */
static void map_rows(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id rows = rq_emit_reshape(b, rq_ir_builder_in(b, 0), (int64_t[]){-1, 7}, 2);
    (void)row;
    rq_ir_builder_set(b, ROWS, rows);
    if (rq_ir_builder_wants(b, REGIONS))
        rq_ir_builder_set(b, REGIONS, rq_emit_gather(b, rows, RQ_EMIT_INTS(b, 0, 3, 4, 5, 6), 1));
    rq_id boxes = rq_emit_gather(b, rows, RQ_EMIT_INTS(b, 4, 3, 6, 5), 1);
    rq_ir_builder_set(b, BOXES, rq_emit_reshape(b, boxes, (int64_t[]){1, -1, 4}, 3));
}

static const rq_op_mapping_row rows_row = {"", "DetectionRows", map_rows, NULL};

static rq_status add_rows(const char *values[N_VALUES], rq_replacer *r)
{
    rq_framework_node *node;
    RQ_TRY(rq_replacer_add(&node, r, "reshape_do_2d", rows_row.type, &rows_row, &r->detections, 1));
    const char *name = node->out[0];
    node->out = rq_arena_alloc(r->arena, N_VALUES, sizeof *node->out);
    if (!node->out) return RQ_ENOMEM;
    node->n_out = N_VALUES;
    for (int i = 0; i < N_VALUES; i++) {
        node->out[i] = i ? rq_arena_printf(r->arena, "%s:%d", name, i) : name;
        if (!node->out[i]) return RQ_ENOMEM;
        values[i] = node->out[i];
    }
    return RQ_OK;
}

static bool crops(const rq_replacer *r)
{
    for (size_t i = 0; r->suppressed && i < r->source->n_nodes; i++)
        if (!strcmp(r->source->nodes[i].type, "CropAndResize") && r->source->nodes[i].n_in > 1 &&
            rq_od_comes_from(r, r->source->nodes[i].in[1], r->suppressed))
            return true;
    return false;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    const char *values[N_VALUES];
    if (!crops(r) || !r->chose_outputs)
        return rule ? rq_fail(RQ_EUNSUPPORTED,
                              "%s: '%s': the graph crops none of the detections that were replaced",
                              rule->path, rule->id)
                    : RQ_OK;
    RQ_TRY(add_rows(values, r));
    RQ_TRY(rq_od_replace_crops(r, r->suppressed, values[REGIONS]));
    rq_replacer_redirect(r, r->suppressed, values[BOXES]);
    for (size_t i = 0; i < r->source->n_outputs; i++)
        if (!strcmp(r->source->outputs[i].name, r->detections))
            r->source->outputs[i].name = values[ROWS];
    return RQ_OK;
}

const rq_replacement rq_replacement_mask_roi_pooling = {
    "ObjectDetectionAPIMaskRCNNROIPoolingSecondReplacement", replace};
