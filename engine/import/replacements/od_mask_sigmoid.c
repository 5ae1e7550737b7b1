/* ObjectDetectionAPIMaskRCNNSigmoidReplacement: masks of all classes [N, classes, H, W], from what
 * the graph chooses those of the detections' classes of. */
#include "engine/import/replacements/od_roi.h"

#include <string.h>

static void map_masks(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_id masks = rq_od_emit_channels_first(b, rq_ir_builder_in(b, 0));
    rq_ir_builder_set(b, 0, rq_emit(b, "Sigmoid-1", RQ_IN(masks), "%s", ""));
}

static const rq_op_mapping_row masks = {"", "Masks", map_masks, NULL};

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    const rq_json *given = rule ? rq_json_get(rule->attributes, "masks_node_prefix_name") : NULL;
    const char *prefix = rq_json_as_string(given, "SecondStageBoxPredictor");
    if (!r->chose_outputs) return RQ_OK;
    for (size_t i = 0; i < r->source->n_outputs; i++) {
        const char *value = r->source->outputs[i].name;
        rq_framework_node *node;
        if (strncmp(value, prefix, strlen(prefix)) != 0) continue;
        RQ_TRY(rq_replacer_add(&node, r, "masks", masks.type, &masks, &value, 1));
        r->source->outputs[i].name = node->out[0];
    }
    return RQ_OK;
}

const rq_replacement rq_replacement_mask_sigmoid = {"ObjectDetectionAPIMaskRCNNSigmoidReplacement",
                                                    replace};
