#include "calib/stats_file.h"

#include "calib/h5.h"
#include "calib/h5_seal.h"
#include "calib/stats_entry.h"
#include "calib/stats_shard_file.h"
#include "engine/base/file.h"
#include "engine/base/formats/hdf5_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static rq_status put_origin(rq_h5 *h5, const rq_stats_origin *o)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"format", RQ_STATS_FORMAT},
                 {"tool", o->tool},
                 {"model", o->model},
                 {"model_digest", o->model_digest},
                 {"data", o->data},
                 {"data_digest", o->data_digest},
                 {"preprocess", o->preprocess},
                 {"preprocess_digest", o->preprocess_digest},
                 {"compute_isa", o->compute_isa}};
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {{"version", RQ_STATS_VERSION},
                  {"images_total", o->images_total},
                  {"images_done", o->images_done},
                  {"images_bad", o->images_bad}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        RQ_TRY(rq_h5_put_text(h5, texts[i].name, texts[i].text));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        RQ_TRY(rq_h5_put_count(h5, counts[i].name, counts[i].count));
    return RQ_OK;
}

static rq_status put_attributes(rq_h5 *h5, const rq_stats_value *v)
{
    int64_t axis = v->axis;
    RQ_TRY(rq_h5_put_text(h5, "name", v->name));
    RQ_TRY(rq_h5_put_integers(h5, "shape", v->shape.d, (size_t)v->shape.rank));
    RQ_TRY(rq_h5_put_integers(h5, "axis", &axis, 1));
    RQ_TRY(rq_h5_put_count(h5, "count", v->count));
    RQ_TRY(rq_h5_put_count(h5, "nan_count", v->nan_count));
    return rq_h5_put_count(h5, "inf_count", v->inf_count);
}

static rq_status put_sums(rq_h5 *h5, const char *name, const char *top_name, const char *units,
                          const rq_exact_sum *sums, size_t n)
{
    int64_t *digits = NULL;
    int32_t *tops = NULL;
    rq_status status;
    RQ_TRY_GOTO(rq_calloc(&digits, n * RQ_SUM_DIGITS, sizeof *digits, "sums"), done);
    RQ_TRY_GOTO(rq_calloc(&tops, n, sizeof *tops, "sums"), done);
    for (size_t c = 0; c < n; c++) {
        for (size_t k = 0; k < RQ_SUM_DIGITS; k++) digits[c * RQ_SUM_DIGITS + k] = sums[c].digit[k];
        tops[c] = sums[c].top;
    }
    RQ_TRY_GOTO(rq_h5_put_array(h5, name, units, RQ_DT_I64, n, RQ_SUM_DIGITS, digits), done);
    status = rq_h5_put_array(h5, top_name, "place of the first digit", RQ_DT_I32, n, 1, tops);
done:
    free(digits);
    free(tops);
    return status;
}

static rq_status put_channels(rq_h5 *h5, const rq_stats_entry *entry)
{
    const rq_stats_value *v = &entry->value;
    size_t n = v->n_channels;
    RQ_TRY(rq_h5_put_array(h5, "channel_min", "of the value", RQ_DT_F32, n, 1, v->channel_min));
    RQ_TRY(rq_h5_put_array(h5, "channel_max", "of the value", RQ_DT_F32, n, 1, v->channel_max));
    RQ_TRY(rq_h5_put_array(h5, "channel_finite", "elements", RQ_DT_U64, n, 1, entry->finite));
    RQ_TRY(rq_h5_put_array(h5, "channel_mean", "of the value", RQ_DT_F64, n, 1, v->channel_mean));
    RQ_TRY(rq_h5_put_array(h5, "channel_moment", "of the value, squared", RQ_DT_F64, n, 1,
                           v->channel_mean_square));
    RQ_TRY(put_sums(h5, "channel_sum", "channel_sum_top", "of the value; digits of base 2^32",
                    entry->sum, n));
    return put_sums(h5, "channel_square_sum", "channel_square_sum_top",
                    "of the value, squared; digits of base 2^32", entry->square, n);
}

/* Of the buckets that hold something, in the order of their numbers. */
typedef struct columns {
    uint16_t *bucket;
    uint64_t *count;
    float *low, *high;
    size_t n;
} columns;

static rq_status make_columns(columns *c)
{
    size_t n = RQ_HISTOGRAM_BUCKETS;
    RQ_TRY(rq_calloc(&c->bucket, n, sizeof *c->bucket, "a histogram"));
    RQ_TRY(rq_calloc(&c->count, n, sizeof *c->count, "a histogram"));
    RQ_TRY(rq_calloc(&c->low, n, sizeof *c->low, "a histogram"));
    return rq_calloc(&c->high, n, sizeof *c->high, "a histogram");
}

static void free_columns(columns *c)
{
    free(c->bucket);
    free(c->count);
    free(c->low);
    free(c->high);
}

/* Edges are bounds of float32 values, and are such themselves. */
static void add_bin(columns *c, const rq_histogram *histogram, uint32_t bucket)
{
    const rq_bin bin = rq_histogram_bin(histogram, bucket);
    c->bucket[c->n] = (uint16_t)bucket;
    c->count[c->n] = bin.count;
    c->low[c->n] = (float)bin.low;
    c->high[c->n++] = (float)bin.high;
}

static void fill_columns(columns *c, const rq_histogram *histogram)
{
    c->n = 0;
    for (uint32_t page = 0; page < RQ_HISTOGRAM_PAGES; page++)
        for (uint32_t i = 0; histogram->pages[page] && i < RQ_HISTOGRAM_PAGE; i++)
            if (histogram->pages[page][i]) add_bin(c, histogram, page * RQ_HISTOGRAM_PAGE + i);
}

static rq_status put_columns(rq_h5 *h5, const columns *c)
{
    const char *units = "of the value";
    RQ_TRY(rq_h5_put_array(h5, "histogram_bucket", "top 16 bits of a float32", RQ_DT_U16, c->n, 1,
                           c->bucket));
    RQ_TRY(rq_h5_put_array(h5, "histogram_low", units, RQ_DT_F32, c->n, 1, c->low));
    RQ_TRY(rq_h5_put_array(h5, "histogram_high", units, RQ_DT_F32, c->n, 1, c->high));
    return rq_h5_put_array(h5, "histogram_count", "elements", RQ_DT_U64, c->n, 1, c->count);
}

/* The columns are memory to use again. */
static rq_status put_value(rq_h5 *h5, const rq_stats_entry *entry, columns *c)
{
    const rq_stats_value *v = &entry->value;
    const char *units = "of the value";
    RQ_TRY(put_attributes(h5, v));
    RQ_TRY(rq_h5_put_array(h5, "image_min", units, RQ_DT_F32, v->n_images, 1, v->image_min));
    RQ_TRY(rq_h5_put_array(h5, "image_max", units, RQ_DT_F32, v->n_images, 1, v->image_max));
    RQ_TRY(put_channels(h5, entry));
    fill_columns(c, v->histogram);
    return put_columns(h5, c);
}

static rq_status put_entries(rq_h5 *h5, const rq_stats *stats, columns *c)
{
    for (size_t i = 0; i < stats->n; i++) {
        char name[24];
        snprintf(name, sizeof name, "%05zu", i);
        RQ_TRY(rq_h5_enter(h5, name));
        RQ_TRY(put_value(h5, stats->entries[i], c));
        RQ_TRY(rq_h5_leave(h5));
    }
    return RQ_OK;
}

static rq_status put_values(rq_h5 *h5, const rq_stats *stats)
{
    columns c = {0};
    RQ_TRY(rq_h5_enter(h5, "values"));
    rq_status status = make_columns(&c);
    if (status == RQ_OK) status = put_entries(h5, stats, &c);
    free_columns(&c);
    return status == RQ_OK ? rq_h5_leave(h5) : status;
}

static rq_status write_temp(const rq_stats *stats, const char *temp_path, const char *path)
{
    rq_h5 *h5;
    RQ_TRY(rq_h5_create(&h5, temp_path, path));
    rq_status status = put_origin(h5, &stats->origin);
    if (status == RQ_OK) status = put_values(h5, stats);
    if (status == RQ_OK) status = rq_stats_put_shard(h5, stats);
    if (status == RQ_OK) return rq_h5_finish(&h5);
    rq_h5_close(&h5);
    return status;
}

rq_status rq_stats_save(const rq_stats *stats, const char *path)
{
    rq_writer *writer;
    RQ_TRY(rq_writer_open(&writer, path));
    rq_status status = write_temp(stats, rq_writer_temp_path(writer), path);
    if (status == RQ_OK) return rq_writer_commit(&writer);
    rq_writer_abort(&writer);
    return status;
}

rq_status rq_stats_can_save(void)
{
    return rq_hdf5_check();
}

rq_status rq_stats_may_replace(const char *path)
{
    return rq_h5_may_replace(path);
}
