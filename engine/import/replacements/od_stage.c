#include "engine/import/replacements/od_stage.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAX_NAME 2048

/* -- names ----------------------------------------------------------------------------------- */

#define SUPPRESSION "BatchMultiClassNonMaxSuppression"
#define BOXES_IN "map/TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3"
#define SCORES_IN "map/TensorArrayUnstack_1/TensorArrayScatter/TensorArrayScatterV3"
#define BOXES_OUT "map/TensorArrayStack/TensorArrayGatherV3"
#define KERNEL "map/while/MultiClassNonMaxSuppression/"
#define CENTERS "get_center_coordinates_and_sizes/transpose"

/* "a/BatchMultiClassNonMaxSuppression_1/" of the node that takes its boxes; NULL for others. */
static const char *suppression_scope(const rq_replacer *r, const rq_framework_node *node)
{
    size_t length = strlen(node->name), end = strlen(BOXES_IN);
    if (node->n_in < 3 || length <= end || strcmp(node->name + length - end, BOXES_IN) != 0)
        return NULL;
    const char *scope = rq_arena_strndup(r->arena, node->name, length - end);
    return scope && strstr(scope, SUPPRESSION) ? scope : NULL;
}

static rq_framework_node *find_in(const rq_replacer *r, const char *scope, const char *name)
{
    char full[MAX_NAME];
    int length = snprintf(full, sizeof full, "%s%s", scope, name);
    return length > 0 && length < MAX_NAME ? rq_replacer_find(r, full) : NULL;
}

/* -- decoding -------------------------------------------------------------------------------- */

/* Is the node in a scope "Decode/" or "Decode_1/"? Gives the length of the scope's name, or 0. */
static size_t decode_length(const char *name)
{
    for (const char *at = strstr(name, "Decode"); at; at = strstr(at + 1, "Decode")) {
        size_t n = 6;
        if (at != name && at[-1] != '/') continue;
        if (at[n] == '_') n += 1 + strspn(at + n + 1, "0123456789");
        if (at[n] == '/') return (size_t)(at - name) + n + 1;
    }
    return 0;
}

static bool is_decoding(const rq_framework_node *node, const void *about)
{
    (void)about;
    return decode_length(node->name) > 0;
}

/* What coordinate i of the encodings is divided by: RealDiv, or Div of old graphs. */
static double scale_of(const rq_replacer *r, const char *scope, int i)
{
    static const char *const names[] = {"truediv", "div"};
    char name[32];
    double scale;
    for (int k = 0; k < 2; k++) {
        snprintf(name, sizeof name, i ? "%s_%d" : "%s", names[k], i);
        const rq_framework_node *node = find_in(r, scope, name);
        const rq_framework_node *from =
            node && node->n_in > 1 ? rq_replacer_producer(r, node->in[0]) : NULL;
        bool of_unstack = from && !strcmp(from->type, "Unpack");
        if (of_unstack && rq_replacer_number(r, node->in[1], &scale) && scale != 0.0) return scale;
    }
    return 1.0;
}

static bool read_decoding(rq_od_stage *out, const rq_replacer *r, const char *boxes)
{
    const rq_framework_node *node = rq_replacer_search_back(r, boxes, is_decoding, NULL);
    if (!node) return false;
    const char *scope = rq_arena_strndup(r->arena, node->name, decode_length(node->name));
    if (!scope) return false;
    const rq_framework_node *codes = find_in(r, scope, "transpose");
    const rq_framework_node *centers = find_in(r, scope, CENTERS);
    if (!codes || !centers || !codes->n_in || !centers->n_in) return false;
    out->encodings = codes->in[0];
    out->anchors = centers->in[0];
    for (int i = 0; i < 4; i++) out->scale[i] = scale_of(r, scope, i);
    return true;
}

/* -- scores ---------------------------------------------------------------------------------- */

static bool is_slice(const rq_framework_node *node)
{
    return !strcmp(node->type, "Slice") || !strcmp(node->type, "StridedSlice");
}

/* Does the slice drop what comes first on the last axis? */
static bool drops_first(const rq_replacer *r, const rq_framework_node *node)
{
    double begin[RQ_MAX_RANK];
    size_t n;
    return is_slice(node) && node->n_in > 1 &&
           rq_replacer_numbers(r, node->in[1], begin, RQ_MAX_RANK, &n) && n && begin[n - 1] == 1.0;
}

/* Back to before the background is taken off. */
static void read_scores(rq_od_stage *out, const rq_replacer *r, const char *scores)
{
    out->scores = scores;
    for (size_t steps = 0; scores && steps < r->source->n_nodes; steps++) {
        const rq_framework_node *node = rq_replacer_producer(r, scores);
        const char *before = rq_replacer_step_back(r, scores);
        if (node && before && drops_first(r, node)) {
            out->scores = before;
            out->background = true;
            return;
        }
        scores = before;
    }
}

/* -- suppression ----------------------------------------------------------------------------- */

static bool is_in_kernel(const rq_framework_node *node, const char *scope)
{
    size_t length = strlen(scope);
    return !strncmp(node->name, scope, length) &&
           !strncmp(node->name + length, KERNEL, strlen(KERNEL));
}

/* A number that an input of the node is at most: Minimum with a constant, or a constant. */
static bool read_limit(const rq_replacer *r, const char *value, double *out)
{
    const rq_framework_node *node = rq_replacer_producer(r, value);
    if (rq_replacer_number(r, value, out)) return true;
    return node && !strcmp(node->type, "Minimum") && node->n_in == 2 &&
           (rq_replacer_number(r, node->in[0], out) || rq_replacer_number(r, node->in[1], out));
}

static bool read_kernel(rq_od_stage *out, const rq_replacer *r, const rq_framework_node *node)
{
    double limit = 0, filter;
    const rq_framework_node *greater =
        find_in(r, out->scope, KERNEL "FilterGreaterThan/Greater"); /* before it had thresholds */
    if (node->n_in < 3 || !read_limit(r, node->in[2], &limit)) return false;
    out->per_class = (int64_t)limit;
    if (node->n_in > 3)
        rq_replacer_number(r, node->in[3], &out->iou_threshold);
    else
        out->iou_threshold = rq_framework_float(node, "iou_threshold", 0.5);
    if (node->n_in > 4) rq_replacer_number(r, node->in[4], &out->score_threshold);
    if (greater && greater->n_in > 1 && rq_replacer_number(r, greater->in[1], &filter))
        out->score_threshold = fmax(out->score_threshold, filter);
    return true;
}

static bool read_suppression(rq_od_stage *out, const rq_replacer *r)
{
    double total;
    const rq_framework_node *pad = find_in(r, out->scope, "map/while/PadOrClipBoxList/sub");
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        if (!is_in_kernel(node, out->scope) || strncmp(node->type, "NonMaxSuppression", 17))
            continue;
        if (!out->classes++ && !read_kernel(out, r, node)) return false;
    }
    out->total = out->per_class;
    if (pad && pad->n_in > 1 && rq_replacer_number(r, pad->in[1], &total))
        out->total = (int64_t)total;
    return out->per_class > 0 && out->total > 0;
}

static bool read_stage(rq_od_stage *out, const rq_replacer *r, const rq_framework_node *boxes)
{
    const rq_framework_node *scores = find_in(r, out->scope, SCORES_IN);
    const rq_framework_node *given = find_in(r, out->scope, BOXES_OUT);
    if (!scores || scores->n_in < 3 || !given) return false;
    out->boxes = given->out[0];
    if (!read_decoding(out, r, boxes->in[2])) return false;
    read_scores(out, r, scores->in[2]);
    return read_suppression(out, r);
}

/* -- which ----------------------------------------------------------------------------------- */

bool rq_od_stage_at(rq_od_stage *out, const rq_replacer *r, size_t n)
{
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        *out = (rq_od_stage){.scope = suppression_scope(r, node)};
        if (out->scope && !n--) return read_stage(out, r, node);
    }
    return false;
}

size_t rq_od_stage_count(const rq_replacer *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->source->n_nodes; i++)
        n += suppression_scope(r, &r->source->nodes[i]) != NULL;
    return n;
}

static bool is_of_scope(const rq_framework_node *node, const void *scope)
{
    return !strncmp(node->name, scope, strlen(scope));
}

bool rq_od_stage_last(rq_od_stage *out, const rq_replacer *r)
{
    static const char *const ends[] = {"detection_boxes", "detection_scores", "num_detections"};
    size_t count = rq_od_stage_count(r);
    for (size_t n = count; n-- > 0;) {
        if (!rq_od_stage_at(out, r, n)) continue;
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            const rq_framework_node *end = rq_replacer_find(r, ends[k]);
            if (end && end->n_in && rq_replacer_search_back(r, end->in[0], is_of_scope, out->scope))
                return true;
        }
    }
    return false;
}

bool rq_od_stage_proposals(rq_od_stage *out, const rq_replacer *r)
{
    rq_od_stage last;
    size_t count = rq_od_stage_count(r);
    if (count != 2 || !rq_od_stage_last(&last, r)) return false;
    for (size_t n = 0; n < count; n++)
        if (rq_od_stage_at(out, r, n) && strcmp(out->scope, last.scope) != 0) return true;
    return false;
}

double rq_od_number(const rq_replacer *r, const rq_rule *rule, const char *attribute,
                    const char *path, double graph)
{
    const rq_json *own = rule ? rq_json_get(rule->attributes, attribute) : NULL;
    double given;
    if (rq_json_is_number(own)) return rq_json_as_number(own, graph);
    if (!rq_pipeline_config_number(r->pipeline, path, &given)) return graph;
    if (fabs(given - graph) > 1e-6 * fmax(1.0, fabs(graph)) && !isnan(graph))
        rq_replacer_note(r, "pipeline.config says %.7g for %s, the graph %.7g: %.7g it is", given,
                         path, graph, given);
    return given;
}
