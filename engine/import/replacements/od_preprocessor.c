/* ObjectDetectionAPIPreprocessorReplacement: the loop over images that resizes each goes; what
 * scales pixels and subtracts their mean stays, as it is outside of the loop. */
#include "engine/import/replacements/od_preprocessor.h"

#include "engine/base/round.h"
#include "engine/import/framework_model_make.h"

#include <stdio.h>
#include <string.h>

#define IMAGES_OUT "Preprocessor/map/TensorArrayStack/TensorArrayGatherV3"
#define MAX_NAME 2048

/* The loop of a scope ".../Preprocessor/map/". */
typedef struct loop {
    const char *scope;
    const char *in, *out, *shapes;   /* values: images, resized images, their shapes or NULL */
    const rq_framework_node *resize; /* NULL: none was found */
} loop;

static const rq_framework_node *find_in(const rq_replacer *r, const char *scope, const char *name)
{
    char full[MAX_NAME];
    int length = snprintf(full, sizeof full, "%s%s", scope, name);
    return length > 0 && length < MAX_NAME ? rq_replacer_find(r, full) : NULL;
}

static bool is_resize(const rq_framework_node *node)
{
    static const char *const types[] = {"ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic",
                                        "ResizeArea", NULL};
    for (int i = 0; types[i]; i++)
        if (!strcmp(node->type, types[i])) return true;
    return false;
}

static bool read_loop(loop *out, const rq_replacer *r, const rq_framework_node *end)
{
    size_t length = strlen(end->name) - strlen("TensorArrayStack/TensorArrayGatherV3");
    *out = (loop){.out = end->out[0], .scope = rq_arena_strndup(r->arena, end->name, length)};
    if (!out->scope) return false;
    const rq_framework_node *begin =
        find_in(r, out->scope, "TensorArrayUnstack/TensorArrayScatter/TensorArrayScatterV3");
    const rq_framework_node *shapes =
        find_in(r, out->scope, "TensorArrayStack_1/TensorArrayGatherV3");
    if (!begin || begin->n_in < 3) return false;
    out->in = begin->in[2];
    out->shapes = shapes ? shapes->out[0] : NULL;
    for (size_t i = 0; i < r->source->n_nodes && !out->resize; i++)
        if (is_resize(&r->source->nodes[i]) &&
            !strncmp(r->source->nodes[i].name, out->scope, length))
            out->resize = &r->source->nodes[i];
    return true;
}

static bool find_loop(loop *out, const rq_replacer *r)
{
    size_t end = strlen(IMAGES_OUT);
    for (size_t i = 0; i < r->source->n_nodes; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        size_t length = strlen(node->name);
        bool named = length >= end && !strcmp(node->name + length - end, IMAGES_OUT);
        if (named && node->n_out && read_loop(out, r, node)) return true;
    }
    return false;
}

/* -- what the loop does ---------------------------------------------------------------------- */

/* Both limits of a range: one constant of two numbers, or two of one. */
static void read_range(rq_od_resizer *out, const rq_replacer *r, const loop *l)
{
    char name[MAX_NAME];
    double v[2] = {0, 0};
    size_t n = 0;
    static const char *const pairs[] = {"while/ResizeToRange/cond/stack",
                                        "while/ResizeToRange/stack"};
    for (int i = 0; i < 2 && n != 2; i++) {
        snprintf(name, sizeof name, "%s%s", l->scope, pairs[i]);
        if (!rq_replacer_numbers(r, name, v, 2, &n)) n = 0;
    }
    if (n != 2) {
        snprintf(name, sizeof name, "%swhile/ResizeToRange/Const", l->scope);
        bool one = rq_replacer_number(r, name, &v[0]);
        snprintf(name, sizeof name, "%swhile/ResizeToRange/Const_1", l->scope);
        if (!one || !rq_replacer_number(r, name, &v[1])) return;
    }
    out->minimum = rq_saturate_i64(v[0]);
    out->maximum = rq_saturate_i64(v[1]);
}

static rq_od_resizer read_resizer(const rq_replacer *r, const loop *l)
{
    rq_od_resizer s = {0};
    double size[2];
    size_t n, length = strlen(l->scope);
    bool fixed = l->resize && l->resize->n_in > 1 &&
                 rq_replacer_numbers(r, l->resize->in[1], size, 2, &n) && n == 2;
    if (fixed && size[0] >= 1 && size[1] >= 1) {
        s.height = (int64_t)size[0];
        s.width = (int64_t)size[1];
        return s;
    }
    read_range(&s, r, l);
    for (size_t i = 0; i < r->source->n_nodes && s.maximum > 0; i++) {
        const rq_framework_node *node = &r->source->nodes[i];
        s.pads |= !strncmp(node->type, "Pad", 3) && !strncmp(node->name, l->scope, length);
    }
    return s;
}

/* -- replacing ------------------------------------------------------------------------------- */

/* [1, 3]: height, width and channels of the images, i32. */
static void map_image_shapes(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id shape = rq_emit_shape_of(b, rq_ir_builder_in(b, 0));
    rq_id sides = rq_emit_slice(b, shape, 0, 1, 4, 1);
    (void)row;
    sides = rq_emit_convert(b, sides, RQ_DT_I32);
    rq_ir_builder_set(b, 0, rq_emit_unsqueeze(b, sides, (int64_t[]){0}, 1));
}

static const rq_op_mapping_row image_shapes = {"", "ImageShapes", map_image_shapes, NULL};

/* The loop's way of resizing, for all images at once. */
static rq_status keep_resize(const char **images, rq_replacer *r, const loop *l)
{
    const rq_framework_node from = *l->resize;
    const char *in[] = {l->in, from.in[1]};
    rq_framework_node *node;
    RQ_TRY(rq_replacer_add(&node, r, "Preprocessor/resize", from.type, NULL, in, 2));
    node->attrs = from.attrs;
    node->n_attrs = from.n_attrs;
    *images = node->out[0];
    return RQ_OK;
}

static rq_status replace(rq_replacer *r, const rq_rule *rule)
{
    loop l;
    rq_framework_node *shapes;
    bool resizes;
    if (!find_loop(&l, r))
        return rule ? rq_fail(RQ_EUNSUPPORTED,
                              "%s: '%s': the graph has no loop 'Preprocessor/map' that resizes",
                              rule->path, rule->id)
                    : RQ_OK;
    rq_od_resizer resizer = read_resizer(r, &l);
    rq_od_resizer_settle(&resizer, r);
    RQ_TRY(rq_od_shape_input(&resizes, r, l.in, &resizer));
    const char *images = l.in;
    if (resizes && l.resize && l.resize->n_in > 1) RQ_TRY(keep_resize(&images, r, &l));
    rq_replacer_redirect(r, l.out, images);
    r->image = images;
    if (!l.shapes) return RQ_OK;
    RQ_TRY(rq_replacer_add(&shapes, r, "Preprocessor/shapes", image_shapes.type, &image_shapes,
                           &images, 1));
    rq_replacer_redirect(r, l.shapes, shapes->out[0]);
    return RQ_OK;
}

const rq_replacement rq_replacement_preprocessor = {"ObjectDetectionAPIPreprocessorReplacement",
                                                    replace};
