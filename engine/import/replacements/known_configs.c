#include "engine/import/replacements/known_configs.h"

#include <string.h>

static const struct {
    const char *family, *file, *nodes[2];
} configs[] = {
#define RQ_KNOWN_CONFIG(family, file, a, b) {family, file, {a, b}},
#include "engine/import/replacements/known_configs.def"
#undef RQ_KNOWN_CONFIG
};

static const char *family_of(const rq_replacer *r)
{
    if (!rq_replacer_find(r, "detection_boxes")) return NULL;
    if (rq_replacer_find(r, "Postprocessor/Decode/transpose")) return "SSD";
    if (!rq_replacer_find(r, "SecondStagePostprocessor/Decode/transpose")) return NULL;
    if (rq_replacer_find(r, "detection_masks")) return "Mask R-CNN";
    for (size_t i = 0; i < r->source->n_nodes; i++)
        if (!strcmp(r->source->nodes[i].type, "CropAndResize") &&
            strncmp(r->source->nodes[i].name, "SecondStageBoxPredictor/", 24) != 0)
            return "Faster R-CNN";
    return "R-FCN";
}

const char *rq_known_config_of(const char **family, const rq_replacer *r)
{
    const char *found = family_of(r);
    if (family) *family = found;
    for (size_t i = 0; found && i < sizeof configs / sizeof *configs; i++)
        if (!strcmp(configs[i].family, found) && rq_replacer_find(r, configs[i].nodes[0]) &&
            rq_replacer_find(r, configs[i].nodes[1]))
            return configs[i].file;
    return NULL;
}
