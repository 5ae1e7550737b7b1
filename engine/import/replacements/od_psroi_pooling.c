/* ObjectDetectionAPIPSROIPoolingReplacement: R-FCN's loops over images that crop every part of the
 * proposals from channels of its own, and average, are PSROIPooling. */
#include "engine/import/replacements/od_psroi.h"
#include "engine/import/replacements/od_roi.h"

#include <stdio.h>
#include <string.h>

#define BOXES_IN "TensorArrayUnstack_1/TensorArrayScatter/TensorArrayScatterV3"
#define MAX_NAME 2048

/* PSROIPooling takes 0 for a sample outside of the map. Where the graph does not, regions are so
 * much smaller that rounding puts none of those at its borders there. */
#define WITHIN 0.9999995

/* -- mapping --------------------------------------------------------------------------------- */

static void map_pooling(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id features = rq_od_emit_channels_first(b, rq_ir_builder_in(b, 0));
    rq_id rois = rq_ir_builder_in(b, 1);
    rq_shape shape = rq_ir_builder_shape(b, features);
    double across = rq_framework_float(b->node, "bins_x", 1);
    double down = rq_framework_float(b->node, "bins_y", 1);
    (void)row;
    if (b->status != RQ_OK) return;
    if (shape.rank != 4 || shape.d[1] < 1) {
        rq_ir_builder_unmapped(b, "the number of its channels is not known");
        return;
    }
    double channels = (double)shape.d[1] / (across * down);
    rq_id y = rq_emit(b, "PSROIPooling-1", RQ_IN(features, rois),
                      "output_dim=%.0f;group_size=%.0f;spatial_scale=%.9g;mode=bilinear;"
                      "spatial_bins_x=%.0f;spatial_bins_y=%.0f",
                      channels, rq_framework_float(b->node, "size", 1),
                      rq_framework_float(b->node, "scale", 1), across, down);
    y = rq_emit(b, "ReduceMean-1", RQ_IN(y, RQ_EMIT_INTS(b, 2, 3)), "keep_dims=true");
    bool by_image = rq_framework_float(b->node, "by_image", 0) != 0.0;
    const int64_t dims[] = {1, -1, 1, 1, (int64_t)channels};
    rq_ir_builder_set(b, 0, rq_emit_reshape(b, y, dims + !by_image, by_image ? 5 : 4));
}

static const rq_op_mapping_row pooling = {"", "PsroiPooling", map_pooling, NULL};

/* -- what a loop computes -------------------------------------------------------------------- */

static const rq_framework_node *find_in(const rq_replacer *r, const rq_od_psroi *l,
                                        const char *name)
{
    char full[MAX_NAME];
    int length = snprintf(full, sizeof full, "%s%s", l->scope, name);
    return length > 0 && length < MAX_NAME ? rq_replacer_find(r, full) : NULL;
}

/* The constant of the scope by one of two names: those of new graphs and of old ones. */
static bool number_in(double *out, const rq_replacer *r, const rq_od_psroi *l, const char *name,
                      const char *old_name)
{
    char full[MAX_NAME];
    snprintf(full, sizeof full, "%s%s", l->scope, name);
    if (rq_replacer_number(r, full, out)) return true;
    snprintf(full, sizeof full, "%s%s", l->scope, old_name);
    return rq_replacer_number(r, full, out);
}

/* Of a crop by sampling, or by multiplication with weights of samples. */
static bool read_size(rq_od_psroi *l, const rq_replacer *r)
{
#define SAMPLES "while/MatMulCropAndResize/MultiLevelRoIAlign/linspace"
    double size[2];
    size_t n, length = strlen(l->scope);
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        if (strcmp(node->type, "CropAndResize") || strncmp(node->name, l->scope, length)) continue;
        if (node->n_in < 4 || !rq_replacer_numbers(r, node->in[3], size, 2, &n) || n != 2) continue;
        l->size_y = size[0];
        l->size_x = size[1];
        return true;
    }
    l->by_weights = true;
    return number_in(&l->size_y, r, l, SAMPLES "/num", SAMPLES "/num") &&
           number_in(&l->size_x, r, l, SAMPLES "_1/num", SAMPLES "_1/num");
}

static bool averages(const rq_replacer *r, const rq_od_psroi *l)
{
    size_t length = strlen(l->scope);
    for (size_t i = 0; i < r->source->n_nodes; i++)
        if (!strcmp(r->source->nodes[i].type, "Mean") &&
            !strncmp(r->source->nodes[i].name, l->scope, length))
            return true;
    return false;
}

static bool read_loop(rq_od_psroi *l, const rq_replacer *r, const rq_framework_node *boxes)
{
    size_t length = strlen(boxes->name), end = strlen(BOXES_IN);
    *l = (rq_od_psroi){.by_image = true,
                       .scope = rq_arena_strndup(r->arena, boxes->name, length - end)};
    if (!l->scope) return false;
    const rq_framework_node *features =
        find_in(r, l, "TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3");
    const rq_framework_node *out = find_in(r, l, "TensorArrayStack/TensorArrayGatherV3");
    if (!features || features->n_in < 3 || !out || !out->n_out) return false;
    l->features = features->in[2];
    l->out = out->out[0];
    return number_in(&l->bins_y, r, l, "while/truediv/y", "while/div/y") &&
           number_in(&l->bins_x, r, l, "while/truediv_1/y", "while/div_1/y") && read_size(l, r) &&
           l->size_x == l->size_y && l->size_x >= 1 && l->bins_x >= 1 && l->bins_y >= 1 &&
           averages(r, l);
}

/* -- replacing ------------------------------------------------------------------------------- */

static void compare_with_pipeline(const rq_replacer *r, const rq_od_psroi *l)
{
#define RFCN "*/rfcn_box_predictor/"
    const struct {
        const char *path;
        double graph;
    } numbers[] = {{RFCN "num_spatial_bins_width", l->bins_x},
                   {RFCN "num_spatial_bins_height", l->bins_y},
                   {RFCN "crop_width", l->size_x * l->bins_x},
                   {RFCN "crop_height", l->size_y * l->bins_y}};
    double given;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (rq_pipeline_config_number(r->pipeline, numbers[i].path, &given) &&
            given != numbers[i].graph)
            rq_replacer_note(r, "pipeline.config says %.0f for %s, the graph %.0f: %.0f it is",
                             given, numbers[i].path, numbers[i].graph, numbers[i].graph);
}

rq_status rq_od_put_psroi(rq_replacer *r, const rq_od_psroi *l)
{
    const char *in[] = {l->features, r->rois};
    rq_framework_node *node;
    RQ_TRY(rq_replacer_add(&node, r, rq_arena_printf(r->arena, "%sPSROIPooling", l->scope),
                           pooling.type, &pooling, in, 2));
    RQ_TRY(rq_replacer_add_float(r, node, "bins_x", l->bins_x));
    RQ_TRY(rq_replacer_add_float(r, node, "bins_y", l->bins_y));
    RQ_TRY(rq_replacer_add_float(r, node, "size", l->size_x));
    RQ_TRY(rq_replacer_add_float(r, node, "by_image", l->by_image));
    RQ_TRY(rq_replacer_add_float(r, node, "scale", l->by_weights ? WITHIN : 1));
    rq_replacer_redirect(r, l->out, node->out[0]);
    return RQ_OK;
}

static bool takes_proposals(const rq_replacer *r, const rq_framework_node *node)
{
    size_t length = strlen(node->name), end = strlen(BOXES_IN);
    const rq_framework_node *from = node->n_in > 2 ? rq_replacer_producer(r, node->in[2]) : NULL;
    return length > end && !strcmp(node->name + length - end, BOXES_IN) && from && r->rois &&
           from == rq_replacer_producer(r, r->rois);
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    size_t n = r->source->n_nodes, found = 0;
    rq_od_psroi l;
    for (size_t i = 0; rq_od_next_inline_psroi(&l, r, &i); found++) RQ_TRY(rq_od_put_psroi(r, &l));
    for (size_t i = 0; i < n; i++) {
        if (!takes_proposals(r, &r->source->nodes[i])) continue;
        if (!read_loop(&l, r, &r->source->nodes[i])) continue;
        if (!found++) compare_with_pipeline(r, &l);
        RQ_TRY(rq_od_put_psroi(r, &l));
    }
    return found || !rule ? RQ_OK
                          : rq_fail(RQ_EUNSUPPORTED,
                                    "%s: '%s': the graph does not crop parts of the "
                                    "first stage's proposals",
                                    rule->path, rule->id);
}

const rq_replacement rq_replacement_psroi_pooling = {"ObjectDetectionAPIPSROIPoolingReplacement",
                                                     replace};
