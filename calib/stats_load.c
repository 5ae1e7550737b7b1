#include "calib/stats_file.h"

#include "calib/h5_tree.h"
#include "calib/stats_entry.h"
#include "calib/stats_shard_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the sums of images may reach, so that merging files cannot overflow: see exact_sum.h, and
 * RQ_STATS_MAX_IMAGES. */
#define MAX_DIGIT ((int64_t)1 << 61)

typedef struct loader {
    rq_h5_tree *tree;
    rq_stats *stats;
    rq_arena *arena; /* of the tree */
    const char *path;
} loader;

static rq_status damaged(const loader *l, const char *name, const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s: value '%s': %s", l->path, name, what);
}

/* -- origin --------------------------------------------------------------------------------- */

static rq_status check_format(const loader *l)
{
    const char *format;
    uint64_t version;
    RQ_TRY(rq_h5_tree_text(&format, l->tree, "format"));
    RQ_TRY(rq_h5_tree_count(&version, l->tree, "version"));
    if (format && !strcmp(format, RQ_STATS_FORMAT) && version == RQ_STATS_VERSION) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: format '%s' version %" PRIu64 ", expected '%s' version %d",
                   l->path, format ? format : "", version, RQ_STATS_FORMAT, RQ_STATS_VERSION);
}

static rq_status get_origin(const loader *l)
{
    rq_stats_origin o = {0};
    const struct {
        const char *name, **text;
    } texts[] = {{"tool", &o.tool},
                 {"model", &o.model},
                 {"model_digest", &o.model_digest},
                 {"data", &o.data},
                 {"data_digest", &o.data_digest},
                 {"preprocess", &o.preprocess},
                 {"compute_isa", &o.compute_isa}};
    uint64_t total, done, bad;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        RQ_TRY(rq_h5_tree_text(texts[i].text, l->tree, texts[i].name));
    RQ_TRY(rq_h5_tree_count(&total, l->tree, "images_total"));
    RQ_TRY(rq_h5_tree_count(&done, l->tree, "images_done"));
    RQ_TRY(rq_h5_tree_count(&bad, l->tree, "images_bad"));
    if (done > total || bad > done || total > RQ_STATS_MAX_IMAGES)
        return rq_fail(RQ_EFORMAT,
                       "%s: %" PRIu64 " of %" PRIu64 " images done, %" PRIu64 " of them bad",
                       l->path, done, total, bad);
    o.images_total = (size_t)total;
    o.images_done = (size_t)done;
    o.images_bad = (size_t)bad;
    return rq_stats_set_origin(l->stats, &o);
}

/* -- one value ------------------------------------------------------------------------------ */

static rq_status get_shape(rq_shape *shape, int *axis, const loader *l, const char *name)
{
    size_t rank, channels, one;
    int64_t along;
    memset(shape, 0, sizeof *shape);
    RQ_TRY(rq_h5_tree_integers(shape->d, &rank, l->tree, "shape", RQ_MAX_RANK));
    shape->rank = (int)rank;
    RQ_TRY(rq_shape_check(shape, true, l->path));
    RQ_TRY(rq_h5_tree_integers(&along, &one, l->tree, "axis", 1));
    if (one != 1 || along < -1 || along >= shape->rank ||
        (along >= 0 && shape->d[along] == RQ_DYNAMIC))
        return damaged(l, name, "a channel axis that its shape has not");
    *axis = (int)along;
    size_t expected = rq_stats_channels(shape, *axis);
    /* Before memory is taken for them. */
    RQ_TRY(rq_h5_tree_rows(&channels, l->tree, "channel_min", RQ_DT_F32, 1));
    return channels == expected ? RQ_OK : damaged(l, name, "other channels than its shape has");
}

static rq_status get_images(rq_stats_value *v, const loader *l)
{
    size_t n;
    RQ_TRY(rq_h5_tree_rows(&n, l->tree, "image_min", RQ_DT_F32, 1));
    if (n > l->stats->origin.images_done) return damaged(l, v->name, "more images than there were");
    RQ_TRY(rq_calloc(&v->image_min, n, sizeof(float), "image minima"));
    RQ_TRY(rq_calloc(&v->image_max, n, sizeof(float), "image maxima"));
    RQ_TRY(rq_h5_tree_array(v->image_min, l->tree, "image_min", RQ_DT_F32, n, 1));
    RQ_TRY(rq_h5_tree_array(v->image_max, l->tree, "image_max", RQ_DT_F32, n, 1));
    v->n_images = n;
    for (size_t i = 0; i < n; i++) {
        bool none = isnan(v->image_min[i]) && isnan(v->image_max[i]);
        bool fits = isfinite(v->image_min[i]) && isfinite(v->image_max[i]) &&
                    v->image_min[i] <= v->image_max[i];
        if (!none && !fits) return damaged(l, v->name, "extremes of an image are no range");
    }
    return RQ_OK;
}

static bool sum_is_sound(const rq_exact_sum *sum)
{
    bool sound = sum->top >= RQ_SUM_NO_TOP && sum->top <= RQ_SUM_MAX_TOP;
    for (size_t k = 0; k < RQ_SUM_DIGITS; k++)
        sound = sound && sum->digit[k] <= MAX_DIGIT && sum->digit[k] >= -MAX_DIGIT;
    return sound && isfinite(rq_exact_sum_value(sum));
}

static rq_status get_sums(rq_exact_sum *sums, const loader *l, const rq_stats_value *v,
                          const char *name, const char *top_name)
{
    int64_t *digits = NULL;
    int32_t *tops = NULL;
    size_t n = v->n_channels;
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&digits, n * RQ_SUM_DIGITS, sizeof *digits, "sums"), done);
    RQ_TRY_GOTO(rq_calloc(&tops, n, sizeof *tops, "sums"), done);
    RQ_TRY_GOTO(rq_h5_tree_array(digits, l->tree, name, RQ_DT_I64, n, RQ_SUM_DIGITS), done);
    RQ_TRY_GOTO(rq_h5_tree_array(tops, l->tree, top_name, RQ_DT_I32, n, 1), done);
    for (size_t c = 0; c < n && status == RQ_OK; c++) {
        for (size_t k = 0; k < RQ_SUM_DIGITS; k++) sums[c].digit[k] = digits[c * RQ_SUM_DIGITS + k];
        sums[c].top = tops[c];
        if (!sum_is_sound(&sums[c])) status = damaged(l, v->name, "a channel's sum is no number");
    }
done:
    free(digits);
    free(tops);
    return status;
}

static rq_status check_channels(const rq_stats_entry *entry, const loader *l)
{
    const rq_stats_value *v = &entry->value;
    uint64_t finite = 0;
    for (size_t c = 0; c < v->n_channels; c++) {
        float min = v->channel_min[c], max = v->channel_max[c];
        bool range = isfinite(min) && isfinite(max) && min <= max;
        if (!range || (!entry->finite[c] && (min != 0.0f || max != 0.0f)))
            return damaged(l, v->name, "extremes of a channel are no range");
        if (entry->finite[c] > v->count - finite)
            return damaged(l, v->name, "more elements in channels than in all");
        finite += entry->finite[c];
    }
    if (v->nan_count > v->count || v->inf_count > v->count - v->nan_count ||
        finite != v->count - v->nan_count - v->inf_count)
        return damaged(l, v->name, "its counts of elements do not add up");
    return RQ_OK;
}

static rq_status get_channels(rq_stats_entry *entry, const loader *l)
{
    rq_stats_value *v = &entry->value;
    size_t n = v->n_channels;
    RQ_TRY(rq_h5_tree_count(&v->count, l->tree, "count"));
    RQ_TRY(rq_h5_tree_count(&v->nan_count, l->tree, "nan_count"));
    RQ_TRY(rq_h5_tree_count(&v->inf_count, l->tree, "inf_count"));
    RQ_TRY(rq_h5_tree_array(v->channel_min, l->tree, "channel_min", RQ_DT_F32, n, 1));
    RQ_TRY(rq_h5_tree_array(v->channel_max, l->tree, "channel_max", RQ_DT_F32, n, 1));
    RQ_TRY(rq_h5_tree_array(entry->finite, l->tree, "channel_finite", RQ_DT_U64, n, 1));
    RQ_TRY(get_sums(entry->sum, l, v, "channel_sum", "channel_sum_top"));
    RQ_TRY(get_sums(entry->square, l, v, "channel_square_sum", "channel_square_sum_top"));
    return check_channels(entry, l);
}

static rq_status fill_histogram(rq_stats_value *v, const loader *l, const uint16_t *buckets,
                                const uint64_t *counts, size_t n)
{
    uint64_t most = v->count - v->nan_count - v->inf_count;
    for (size_t i = 0; i < n; i++) {
        if (!rq_histogram_is_finite(buckets[i]) || (i && buckets[i] <= buckets[i - 1]))
            return damaged(l, v->name, "the buckets of its histogram do not rise");
        if (counts[i] == 0 || counts[i] > most - v->histogram->total)
            return damaged(l, v->name, "its histogram counts other elements than there are");
        RQ_TRY(rq_histogram_add(v->histogram, buckets[i], counts[i]));
    }
    return RQ_OK;
}

static rq_status get_histogram(rq_stats_value *v, const loader *l)
{
    size_t n;
    RQ_TRY(rq_h5_tree_rows(&n, l->tree, "histogram_bucket", RQ_DT_U16, 1));
    if (n > RQ_HISTOGRAM_BUCKETS) return damaged(l, v->name, "its histogram has too many buckets");
    uint16_t *buckets = NULL;
    uint64_t *counts = NULL;
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&buckets, n, sizeof *buckets, "a histogram"), done);
    RQ_TRY_GOTO(rq_calloc(&counts, n, sizeof *counts, "a histogram"), done);
    RQ_TRY_GOTO(rq_h5_tree_array(buckets, l->tree, "histogram_bucket", RQ_DT_U16, n, 1), done);
    RQ_TRY_GOTO(rq_h5_tree_array(counts, l->tree, "histogram_count", RQ_DT_U64, n, 1), done);
    status = fill_histogram(v, l, buckets, counts, n);
done:
    free(buckets);
    free(counts);
    return status;
}

/* Files do not hold the histogram's bounds: they are those of all images. */
static void bound_histogram(rq_stats_value *v)
{
    if (v->histogram->total) rq_histogram_bound(v->histogram, v->min, v->max);
}

static rq_status get_value(const loader *l)
{
    const char *name;
    rq_shape shape;
    int axis = -1;
    RQ_TRY(rq_h5_tree_text(&name, l->tree, "name"));
    if (!name) return rq_fail(RQ_EFORMAT, "%s: a value without a name", l->path);
    RQ_TRY(get_shape(&shape, &axis, l, name));
    if (rq_stats_find(l->stats, name)) return damaged(l, name, "it is there twice");
    RQ_TRY(rq_stats_add_value(l->stats, NULL, name, &shape, axis));
    rq_stats_entry *entry = l->stats->entries[l->stats->n - 1];
    RQ_TRY(get_channels(entry, l));
    return get_histogram(&entry->value, l);
}

/* All values first, images after: a value cannot join statistics that have images. */
static rq_status for_values(const loader *l, size_t n, bool images)
{
    for (size_t i = 0; i < n; i++) {
        char name[24];
        snprintf(name, sizeof name, "%05zu", i);
        RQ_TRY(rq_h5_tree_enter(l->tree, name));
        RQ_TRY(images ? get_images(&l->stats->entries[i]->value, l) : get_value(l));
        rq_h5_tree_leave(l->tree);
    }
    return RQ_OK;
}

static rq_status get_values(const loader *l)
{
    RQ_TRY(rq_h5_tree_enter(l->tree, "values"));
    size_t n = rq_h5_tree_children(l->tree);
    RQ_TRY(for_values(l, n, false));
    RQ_TRY(for_values(l, n, true));
    for (size_t i = 1; i < n; i++)
        if (l->stats->entries[i]->value.n_images != l->stats->entries[0]->value.n_images)
            return damaged(l, l->stats->entries[i]->value.name, "other images than the first has");
    rq_stats_finish(l->stats);
    for (size_t i = 0; i < n; i++) bound_histogram(&l->stats->entries[i]->value);
    return RQ_OK;
}

static rq_status load(loader *l)
{
    RQ_TRY(rq_arena_create(&l->arena));
    RQ_TRY(rq_stats_create(&l->stats));
    RQ_TRY(rq_h5_tree_read(&l->tree, l->arena, l->path));
    RQ_TRY(check_format(l));
    RQ_TRY(get_origin(l));
    RQ_TRY(rq_stats_get_shard(l->stats, l->tree, l->arena, l->path));
    return get_values(l);
}

rq_status rq_stats_load(rq_stats **out, const char *path)
{
    loader l = {.path = path};
    rq_status status = load(&l);
    rq_h5_tree_free(&l.tree);
    rq_arena_destroy(&l.arena);
    if (status != RQ_OK) rq_stats_destroy(&l.stats);
    *out = l.stats;
    return status;
}
