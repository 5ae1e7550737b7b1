/* Operation Specifications: PriorBox-1, PriorBox-8: boxes of several sizes and shapes around every
 * cell of a grid. A cell's boxes, in order: for every fixed size its density grid, for every
 * minimum size the square, the square towards the maximum size, and the other aspect ratios. */
#include "engine/ops/common/box.h"
#include "engine/ops/common/prior_grid.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct prior_attrs {
    rq_floats min_size, max_size, aspect_ratio, density, fixed_ratio, fixed_size, variance;
    double step, offset;
    bool flip, clip, scale_all, max_before_ratios;
} prior_attrs;

#define FIELD(name) offsetof(prior_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"min_size", RQ_ATTR_FLOATS, FIELD(min_size), "", NULL},
    {"max_size", RQ_ATTR_FLOATS, FIELD(max_size), "", NULL},
    {"aspect_ratio", RQ_ATTR_FLOATS, FIELD(aspect_ratio), "", NULL},
    {"flip", RQ_ATTR_BOOL, FIELD(flip), "false", NULL},
    {"clip", RQ_ATTR_BOOL, FIELD(clip), "false", NULL},
    {"step", RQ_ATTR_FLOAT, FIELD(step), "0", NULL},
    {"offset", RQ_ATTR_FLOAT, FIELD(offset), NULL, NULL},
    {"variance", RQ_ATTR_FLOATS, FIELD(variance), "", NULL},
    {"scale_all_sizes", RQ_ATTR_BOOL, FIELD(scale_all), "true", NULL},
    {"fixed_ratio", RQ_ATTR_FLOATS, FIELD(fixed_ratio), "", NULL},
    {"fixed_size", RQ_ATTR_FLOATS, FIELD(fixed_size), "", NULL},
    {"density", RQ_ATTR_FLOATS, FIELD(density), "", NULL},
    {"min_max_aspect_ratios_order", RQ_ATTR_BOOL, FIELD(max_before_ratios), "true", NULL},
    RQ_ATTRS_END,
};

#define MAX_RATIOS 64
#define MAX_DENSITY 1024
#define MAX_PRIORS (INT64_C(1) << 24) /* per cell */

/* Boxes of one cell are counted when `out` is NULL. */
typedef struct cell {
    const prior_attrs *attrs;
    float ratios[MAX_RATIOS]; /* square roots of those other than 1 */
    size_t n_ratios;
    float min_scale; /* of min_size: 1, or the image's height */
    float x, y, image_width, image_height;
    float *out;
    int64_t count;
} cell;

static bool seen(const float *ratios, size_t n, float ratio)
{
    if (fabsf(ratio - 1.0f) < 1e-6f) return true;
    for (size_t i = 0; i < n; i++)
        if (fabsf(ratio - ratios[i]) < 1e-6f) return true;
    return false;
}

/* With `flip` each new ratio brings its reciprocal along. */
static rq_status list_ratios(cell *c, const rq_node *node)
{
    const prior_attrs *a = c->attrs;
    for (size_t i = 0; i < a->aspect_ratio.n; i++) {
        float ratio = (float)a->aspect_ratio.v[i];
        if (!(ratio > 0) || c->n_ratios + 2 > MAX_RATIOS)
            return rq_node_fail(node, RQ_EFORMAT,
                                "aspect ratio %g at %zu, expected up to %d above 0", (double)ratio,
                                i, MAX_RATIOS);
        if (seen(c->ratios, c->n_ratios, ratio)) continue;
        c->ratios[c->n_ratios++] = ratio;
        if (a->flip) c->ratios[c->n_ratios++] = 1.0f / ratio;
    }
    for (size_t i = 0; i < c->n_ratios; i++) c->ratios[i] = sqrtf(c->ratios[i]);
    return RQ_OK;
}

/* width and height are halves. */
static void add(cell *c, float x, float y, float width, float height, bool clip)
{
    c->count++;
    if (!c->out) return;
    float per_column = 1.0f / c->image_width, per_row = 1.0f / c->image_height;
    rq_corners box = {(x - width) * per_column, (y - height) * per_row, (x + width) * per_column,
                      (y + height) * per_row};
    if (clip)
        box = (rq_corners){fmaxf(box.x1, 0), fmaxf(box.y1, 0), fminf(box.x2, 1), fminf(box.y2, 1)};
    if (c->attrs->clip) rq_corners_clip(&box, 1.0f, 1.0f);
    memcpy(c->out, &box, sizeof box);
    c->out += 4;
}

/* density * density boxes that share the area of the fixed size s. */
static void add_grid(cell *c, size_t s, float ratio)
{
    int64_t density = (int64_t)c->attrs->density.v[s];
    float size = (float)c->attrs->fixed_size.v[s];
    float step = (float)(int64_t)(size / (float)density), half = (float)((int64_t)size / 2);
    for (int64_t row = 0; row < density; row++)
        for (int64_t column = 0; column < density; column++)
            add(c, c->x - half + step / 2.0f + (float)column * step,
                c->y - half + step / 2.0f + (float)row * step, size * 0.5f * ratio,
                size * 0.5f / ratio, true);
}

static void add_fixed(cell *c)
{
    const prior_attrs *a = c->attrs;
    for (size_t s = 0; s < a->fixed_size.n; s++) {
        for (size_t r = 0; r < a->fixed_ratio.n; r++)
            add_grid(c, s, sqrtf((float)a->fixed_ratio.v[r]));
        if (a->fixed_ratio.n) continue;
        add_grid(c, s, 1.0f);
        for (size_t r = 0; r < c->n_ratios; r++) add_grid(c, s, c->ratios[r]);
    }
}

static void add_max(cell *c, size_t s, float size)
{
    if (s >= c->attrs->max_size.n) return;
    float half = sqrtf(size * (float)c->attrs->max_size.v[s]) * 0.5f;
    add(c, c->x, c->y, half, half, false);
}

static void add_ratios(cell *c, size_t s)
{
    const rq_floats *sizes = &c->attrs->min_size;
    if (!c->attrs->scale_all && s + 1 < sizes->n) return;
    float half = (float)sizes->v[c->attrs->scale_all ? s : 0] * c->min_scale * 0.5f;
    for (size_t r = 0; r < c->n_ratios; r++)
        add(c, c->x, c->y, half * c->ratios[r], half / c->ratios[r], false);
}

static void add_cell(cell *c)
{
    const prior_attrs *a = c->attrs;
    add_fixed(c);
    for (size_t s = 0; s < a->min_size.n; s++) {
        float size = (float)a->min_size.v[s] * c->min_scale;
        add(c, c->x, c->y, size * 0.5f, size * 0.5f, false);
        if (a->max_before_ratios) add_max(c, s, size);
        add_ratios(c, s);
        if (!a->max_before_ratios) add_max(c, s, size);
    }
}

static rq_status check_fixed(const rq_node *node, const prior_attrs *a)
{
    double grid = 0;
    if (a->fixed_size.n && a->density.n != a->fixed_size.n)
        return rq_node_fail(node, RQ_EFORMAT, "%zu densities for %zu fixed sizes", a->density.n,
                            a->fixed_size.n);
    for (size_t i = 0; i < a->fixed_size.n; i++) {
        double density = a->density.v[i], size = a->fixed_size.v[i];
        if (!(density >= 1 && density <= MAX_DENSITY && size > 0 && size < 1e9))
            return rq_node_fail(node, RQ_EFORMAT, "fixed size %g with density %g", size, density);
        grid += density * density;
    }
    for (size_t i = 0; i < a->fixed_ratio.n; i++)
        if (!(a->fixed_ratio.v[i] > 0))
            return rq_node_fail(node, RQ_EFORMAT, "fixed ratio %g", a->fixed_ratio.v[i]);
    double ratios = (double)(a->fixed_ratio.n ? a->fixed_ratio.n : MAX_RATIOS);
    if (grid * ratios > (double)MAX_PRIORS)
        return rq_node_fail(node, RQ_EFORMAT, "too many priors per cell");
    return RQ_OK;
}

/* What a cell needs but its place; counts its boxes. */
static rq_status open_cell(cell *c, const rq_node *node, const prior_attrs *a, int64_t *priors)
{
    *c = (cell){.attrs = a, .min_scale = 1.0f};
    RQ_TRY(check_fixed(node, a));
    RQ_TRY(rq_prior_variance_check(node, &a->variance));
    RQ_TRY(list_ratios(c, node));
    add_cell(c);
    *priors = c->count;
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    cell c;
    int64_t priors;
    RQ_TRY(open_cell(&c, ctx->node, ctx->attrs, &priors));
    return rq_prior_grid_infer(ctx, priors);
}

static rq_status run(rq_call *call)
{
    const prior_attrs *a = call->attrs;
    rq_prior_grid g;
    cell c;
    int64_t priors;
    RQ_TRY(rq_prior_grid_read(&g, call->node, call->in));
    RQ_TRY(open_cell(&c, call->node, a, &priors));
    c.out = call->out[0].data;
    c.image_height = (float)g.image_height;
    c.image_width = (float)g.image_width;
    float step = (float)a->step, offset = (float)a->offset;
    if (!a->scale_all) {
        c.min_scale = c.image_height;
        step = step == -1.0f ? c.image_height / (float)g.height : step * c.image_height;
    }
    float step_x = step == 0 ? c.image_width / (float)g.width : step;
    float step_y = step == 0 ? c.image_height / (float)g.height : step;
    if (step == 0) offset = 0.5f;
    for (int64_t row = 0; row < g.height; row++)
        for (int64_t column = 0; column < g.width; column++) {
            c.x = ((float)column + offset) * step_x;
            c.y = ((float)row + offset) * step_y;
            add_cell(&c);
        }
    rq_prior_variance_fill(&call->out[0], &a->variance);
    return RQ_OK;
}

const rq_op rq_op_PriorBox = {
    .type = "PriorBox",
    .opsets = RQ_OPSET(1) | RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(prior_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
