#include "engine/ops/common/multi_nms.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const rq_multi_nms_sorts[] = {"none", "classid", "score", NULL};
enum { BY_CLASS = 1, BY_SCORE };

/* -- inputs -------------------------------------------------------------------------------- */

enum { BOXES, SCORES, COUNTS };

/* The boxes and scores of image n and class c, in either form of the inputs. */
typedef struct layout {
    const rq_tensor *in;
    bool shared;                   /* boxes are the same for all classes */
    size_t images, classes, boxes; /* boxes: of all images where they are not shared */
} layout;

static layout read_layout(const rq_tensor *in)
{
    const rq_shape *s = &in[SCORES].shape;
    if (s->rank == 3) return (layout){in, true, (size_t)s->d[0], (size_t)s->d[1], (size_t)s->d[2]};
    return (layout){in, false, (size_t)in[COUNTS].shape.d[0], (size_t)s->d[0], (size_t)s->d[1]};
}

static size_t images_boxes(const layout *l, size_t image)
{
    if (l->shared) return l->boxes;
    int64_t n = rq_load_i64(l->in[COUNTS].data, l->in[COUNTS].dtype, image);
    return n > 0 ? (size_t)n : 0;
}

static rq_status check_counts(const rq_node *node, const layout *l)
{
    size_t left = l->boxes;
    for (size_t n = 0; !l->shared && n < l->images; n++) {
        size_t count = images_boxes(l, n);
        if (count > left)
            return rq_node_fail(node, RQ_EARG, "image %zu has %zu boxes, but %zu are left of %zu",
                                n, count, left, l->boxes);
        left -= count;
    }
    return RQ_OK;
}

static rq_status check_shapes(const rq_infer *ctx)
{
    const rq_shape *boxes = &ctx->in[BOXES].shape, *scores = &ctx->in[SCORES].shape;
    bool counted = rq_input_given(ctx->in, ctx->n_in, COUNTS);
    RQ_TRY(rq_infer_rank(ctx, BOXES, 3, 3));
    RQ_TRY(rq_infer_rank(ctx, SCORES, counted ? 2 : 3, counted ? 2 : 3));
    if (counted) {
        RQ_TRY(rq_infer_rank(ctx, COUNTS, 1, 1));
        RQ_TRY(rq_infer_integer(ctx, COUNTS));
    }
    if (boxes->d[2] == 4 && boxes->d[0] == scores->d[0] && boxes->d[1] <= INT32_MAX &&
        scores->d[0] <= INT32_MAX && boxes->d[1] == scores->d[scores->rank - 1])
        return RQ_OK;
    char b[RQ_SHAPE_TEXT], s[RQ_SHAPE_TEXT];
    return rq_node_fail(ctx->node, RQ_EFORMAT, "boxes %s do not fit scores %s",
                        rq_shape_text(boxes, b), rq_shape_text(scores, s));
}

rq_status rq_multi_nms_infer(rq_infer *ctx)
{
    const rq_multi_nms_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_floats(ctx, 2));
    RQ_TRY(check_shapes(ctx));
    if (ctx->n_out != 3 || (a->output_type != RQ_DT_I32 && a->output_type != RQ_DT_I64))
        return rq_node_fail(ctx->node, RQ_EFORMAT, "%u outputs of type %s", ctx->n_out,
                            rq_dtype_name(a->output_type));
    ctx->out[0].dtype = ctx->in[BOXES].dtype;
    ctx->out[1].dtype = ctx->out[2].dtype = a->output_type;
    return rq_infer_defer(ctx);
}

/* -- choosing ------------------------------------------------------------------------------ */

typedef struct work {
    rq_pick *picks;
    size_t *per_image;
    rq_sort_item *order; /* of one class */
    float *spare;
} work;

static size_t per_class(const layout *l, const rq_multi_nms_attrs *a)
{
    return a->nms_top_k >= 0 && (uint64_t)a->nms_top_k < l->boxes ? (size_t)a->nms_top_k : l->boxes;
}

static size_t cut_work(work *w, const layout *l, const rq_multi_nms_attrs *a, void *base)
{
    size_t picks = l->classes * per_class(l, a) * (l->shared ? l->images : 1);
    if (!l->shared) picks = l->classes * l->boxes;
    *w = (work){0};
    if (base) {
        w->picks = base;
        w->order = (rq_sort_item *)(void *)(w->picks + picks);
        w->per_image = (size_t *)(void *)(w->order + l->boxes);
        w->spare = (float *)(void *)(w->per_image + l->images);
    }
    return picks * sizeof(rq_pick) + l->images * sizeof(size_t) +
           l->boxes * (sizeof(rq_sort_item) + sizeof(float));
}

size_t rq_multi_nms_scratch(const rq_infer *ctx)
{
    layout l = read_layout(ctx->in);
    work w;
    return cut_work(&w, &l, ctx->attrs, NULL);
}

/* Order of rows by score; equal ones by image, class, box. */
static int by_score(const void *left, const void *right)
{
    const rq_pick *a = left, *b = right;
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    if (a->image != b->image) return a->image < b->image ? -1 : 1;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    return a->box < b->box ? -1 : a->box > b->box;
}

static int by_class(const void *left, const void *right)
{
    const rq_pick *a = left, *b = right;
    if (a->label != b->label) return a->label < b->label ? -1 : 1;
    if (a->image != b->image) return a->image < b->image ? -1 : 1;
    return by_score(left, right);
}

static void sort(rq_pick *picks, size_t n, int order)
{
    if (n) qsort(picks, n, sizeof *picks, order == BY_CLASS ? by_class : by_score);
}

/* All of image n's rows, its boxes from `first` on where they are not shared. */
static size_t choose_image(const layout *l, const rq_multi_nms_attrs *a, size_t n, size_t first,
                           const work *w, rq_pick *picks, const rq_multi_nms_rule *rule)
{
    size_t total = 0, count = images_boxes(l, n);
    for (size_t c = 0; c < l->classes; c++) {
        if ((int64_t)c == a->background) continue;
        const rq_corners *boxes = l->in[BOXES].data;
        const float *scores = l->in[SCORES].data;
        boxes += (l->shared ? n : c) * l->boxes + first;
        scores += (l->shared ? n * l->classes + c : c) * l->boxes + first;
        size_t found = 0;
        for (size_t b = 0; b < count; b++)
            if (scores[b] > (float)a->score_threshold ||
                (rule->inclusive && scores[b] == (float)a->score_threshold))
                w->order[found++] = rq_rank_score(scores[b], (int64_t)b);
        size_t limit = per_class(l, a);
        if (found < limit) limit = found;
        rq_sort_first(w->order, found, limit);
        size_t chosen = rule->choose(a, boxes, scores, w->order, limit, picks + total, w->spare);
        for (size_t i = 0; i < chosen; i++) {
            picks[total + i].label = (int32_t)c;
            picks[total + i].image = (int32_t)n;
        }
        total += chosen;
    }
    sort(picks, total, BY_SCORE);
    if (a->keep_top_k >= 0 && (uint64_t)a->keep_top_k < total) total = (size_t)a->keep_top_k;
    if (a->sort == BY_CLASS && rule->sorts_images) sort(picks, total, BY_CLASS);
    return total;
}

/* -- outputs ------------------------------------------------------------------------------- */

static void write_row(const layout *l, const rq_pick *pick, size_t first, float *row,
                      rq_tensor *index, size_t i)
{
    size_t box = first + (size_t)pick->box, c = (size_t)pick->label, n = (size_t)pick->image;
    const rq_corners *boxes = l->in[BOXES].data;
    row[0] = (float)c;
    row[1] = pick->score;
    memcpy(row + 2, &boxes[(l->shared ? n : c) * l->boxes + box], sizeof *boxes);
    rq_store_i64(index->data, index->dtype, i,
                 (int64_t)(l->shared ? n * l->boxes + box : box * l->classes + c));
}

static size_t first_box(const layout *l, size_t image)
{
    size_t first = 0;
    for (size_t n = 0; !l->shared && n < image; n++) first += images_boxes(l, n);
    return first;
}

static rq_status write_outputs(rq_call *call, const layout *l, const work *w, size_t total)
{
    rq_shape rows = {2, {(int64_t)total, 6}}, index = {2, {(int64_t)total, 1}};
    rq_shape images = {1, {(int64_t)l->images}};
    RQ_TRY(rq_call_resize(call, 0, &rows));
    RQ_TRY(rq_call_resize(call, 1, &index));
    RQ_TRY(rq_call_resize(call, 2, &images));
    for (size_t i = 0; i < total; i++)
        write_row(l, &w->picks[i], first_box(l, (size_t)w->picks[i].image),
                  (float *)call->out[0].data + i * 6, &call->out[1], i);
    for (size_t n = 0; n < l->images; n++)
        rq_store_i64(call->out[2].data, call->out[2].dtype, n, (int64_t)w->per_image[n]);
    return RQ_OK;
}

rq_status rq_multi_nms_run(rq_call *call, const rq_multi_nms_rule *rule)
{
    const rq_multi_nms_attrs *a = call->attrs;
    layout l = read_layout(call->in);
    work w;
    size_t total = 0, first = 0;
    RQ_TRY(check_counts(call->node, &l));
    cut_work(&w, &l, a, call->scratch);
    for (size_t n = 0; n < l.images; n++) {
        w.per_image[n] = choose_image(&l, a, n, first, &w, w.picks + total, rule);
        total += w.per_image[n];
        if (!l.shared) first += images_boxes(&l, n);
    }
    if (a->across_batch && a->sort) sort(w.picks, total, a->sort);
    return write_outputs(call, &l, &w, total);
}
