/* Operation Specifications: DetectionOutput-1, DetectionOutput-8. Scores per prior and class and
 * boxes per prior become a list of detections, each [image, label, score, x1, y1, x2, y2].
 * decrease_label_id chooses between two ways: with it (MXNet) each prior competes only for its
 * best class, without it (Caffe) for all but the background. */
#include "engine/ops/common/detection_output.h"

#include <string.h>

static const char *const code_types[] = {"caffe.PriorBoxParameter.CORNER",
                                         "caffe.PriorBoxParameter.CENTER_SIZE", NULL};

#define FIELD(name) offsetof(rq_detection_output_attrs, name)

static const rq_attr_spec attrs_table[] = {
    {"num_classes", RQ_ATTR_INT, FIELD(num_classes), "0", NULL},
    {"background_label_id", RQ_ATTR_INT, FIELD(background), "0", NULL},
    {"top_k", RQ_ATTR_INT, FIELD(top_k), "-1", NULL},
    {"variance_encoded_in_target", RQ_ATTR_BOOL, FIELD(variance_encoded), "false", NULL},
    {"keep_top_k", RQ_ATTR_INTS, FIELD(keep_top_k), NULL, NULL},
    {"code_type", RQ_ATTR_ENUM, FIELD(code_type), "caffe.PriorBoxParameter.CORNER", code_types},
    {"share_location", RQ_ATTR_BOOL, FIELD(share_location), "true", NULL},
    {"nms_threshold", RQ_ATTR_FLOAT, FIELD(nms_threshold), NULL, NULL},
    {"confidence_threshold", RQ_ATTR_FLOAT, FIELD(confidence_threshold), "0", NULL},
    {"clip_after_nms", RQ_ATTR_BOOL, FIELD(clip_after), "false", NULL},
    {"clip_before_nms", RQ_ATTR_BOOL, FIELD(clip_before), "false", NULL},
    {"decrease_label_id", RQ_ATTR_BOOL, FIELD(decrease_label), "false", NULL},
    {"normalized", RQ_ATTR_BOOL, FIELD(normalized), "false", NULL},
    {"input_height", RQ_ATTR_INT, FIELD(input_height), "1", NULL},
    {"input_width", RQ_ATTR_INT, FIELD(input_width), "1", NULL},
    {"objectness_score", RQ_ATTR_FLOAT, FIELD(objectness_score), "0", NULL},
    RQ_ATTRS_END,
};

static rq_status infer(rq_infer *ctx)
{
    const rq_detection_output_attrs *a = ctx->attrs;
    rq_detection_output d;
    RQ_TRY(rq_infer_arity(ctx, 3, 5));
    RQ_TRY(rq_infer_floats(ctx, 5));
    RQ_TRY(rq_detection_read(&d, ctx->node, a, ctx->in, ctx->n_in, ctx->version));
    if (a->keep_top_k.n < 1 || (!a->normalized && (a->input_height < 1 || a->input_width < 1)))
        return rq_node_fail(ctx->node, RQ_EFORMAT,
                            "keep_top_k is empty, or the image has no pixels");
    int64_t keep = a->keep_top_k.v[0], rows = (int64_t)d.priors;
    if (a->top_k > 0) rows = a->top_k;
    if (keep > 0)
        rows = keep;
    else if (!rq_mul_i64(&rows, rows, (int64_t)d.classes))
        rows = RQ_MAX_ELEMENTS;
    if (!rq_mul_i64(&rows, rows, (int64_t)d.images))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "too many detections");
    ctx->out[0].dtype = ctx->in[0].dtype;
    ctx->out[0].shape = (rq_shape){4, {1, 1, rows, 7}};
    return RQ_OK;
}

/* Scratch of one image, cut from one block. */
typedef struct work {
    rq_corners *boxes;   /* [locations][priors] */
    rq_sort_item *order; /* [classes * priors] */
    int32_t *kept;       /* [classes][priors]: prior numbers, best first */
    size_t *n_kept;      /* [classes] */
} work;

static size_t cut_work(work *w, const rq_detection_output *d, char *base)
{
    size_t all = d->classes * d->priors, at = 0;
    size_t boxes = at;
    at += rq_round_up(d->locations * d->priors * sizeof(rq_corners), RQ_ALIGN);
    size_t order = at;
    at += rq_round_up(all * sizeof(rq_sort_item), RQ_ALIGN);
    size_t kept = at;
    at += rq_round_up(all * sizeof(int32_t), RQ_ALIGN);
    size_t n_kept = at;
    at += d->classes * sizeof(size_t);
    if (base)
        *w = (work){(rq_corners *)(void *)(base + boxes), (rq_sort_item *)(void *)(base + order),
                    (int32_t *)(void *)(base + kept), (size_t *)(void *)(base + n_kept)};
    return at;
}

static size_t scratch(const rq_infer *ctx)
{
    rq_detection_output d;
    work w;
    if (rq_detection_read(&d, ctx->node, ctx->attrs, ctx->in, ctx->n_in, ctx->version) != RQ_OK)
        return 0;
    return cut_work(&w, &d, NULL);
}

/* A prior that the first stage holds for background has no score but for the background. */
static float score_of(const rq_detection_output *d, const rq_tensor *in, size_t n, size_t p,
                      size_t c)
{
    const float *conf = in[RQ_DET_CONFIDENCE].data;
    if (d->cascade) {
        const float *object = in[RQ_DET_AUX_CONF].data;
        if (object[(n * d->priors + p) * 2 + 1] < (float)d->attrs->objectness_score)
            return (int64_t)c == d->attrs->background ? 1.0f : 0.0f;
    }
    return conf[(n * d->priors + p) * d->classes + c];
}

static size_t best_first(const rq_detection_output *d, rq_sort_item *order, size_t n)
{
    int64_t top_k = d->attrs->top_k;
    size_t k = top_k >= 0 && (size_t)top_k < n ? (size_t)top_k : n;
    rq_sort_first(order, n, k);
    return k;
}

static const rq_corners *boxes_of(const rq_detection_output *d, const work *w, size_t c)
{
    return w->boxes + (d->attrs->share_location ? 0 : c) * d->priors;
}

static void detect_caffe(const rq_detection_output *d, const rq_tensor *in, size_t n, size_t priors,
                         work *w)
{
    float threshold = (float)d->attrs->confidence_threshold;
    for (size_t c = 0; c < d->classes; c++) {
        size_t count = 0;
        if ((int64_t)c == d->attrs->background) continue;
        for (size_t p = 0; p < priors; p++) {
            float score = score_of(d, in, n, p, c);
            if (score > threshold) w->order[count++] = rq_rank_score(score, (int64_t)p);
        }
        count = best_first(d, w->order, count);
        w->n_kept[c] = rq_corners_suppress(w->kept + c * d->priors, count, boxes_of(d, w, c),
                                           w->order, count, (float)d->attrs->nms_threshold, 0.0f);
    }
}

/* Adds a prior to its class unless a better one of the class overlaps it. */
static void keep_in_class(const rq_detection_output *d, work *w, size_t c, size_t p)
{
    const rq_corners *boxes = boxes_of(d, w, c);
    int32_t *kept = w->kept + c * d->priors;
    for (size_t k = 0; k < w->n_kept[c]; k++)
        if (rq_corners_overlap(&boxes[p], &boxes[kept[k]], 0.0f) > (float)d->attrs->nms_threshold)
            return;
    kept[w->n_kept[c]++] = (int32_t)p;
}

static void detect_mxnet(const rq_detection_output *d, const rq_tensor *in, size_t n, size_t priors,
                         work *w)
{
    float threshold = (float)d->attrs->confidence_threshold;
    size_t count = 0;
    for (size_t p = 0; p < priors; p++) {
        float best = -1.0f;
        size_t label = 0;
        for (size_t c = 1; c < d->classes; c++) {
            float score = score_of(d, in, n, p, c);
            if ((int64_t)c == d->attrs->background || score < threshold || score <= best) continue;
            best = score;
            label = c;
        }
        if (label) w->order[count++] = rq_rank_score(best, (int64_t)(label * d->priors + p));
    }
    count = best_first(d, w->order, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)w->order[i].index;
        keep_in_class(d, w, at / d->priors, at % d->priors);
    }
}

/* Of all classes together only the best keep_top_k stay. */
static void cut_image(const rq_detection_output *d, const rq_tensor *in, size_t n, work *w)
{
    int64_t keep = d->attrs->keep_top_k.v[0];
    size_t count = 0;
    for (size_t c = 0; c < d->classes; c++) count += w->n_kept[c];
    if (keep < 0 || count <= (size_t)keep) return;
    count = 0;
    for (size_t c = 0; c < d->classes; c++)
        for (size_t k = 0; k < w->n_kept[c]; k++) {
            size_t p = (size_t)w->kept[c * d->priors + k];
            w->order[count++] =
                rq_rank_score(score_of(d, in, n, p, c), (int64_t)(p * d->classes + c));
        }
    rq_sort_first(w->order, count, (size_t)keep);
    memset(w->n_kept, 0, d->classes * sizeof *w->n_kept);
    for (size_t i = 0; i < (size_t)keep; i++) {
        size_t c = (size_t)w->order[i].index % d->classes;
        w->kept[c * d->priors + w->n_kept[c]++] =
            (int32_t)(w->order[i].index / (int64_t)d->classes);
    }
}

static float *write_image(const rq_detection_output *d, const rq_tensor *in, size_t n,
                          const work *w, float *out)
{
    for (size_t c = 0; c < d->classes; c++)
        for (size_t k = 0; k < w->n_kept[c]; k++, out += 7) {
            size_t p = (size_t)w->kept[c * d->priors + k];
            rq_corners box = boxes_of(d, w, c)[p];
            if (d->attrs->clip_after) rq_corners_clip(&box, 1.0f, 1.0f);
            out[0] = (float)n;
            out[1] = (float)c - (d->attrs->decrease_label ? 1.0f : 0.0f);
            out[2] = score_of(d, in, n, p, c);
            memcpy(out + 3, &box, sizeof box);
        }
    return out;
}

static rq_status run(rq_call *call)
{
    rq_detection_output d;
    work w;
    float *out = call->out[0].data, *end = out + rq_tensor_count(&call->out[0]);
    RQ_TRY(rq_detection_read(&d, call->node, call->attrs, call->in, call->n_in, call->version));
    cut_work(&w, &d, call->scratch);
    memset(out, 0, rq_tensor_bytes(&call->out[0]));
    for (size_t n = 0; n < d.images; n++) {
        size_t priors = rq_detection_priors(&d, call->in[RQ_DET_PRIORS].data, n);
        for (size_t l = 0; l < d.locations; l++)
            rq_detection_decode(&d, call->in, n, l, w.boxes + l * d.priors);
        memset(w.n_kept, 0, d.classes * sizeof *w.n_kept);
        (d.attrs->decrease_label ? detect_mxnet : detect_caffe)(&d, call->in, n, priors, &w);
        cut_image(&d, call->in, n, &w);
        out = write_image(&d, call->in, n, &w, out);
    }
    if (out < end) *out = -1.0f; /* marks the end of the list */
    return RQ_OK;
}

const rq_op rq_op_DetectionOutput = {
    .type = "DetectionOutput",
    .opsets = RQ_OPSET(1) | RQ_OPSET(8),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_SELECTS | RQ_OP_EXACT_CONSTANTS,
    .attrs_size = sizeof(rq_detection_output_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
