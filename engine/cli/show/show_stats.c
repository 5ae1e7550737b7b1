/* stats.h5: every value's extremes, and its histogram. */
#include "calib/stats_file.h"
#include "engine/cli/show/show.h"
#include "reports/fields.h"
#include "reports/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 64

static bool matches(const char *path, const char *head, size_t n)
{
    static const char magic[] = "requant statistics";
    (void)path;
    return n >= sizeof magic && !memcmp(head, magic, sizeof magic - 1);
}

/* -- numbers -------------------------------------------------------------------------------- */

static double mean(const rq_stats_value *v)
{
    double sum = 0;
    for (size_t c = 0; c < v->n_channels; c++) sum += v->channel_mean[c];
    return v->n_channels ? sum / (double)v->n_channels : (double)NAN;
}

static double deviation(const rq_stats_value *v)
{
    double mean_square = 0, m = mean(v);
    for (size_t c = 0; c < v->n_channels; c++) mean_square += v->channel_mean_square[c];
    return v->n_channels ? sqrt(fmax(mean_square / (double)v->n_channels - m * m, 0)) : (double)NAN;
}

/* The histogram to draw; without counts where nothing was counted. */
static rq_status draw_of(rq_report_histogram *out, const rq_show *show, const rq_stats_value *v)
{
    rq_bin *bins;
    size_t n;
    rq_record_clear(out, &rq_histogram_type);
    if (!v->histogram || !isfinite(v->min) || !isfinite(v->max)) return RQ_OK;
    RQ_TRY(rq_report_histogram_begin(out, show->arena, v->min, v->max, BUCKETS));
    RQ_TRY(rq_histogram_bins(&bins, &n, v->histogram));
    for (size_t i = 0; i < n; i++)
        rq_report_histogram_add(out, bins[i].low, bins[i].high, (double)bins[i].count);
    free(bins);
    return RQ_OK;
}

/* -- text ----------------------------------------------------------------------------------- */

static void put_shard(rq_show *show, const rq_stats_shard *s, size_t n)
{
    if (!s) return;
    rq_buf_printf(show->out,
                  "  shard %zu of %zu: images %zu to %zu of %zu; requant merge joins all shards\n",
                  s->index, s->count, s->first + 1, s->first + n, s->total);
}

static void put_origin(rq_show *show, const rq_stats *stats)
{
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    rq_show_heading(show,
                    rq_arena_printf(show->arena, "statistics of %s", o->model ? o->model : "-"));
    rq_buf_printf(show->out, "  %zu of %zu image%s%s of ", o->images_done - o->images_bad,
                  o->images_total, rq_plural(o->images_total),
                  o->images_done < o->images_total ? ", unfinished," : "");
    rq_buf_visible(show->out, o->data ? o->data : "-");
    rq_buf_append(show->out, "\n");
    put_shard(show, rq_stats_shard_of(stats), o->images_total);
    rq_buf_append(show->out, "  preprocessing ");
    rq_buf_visible(show->out, o->preprocess ? o->preprocess : "-");
    rq_buf_append(show->out, "\n");
}

static void add_value(rq_text_table *table, const rq_stats_value *v)
{
    char shape[RQ_SHAPE_TEXT], min[RQ_NUMBER_TEXT], max[RQ_NUMBER_TEXT], m[RQ_NUMBER_TEXT];
    char d[RQ_NUMBER_TEXT], nonfinite[RQ_NUMBER_TEXT] = "";
    if (v->nan_count + v->inf_count)
        rq_unit_text(RQ_UNIT_COUNT, (double)(v->nan_count + v->inf_count), nonfinite);
    rq_text_table_row(table,
                      (const char *[]){v->name, rq_shape_text(&v->shape, shape),
                                       rq_unit_text(RQ_UNIT_REAL, v->min, min),
                                       rq_unit_text(RQ_UNIT_REAL, v->max, max),
                                       rq_unit_text(RQ_UNIT_REAL, mean(v), m),
                                       rq_unit_text(RQ_UNIT_REAL, deviation(v), d), nonfinite},
                      7);
}

static rq_status put_histogram(rq_show *show, const rq_stats_value *v)
{
    rq_report_histogram drawing;
    RQ_TRY(draw_of(&drawing, show, v));
    rq_show_heading(show, v->name);
    rq_histogram_draw(show->out, &drawing, &show->style);
    return RQ_OK;
}

static rq_status put_values(rq_show *show, const rq_stats *stats)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME};
    size_t n = rq_stats_count(stats), picked = 0, drawn = 0;
    size_t most = show->all || show->layer ? n : RQ_SHOW_HISTOGRAMS;
    rq_text_table_row(
        &table,
        (const char *[]){"value", "shape", "least", "largest", "mean", "deviation", "NaN, Inf"}, 7);
    for (size_t i = 0; i < n; i++) {
        if (!rq_show_picks(show, rq_stats_at(stats, i)->name)) continue;
        if (picked++ < rq_show_rows(show, n)) add_value(&table, rq_stats_at(stats, i));
    }
    rq_show_table(show, &table, picked);
    for (size_t i = 0; i < n && drawn < most; i++) {
        if (!rq_show_picks(show, rq_stats_at(stats, i)->name)) continue;
        RQ_TRY(put_histogram(show, rq_stats_at(stats, i)));
        drawn++;
    }
    return RQ_OK;
}

static rq_status text(rq_show *show)
{
    rq_stats *stats;
    RQ_TRY(rq_stats_load(&stats, show->path));
    put_origin(show, stats);
    rq_status status = put_values(show, stats);
    rq_stats_destroy(&stats);
    return status;
}

/* -- JSON ----------------------------------------------------------------------------------- */

static rq_json *reals(const rq_reals *list)
{
    rq_json *json = rq_json_array();
    for (size_t i = 0; i < list->n; i++) rq_json_push(json, rq_json_number(list->values[i]));
    return json;
}

static rq_status value_json(rq_json **out, rq_show *show, const rq_stats_value *v)
{
    char shape[RQ_SHAPE_TEXT];
    rq_report_histogram drawing;
    RQ_TRY(draw_of(&drawing, show, v));
    rq_json *json = rq_json_object();
    rq_json_set(json, "name", rq_json_string(v->name));
    rq_json_set(json, "shape", rq_json_string(rq_shape_text(&v->shape, shape)));
    rq_json_set(json, "min", rq_json_float(v->min));
    rq_json_set(json, "max", rq_json_float(v->max));
    rq_json_set(json, "mean", rq_json_number(mean(v)));
    rq_json_set(json, "deviation", rq_json_number(deviation(v)));
    rq_json_set(json, "nan", rq_json_integer((int64_t)v->nan_count));
    rq_json_set(json, "infinite", rq_json_integer((int64_t)v->inf_count));
    rq_json_set(json, "edges", reals(&drawing.edges));
    rq_json_set(json, "counts", reals(&drawing.counts));
    *out = json;
    return RQ_OK;
}

static rq_json *shard_json(const rq_stats_shard *s)
{
    rq_json *json = rq_json_object();
    rq_json_set(json, "index", rq_json_integer((int64_t)s->index));
    rq_json_set(json, "count", rq_json_integer((int64_t)s->count));
    rq_json_set(json, "first_image", rq_json_integer((int64_t)s->first));
    rq_json_set(json, "list_images", rq_json_integer((int64_t)s->total));
    rq_json_set(json, "options", rq_json_string(s->options));
    rq_json_set(json, "computed_by", rq_json_string(s->computed_by));
    return json;
}

static rq_status fill_json(rq_json *json, rq_show *show, const rq_stats *stats)
{
    const rq_stats_origin *o = rq_stats_origin_of(stats);
    rq_json *values = rq_json_array();
    rq_json_set(json, "model", rq_json_string(o->model));
    rq_json_set(json, "model_digest", rq_json_string(o->model_digest));
    rq_json_set(json, "data", rq_json_string(o->data));
    rq_json_set(json, "preprocessing", rq_json_string(o->preprocess));
    rq_json_set(json, "images_total", rq_json_integer((int64_t)o->images_total));
    rq_json_set(json, "images_done", rq_json_integer((int64_t)o->images_done));
    rq_json_set(json, "images_bad", rq_json_integer((int64_t)o->images_bad));
    const rq_stats_shard *shard = rq_stats_shard_of(stats);
    if (shard) rq_json_set(json, "shard", shard_json(shard));
    rq_status status = RQ_OK;
    for (size_t i = 0; status == RQ_OK && i < rq_stats_count(stats); i++) {
        rq_json *value = NULL;
        if (!rq_show_picks(show, rq_stats_at(stats, i)->name)) continue;
        status = value_json(&value, show, rq_stats_at(stats, i));
        if (status == RQ_OK) rq_json_push(values, value);
    }
    rq_json_set(json, "values", values);
    return status;
}

static rq_status json(rq_show *show, rq_json **out)
{
    rq_stats *stats;
    RQ_TRY(rq_stats_load(&stats, show->path));
    *out = rq_json_object();
    rq_status status = fill_json(*out, show, stats);
    rq_stats_destroy(&stats);
    return status;
}

const rq_show_kind rq_show_kind_stats = {
    .name = "stats", .help = "stats.h5", .matches = matches, .text = text, .json = json};
