/* Position-sensitive pooling without a loop: crops of parts are added, divided by how many there
 * are, and averaged. */
#include "engine/import/replacements/od_psroi.h"

#include <math.h>
#include <string.h>

static bool is_crop(const rq_framework_node *node)
{
    return node && !strcmp(node->type, "CropAndResize") && node->n_in > 3;
}

static bool adds_crops(const rq_replacer *r, const rq_framework_node *node)
{
    if (strcmp(node->type, "AddN") != 0 || node->n_in < 4 || !node->n_out) return false;
    for (size_t k = 0; k < node->n_in; k++)
        if (!is_crop(rq_replacer_producer(r, node->in[k]))) return false;
    return true;
}

static const rq_framework_node *reader_of(const rq_replacer *r, const char *value, const char *type)
{
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        if (node->n_in && !strcmp(node->type, type) && !strcmp(node->in[0], value)) return node;
    }
    return NULL;
}

static bool is_of_proposals(const rq_framework_node *node, const void *about)
{
    return !strcmp(node->name, about);
}

/* What is split into the parts' channels; NULL where the crops are of something else. */
static const char *features_of(const rq_replacer *r, const rq_framework_node *crop)
{
    const rq_framework_node *split = rq_replacer_producer(r, crop->in[0]);
    const rq_framework_node *proposals = rq_replacer_producer(r, r->rois);
    if (!split || strcmp(split->type, "Split") || split->n_in < 2 || !proposals) return NULL;
    return rq_replacer_search_back(r, crop->in[1], is_of_proposals, proposals->name) ? split->in[1]
                                                                                     : NULL;
}

/* As many parts down as across, unless the pipeline knows better. */
static bool read_bins(rq_od_psroi *out, const rq_replacer *r, size_t parts)
{
    out->bins_x = out->bins_y = sqrt((double)parts);
    rq_pipeline_config_number(r->pipeline, "*/rfcn_box_predictor/num_spatial_bins_width",
                              &out->bins_x);
    rq_pipeline_config_number(r->pipeline, "*/rfcn_box_predictor/num_spatial_bins_height",
                              &out->bins_y);
    return out->bins_x == floor(out->bins_x) && out->bins_x * out->bins_y == (double)parts;
}

static bool read_inline(rq_od_psroi *out, const rq_replacer *r, const rq_framework_node *sum)
{
    const rq_framework_node *crop = rq_replacer_producer(r, sum->in[0]);
    const rq_framework_node *divided = reader_of(r, sum->out[0], "RealDiv");
    const rq_framework_node *mean =
        divided && divided->n_out ? reader_of(r, divided->out[0], "Mean") : NULL;
    double size[2], parts;
    size_t n;
    *out = (rq_od_psroi){.scope = rq_arena_printf(r->arena, "%s/", sum->name)};
    if (!mean || !mean->n_out || !rq_replacer_number(r, divided->in[1], &parts)) return false;
    if (parts != (double)sum->n_in || !rq_replacer_numbers(r, crop->in[3], size, 2, &n) || n != 2)
        return false;
    out->features = features_of(r, crop);
    out->out = mean->out[0];
    out->size_y = size[0];
    out->size_x = size[1];
    return out->scope && out->features && size[0] == size[1] && read_bins(out, r, sum->n_in);
}

bool rq_od_next_inline_psroi(rq_od_psroi *out, const rq_replacer *r, size_t *at)
{
    while (r->rois && *at < r->source->n_nodes) {
        const rq_framework_node *node = &r->source->nodes[(*at)++];
        if (adds_crops(r, node) && read_inline(out, r, node)) return true;
    }
    return false;
}
