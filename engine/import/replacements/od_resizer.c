/* Sizes of images: what the Object Detection API's resizers make of them. */
#include "engine/import/replacements/od_preprocessor.h"

#include "engine/base/round.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define MAX_SIDE 65536 /* pixels */

void rq_od_resize(const rq_od_resizer *s, int64_t *height, int64_t *width)
{
    if (s->height > 0) {
        *height = s->height;
        *width = s->width;
    } else if (s->pads) {
        *height = *width = s->maximum;
    } else if (s->minimum > 0 && *height > 0 && *width > 0) {
        double least = (double)(*height < *width ? *height : *width);
        double most = (double)(*height > *width ? *height : *width);
        double ratio = fmin((double)s->minimum / least, (double)s->maximum / most);
        *height = rq_saturate_i64(nearbyint((double)*height * ratio));
        *width = rq_saturate_i64(nearbyint((double)*width * ratio));
    } else if (s->minimum > 0) {
        *height = *width = s->minimum;
    }
}

/* A side that the graph does not tell is the pipeline's. */
static void settle_side(int64_t *side, const rq_replacer *r, const char *path)
{
    double given;
    if (!rq_pipeline_config_number(r->pipeline, path, &given)) return;
    if (!(given >= 1) || given > MAX_SIDE) return;
    if (*side > 0 && *side != (int64_t)given)
        rq_replacer_note(
            r, "pipeline.config says %.0f for %s, the graph %" PRId64 ": as the graph has it",
            given, path, *side);
    else
        *side = (int64_t)given;
}

/* Is the other kind of resizing than the pipeline's in the graph? */
static bool is_other(const rq_replacer *r, const char *path, int64_t graph)
{
    if (graph <= 0 || !rq_pipeline_config_has(r->pipeline, path)) return false;
    rq_replacer_note(r,
                     "pipeline.config has %s, the graph resizes in another way: as the graph "
                     "has it",
                     path);
    return true;
}

void rq_od_resizer_settle(rq_od_resizer *s, const rq_replacer *r)
{
#define FIXED "image_resizer/fixed_shape_resizer"
#define KEEP "image_resizer/keep_aspect_ratio_resizer"
    double pads;
    if (is_other(r, FIXED, s->minimum) || is_other(r, KEEP, s->height)) return;
    settle_side(&s->height, r, FIXED "/height");
    settle_side(&s->width, r, FIXED "/width");
    settle_side(&s->minimum, r, KEEP "/min_dimension");
    settle_side(&s->maximum, r, KEEP "/max_dimension");
    if (rq_pipeline_config_number(r->pipeline, KEEP "/pad_to_max_dimension", &pads))
        s->pads |= pads != 0.0;
    s->pads &= s->maximum > 0;
}

/* -- the model's input ----------------------------------------------------------------------- */

static rq_framework_value *input_named(const rq_replacer *r, const char *name)
{
    for (size_t i = 0; i < r->source->n_inputs; i++)
        if (!strcmp(r->source->inputs[i].name, name)) return &r->source->inputs[i];
    return NULL;
}

static bool reads_input(const rq_framework_node *node, const void *about)
{
    for (size_t k = 0; k < node->n_in; k++)
        if (input_named(about, node->in[k])) return true;
    return false;
}

static rq_framework_value *find_input(const rq_replacer *r, const char *images)
{
    rq_framework_value *input = input_named(r, images);
    const rq_framework_node *reader =
        input ? NULL : rq_replacer_search_back(r, images, reads_input, r);
    for (size_t k = 0; reader && k < reader->n_in && !input; k++)
        input = input_named(r, reader->in[k]);
    return input;
}

static void note_size(const rq_replacer *r, const char *name, int64_t height, int64_t width)
{
    rq_replacer_note(r,
                     "the images for '%s' are to be resized before, to %" PRId64 "x%" PRId64
                     ": the part of the graph that does so is not in the IR",
                     name, height, width);
}

/* Sizes that the user gave stay, but that those of a range are the resizer's for images of them. */
static void shape_given(bool *resizes, rq_shape *shape, const rq_replacer *r, const char *name,
                        const rq_od_resizer *s)
{
    *resizes = s->height > 0 && (shape->d[1] != s->height || shape->d[2] != s->width);
    if (s->height > 0 || shape->d[1] < 0 || shape->d[2] < 0) return;
    rq_od_resize(s, &shape->d[1], &shape->d[2]);
    note_size(r, name, shape->d[1], shape->d[2]);
}

/* Sizes that nobody gave are the resizer's, of a range the smallest. */
static void shape_open(rq_shape *shape, const rq_replacer *r, const char *name,
                       const rq_od_resizer *s)
{
    int64_t height = s->minimum > 0 ? 0 : shape->d[1], width = s->minimum > 0 ? 0 : shape->d[2];
    rq_od_resize(s, &height, &width);
    shape->d[1] = height > 0 ? height : RQ_DYNAMIC;
    shape->d[2] = width > 0 ? width : RQ_DYNAMIC;
    if (height > 0 && width > 0) note_size(r, name, height, width);
}

rq_status rq_od_shape_input(bool *resizes, rq_replacer *r, const char *images,
                            const rq_od_resizer *resizer)
{
    *resizes = false;
    rq_framework_value *input = find_input(r, images);
    if (!input) return RQ_OK; /* images decoded in the graph: nothing to say about their size */
    rq_shape *shape = &input->tensor.shape;
    if (shape->rank < 0) *shape = (rq_shape){4, {RQ_DYNAMIC, RQ_DYNAMIC, RQ_DYNAMIC, 3}};
    if (shape->rank != 4) return RQ_OK;
    if (shape->d[0] < 0 && !r->options->has_shape) shape->d[0] = 1;
    if (shape->d[3] < 0) shape->d[3] = 3;
    if (r->options->has_shape)
        shape_given(resizes, shape, r, input->name, resizer);
    else
        shape_open(shape, r, input->name, resizer);
    return RQ_OK;
}
