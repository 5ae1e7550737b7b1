/* Operation Specifications: PriorBoxClustered-1: boxes of given sizes around every cell. */
#include "engine/ops/common/box.h"
#include "engine/ops/common/prior_grid.h"

#include <string.h>

typedef struct clustered_attrs {
    rq_floats width, height, variance;
    double step, step_w, step_h, offset;
    bool clip;
} clustered_attrs;

#define FIELD(name) offsetof(clustered_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"width", RQ_ATTR_FLOATS, FIELD(width), "1", NULL},
    {"height", RQ_ATTR_FLOATS, FIELD(height), "1", NULL},
    {"clip", RQ_ATTR_BOOL, FIELD(clip), "true", NULL},
    {"step", RQ_ATTR_FLOAT, FIELD(step), "0", NULL},
    {"step_w", RQ_ATTR_FLOAT, FIELD(step_w), "0", NULL},
    {"step_h", RQ_ATTR_FLOAT, FIELD(step_h), "0", NULL},
    {"offset", RQ_ATTR_FLOAT, FIELD(offset), NULL, NULL},
    {"variance", RQ_ATTR_FLOATS, FIELD(variance), "", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const clustered_attrs *a = ctx->attrs;
    RQ_TRY(rq_prior_variance_check(ctx->node, &a->variance));
    if (a->width.n != a->height.n)
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%zu widths but %zu heights", a->width.n,
                            a->height.n);
    return rq_prior_grid_infer(ctx, (int64_t)a->width.n);
}

static rq_status run(rq_call *call)
{
    const clustered_attrs *a = call->attrs;
    rq_prior_grid g;
    float *out = call->out[0].data;
    RQ_TRY(rq_prior_grid_read(&g, call->node, call->in));
    float step_w = (float)(a->step_w != 0 ? a->step_w : a->step);
    float step_h = (float)(a->step_h != 0 ? a->step_h : a->step);
    if (step_w == 0 && step_h == 0) {
        step_w = (float)g.image_width / (float)g.width;
        step_h = (float)g.image_height / (float)g.height;
    }
    float width = (float)g.image_width, height = (float)g.image_height;
    for (int64_t row = 0; row < g.height; row++)
        for (int64_t column = 0; column < g.width; column++)
            for (size_t s = 0; s < a->width.n; s++, out += 4) {
                float x = ((float)column + (float)a->offset) * step_w;
                float y = ((float)row + (float)a->offset) * step_h;
                float w = (float)a->width.v[s] / 2.0f, h = (float)a->height.v[s] / 2.0f;
                rq_corners box = {(x - w) / width, (y - h) / height, (x + w) / width,
                                  (y + h) / height};
                if (a->clip) rq_corners_clip(&box, 1.0f, 1.0f);
                memcpy(out, &box, sizeof box);
            }
    rq_prior_variance_fill(&call->out[0], &a->variance);
    return RQ_OK;
}

const rq_op rq_op_PriorBoxClustered = {
    .type = "PriorBoxClustered",
    .opsets = RQ_OPSET(1),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(clustered_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .run = run,
};
