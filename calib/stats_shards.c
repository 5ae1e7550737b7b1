/* Joining the statistics of parts of a list of images. */
#include "calib/stats_entry.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_stats_merge_entry(rq_stats_entry *into, const rq_stats_entry *from)
{
    rq_stats_value *v = &into->value;
    const rq_stats_value *w = &from->value;
    for (size_t i = 0; i < w->n_images; i++)
        RQ_TRY(rq_stats_append_image(into, w->image_min[i], w->image_max[i]));
    v->count += w->count;
    v->nan_count += w->nan_count;
    v->inf_count += w->inf_count;
    for (size_t c = 0; c < v->n_channels; c++) {
        if (!from->finite[c]) continue;
        rq_stats_widen_channel(into, c, w->channel_min[c], w->channel_max[c]);
        into->finite[c] += from->finite[c];
        rq_exact_sum_merge(&into->sum[c], &from->sum[c]);
        rq_exact_sum_merge(&into->square[c], &from->square[c]);
    }
    return rq_histogram_merge(v->histogram, w->histogram);
}

static rq_status check_values(const rq_stats *into, const rq_stats *from)
{
    for (size_t i = 0; i < into->n && i < from->n; i++) {
        const rq_stats_value *a = &into->entries[i]->value, *b = &from->entries[i]->value;
        char first[RQ_SHAPE_TEXT], second[RQ_SHAPE_TEXT];
        if (strcmp(a->name, b->name) != 0)
            return rq_fail(RQ_EARG, "value %zu is '%s' in one and '%s' in the other", i, a->name,
                           b->name);
        if (!rq_shape_equal(&a->shape, &b->shape))
            return rq_fail(RQ_EARG, "value '%s' has shape %s in one and %s in the other", a->name,
                           rq_shape_text(&a->shape, first), rq_shape_text(&b->shape, second));
    }
    return into->n == from->n
               ? RQ_OK
               : rq_fail(RQ_EARG, "one has %zu values, the other %zu", into->n, from->n);
}

/* Shards of one list keep its digest and total; two lists get those of both. */
static rq_status merge_lists(rq_stats_origin *joint, const rq_stats_origin *from,
                             char digest[RQ_DIGEST_TEXT])
{
    joint->images_done += from->images_done;
    joint->images_bad += from->images_bad;
    const char *first = joint->data_digest, *second = from->data_digest;
    if (first && second && strcmp(first, second) != 0) {
        rq_hasher *hasher;
        RQ_TRY(rq_hasher_create(&hasher));
        rq_hasher_text(hasher, first);
        rq_hasher_text(hasher, second);
        rq_hasher_finish(&hasher, digest);
        joint->data_digest = digest;
        joint->images_total += from->images_total;
    }
    if (joint->images_done <= joint->images_total) return RQ_OK;
    return rq_fail(RQ_EARG,
                   "the parts have %zu images together, but their list has %zu: some are in both",
                   joint->images_done, joint->images_total);
}

rq_status rq_stats_append(rq_stats *into, const rq_stats *from, const char *from_path)
{
    rq_status status = check_values(into, from);
    if (status != RQ_OK) return rq_fail_prefix(status, "%s", from_path);
    for (size_t i = 0; i < into->n; i++)
        RQ_TRY(rq_stats_merge_entry(into->entries[i], from->entries[i]));
    return RQ_OK;
}

/* x[n]: of `into`, then of `from`. */
static void weave(float *x, const float *joined, size_t n, size_t n_into, const bool *is_from)
{
    size_t into = 0, from = n_into;
    for (size_t i = 0; i < n; i++) x[i] = joined[is_from[i] ? from++ : into++];
}

rq_status rq_stats_weave(rq_stats *into, const rq_stats *from, const bool *is_from,
                         const char *from_path)
{
    size_t n_into = into->n ? into->entries[0]->value.n_images : 0, n;
    float *joined;
    RQ_TRY(rq_stats_append(into, from, from_path));
    n = into->n ? into->entries[0]->value.n_images : 0;
    RQ_TRY(rq_calloc(&joined, n, sizeof *joined, "statistics of images"));
    for (size_t i = 0; i < into->n; i++) {
        float *of_images[] = {into->entries[i]->value.image_min, into->entries[i]->value.image_max};
        for (size_t k = 0; n && k < 2; k++) {
            memcpy(joined, of_images[k], n * sizeof *joined);
            weave(of_images[k], joined, n, n_into, is_from);
        }
    }
    free(joined);
    return RQ_OK;
}

rq_status rq_stats_merge(rq_stats *into, const rq_stats *from, const char *from_path)
{
    char digest[RQ_DIGEST_TEXT];
    rq_stats_origin joint = into->origin;
    RQ_TRY(rq_stats_check(from, from_path, joint.model_digest, joint.preprocess, NULL));
    if (into->shard || from->shard)
        return rq_fail(RQ_EARG, "%s: shards are joined as files (rq_merge)", from_path);
    rq_status status = check_values(into, from);
    if (status != RQ_OK) return rq_fail_prefix(status, "%s", from_path);
    RQ_TRY(merge_lists(&joint, &from->origin, digest));
    RQ_TRY(rq_stats_set_origin(into, &joint));
    RQ_TRY(rq_stats_append(into, from, from_path));
    rq_stats_finish(into);
    return RQ_OK;
}
