/* Shapes of DetectionOutput's inputs, and boxes from priors and what the network says of them. */
#include "engine/ops/common/detection_output.h"

#include <inttypes.h>
#include <math.h>

static rq_status expect(const rq_node *node, const rq_tensor *t, const char *what, int64_t want)
{
    int64_t got = t->shape.d[1];
    if (t->shape.rank == 2 && got == want) return RQ_OK;
    char text[RQ_SHAPE_TEXT];
    return rq_node_fail(node, RQ_EFORMAT, "%s have shape %s, expected %" PRId64 " per image", what,
                        rq_shape_text(&t->shape, text), want);
}

static rq_status check_shapes(const rq_detection_output *d, const rq_node *node,
                              const rq_tensor *in)
{
    int64_t priors = (int64_t)d->priors, boxes = priors * (int64_t)d->locations * 4;
    RQ_TRY(expect(node, &in[RQ_DET_LOCATION], "box predictions", boxes));
    RQ_TRY(expect(node, &in[RQ_DET_CONFIDENCE], "scores", priors * (int64_t)d->classes));
    if (!d->cascade) return RQ_OK;
    RQ_TRY(expect(node, &in[RQ_DET_AUX_CONF], "auxiliary scores", priors * 2));
    return expect(node, &in[RQ_DET_AUX_LOCATION], "auxiliary box predictions", boxes);
}

rq_status rq_detection_read(rq_detection_output *d, const rq_node *node,
                            const rq_detection_output_attrs *attrs, const rq_tensor *in,
                            uint32_t n_in, int version)
{
    const rq_shape *location = &in[RQ_DET_LOCATION].shape, *conf = &in[RQ_DET_CONFIDENCE].shape;
    const rq_shape *priors = &in[RQ_DET_PRIORS].shape;
    char text[RQ_SHAPE_TEXT];
    int64_t size = attrs->normalized ? 4 : 5, rows = attrs->variance_encoded ? 1 : 2;
    if (priors->rank != 3 || priors->d[1] != rows || priors->d[2] < size || priors->d[2] % size)
        return rq_node_fail(node, RQ_EFORMAT,
                            "priors have shape %s, expected [N,%" PRId64 ",P*%" PRId64 "]",
                            rq_shape_text(priors, text), rows, size);
    if (location->rank != 2 || conf->rank != 2 || conf->d[0] != location->d[0] ||
        (priors->d[0] != 1 && priors->d[0] != location->d[0]))
        return rq_node_fail(node, RQ_EFORMAT, "boxes, scores and priors are for different batches");
    *d = (rq_detection_output){.attrs = attrs,
                               .images = (size_t)location->d[0],
                               .priors = (size_t)(priors->d[2] / size),
                               .prior_size = (size_t)size,
                               .prior_batch = (size_t)priors->d[0],
                               .cascade = rq_input_given(in, n_in, RQ_DET_AUX_LOCATION)};
    int64_t classes = version < 8 ? attrs->num_classes : conf->d[1] / (int64_t)d->priors;
    if (classes < 1 || classes > INT32_MAX)
        return rq_node_fail(node, RQ_EFORMAT, "%" PRId64 " classes", classes);
    d->classes = (size_t)classes;
    d->locations = attrs->share_location ? 1 : d->classes;
    return check_shapes(d, node, in);
}

size_t rq_detection_priors(const rq_detection_output *d, const float *priors, size_t n)
{
    if (d->attrs->normalized) return d->priors;
    size_t rows = d->attrs->variance_encoded ? 1 : 2;
    const float *own = priors + (d->prior_batch == 1 ? 0 : n) * rows * d->priors * d->prior_size;
    size_t count = 0;
    while (count < d->priors && own[count * d->prior_size] != -1.0f) count++;
    return count;
}

/* `move` is what the network wants the prior moved by, in units of the variances. */
static rq_corners decode(const rq_detection_output_attrs *a, rq_corners prior, const float *move,
                         const float variance[4])
{
    float m[4];
    for (int i = 0; i < 4; i++) m[i] = a->variance_encoded ? move[i] : variance[i] * move[i];
    if (!a->normalized) {
        prior.x1 /= (float)a->input_width;
        prior.y1 /= (float)a->input_height;
        prior.x2 /= (float)a->input_width;
        prior.y2 /= (float)a->input_height;
    }
    rq_corners box = {prior.x1 + m[0], prior.y1 + m[1], prior.x2 + m[2], prior.y2 + m[3]};
    if (a->code_type == RQ_CODE_CENTER_SIZE) {
        float width = prior.x2 - prior.x1, height = prior.y2 - prior.y1;
        float x = m[0] * width + (prior.x1 + prior.x2) / 2;
        float y = m[1] * height + (prior.y1 + prior.y2) / 2;
        float w = expf(m[2]) * width, h = expf(m[3]) * height;
        box = (rq_corners){x - w / 2, y - h / 2, x + w / 2, y + h / 2};
    }
    if (a->clip_before) rq_corners_clip(&box, 1.0f, 1.0f);
    return box;
}

void rq_detection_decode(const rq_detection_output *d, const rq_tensor *in, size_t n, size_t l,
                         rq_corners *boxes)
{
    size_t rows = d->attrs->variance_encoded ? 1 : 2, row = d->priors * d->prior_size;
    const float *prior = in[RQ_DET_PRIORS].data;
    prior += (d->prior_batch == 1 ? 0 : n) * rows * row;
    const float *variance = prior + (rows - 1) * row; /* 4 a prior, whatever the prior's size */
    size_t at = n * d->priors * d->locations * 4 + l * 4;
    for (size_t p = 0; p < d->priors; p++, at += d->locations * 4) {
        const float *corner = prior + p * d->prior_size + (d->prior_size - 4);
        rq_corners box = {corner[0], corner[1], corner[2], corner[3]};
        const float *v = d->attrs->variance_encoded ? NULL : variance + p * 4;
        if (d->cascade)
            box = decode(d->attrs, box, (const float *)in[RQ_DET_AUX_LOCATION].data + at, v);
        boxes[p] = decode(d->attrs, box, (const float *)in[RQ_DET_LOCATION].data + at, v);
    }
}
