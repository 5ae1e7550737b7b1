/* The summary on the terminal: plain ASCII but for names. */
#include "reports/short_names.h"
#include "reports/summary.h"
#include "reports/writers/table_text.h"
#include "reports/writers/trials_text.h"
#include "reports/units.h"
#include "reports/writers/writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORST_LAYERS 5
#define WORST_IMAGES 5
#define NAME_WIDTH 40

typedef struct colours {
    const char *bold, *dim, *plain, *verdict[RQ_VERDICTS];
} colours;

static const colours with_colour = {
    "\033[1m",
    "\033[2m",
    "\033[0m",
    {"\033[1m", "\033[1;32m", "\033[1;33m", "\033[1;31m", "\033[1;31m"}};
static const colours without_colour = {"", "", "", {"", "", "", "", ""}};

typedef struct page {
    rq_buf *out;
    const rq_report *report;
    const rq_summary *summary;
    const colours *colour;
    const rq_short_names *names; /* of layers */
    size_t columns;
} page;

static const char *or_dash(const char *text)
{
    return text ? text : "-";
}

static void end_table(const page *p, rq_text_table *table)
{
    if (table->rows > 1) {
        rq_buf_append(p->out, "\n");
        rq_text_table_write(p->out, table, p->colour->bold, p->colour->plain);
    }
    rq_text_table_free(table);
}

/* On a line of its own, to be taken whole. */
static void put_command(const page *p)
{
    rq_buf command = {0};
    rq_summary_command(&command, p->summary);
    rq_buf_append(p->out, "Run: ");
    if (command.length) rq_buf_visible(p->out, command.data);
    rq_buf_append(p->out, "\n");
    p->out->failed = p->out->failed || command.failed;
    rq_buf_free(&command);
}

static void put_title(const page *p)
{
    const rq_report_model *before = &p->report->before, *after = &p->report->after;
    rq_buf_append(p->out, p->colour->bold);
    rq_buf_visible(p->out, or_dash(before->name));
    rq_buf_append(p->out, " ");
    rq_buf_visible(p->out, or_dash(before->precision));
    rq_buf_append(p->out, " -> ");
    rq_buf_visible(p->out, or_dash(after->precision));
    rq_buf_printf(p->out, "%s\n", p->colour->plain);
    rq_buf_printf(p->out, "%s%s.%s ", p->colour->verdict[p->summary->verdict],
                  rq_summary_title(p->summary), p->colour->plain);
    rq_buf sentence = {0};
    rq_summary_sentence(&sentence, p->summary);
    if (sentence.length) {
        rq_buf_visible(p->out, sentence.data);
        rq_buf_append(p->out, ".");
    }
    rq_buf_append(p->out, "\n");
    rq_buf_free(&sentence);
    if (p->summary->suspicions.n) put_command(p);
}

static void add_accuracy(rq_text_table *table, const rq_report_accuracy *row, bool name_output)
{
    char before[RQ_NUMBER_TEXT], after[RQ_NUMBER_TEXT], change[RQ_NUMBER_TEXT] = "";
    char interval[RQ_NUMBER_TEXT], p[RQ_NUMBER_TEXT + 4] = "";
    rq_metric_text(row->unit, row->before.value, before);
    rq_metric_text(row->unit, row->after.value, after);
    if (!row->compares) rq_change_text(row->unit, row->delta.value, change);
    rq_interval_text(row->unit, row->compares ? &row->after : &row->delta, interval);
    if (!isnan(row->p_value)) snprintf(p, sizeof p, "p %.2g", row->p_value);
    rq_buf name = {0};
    rq_buf_append(&name, or_dash(row->metric));
    if (name_output && row->output) rq_buf_printf(&name, " of %s", row->output);
    rq_text_table_row(
        table, (const char *[]){name.data, row->compares ? "" : before, after, change, interval, p},
        6);
    table->failed = table->failed || name.failed;
    rq_buf_free(&name);
}

static bool has_several_outputs(const rq_report *report)
{
    const char *first = NULL;
    for (size_t i = 0; i < report->n_accuracy; i++) {
        const char *output = report->accuracy[i].output;
        if (output && first && strcmp(first, output) != 0) return true;
        if (output) first = output;
    }
    return false;
}

static void put_accuracy(const page *p)
{
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns};
    char title[64];
    double images = p->report->n_accuracy ? p->report->accuracy[0].images : NAN;
    snprintf(title, sizeof title, isnan(images) ? "accuracy" : "on %.0f image%s", images,
             images == 1 ? "" : "s");
    rq_text_table_row(&table,
                      (const char *[]){title, "before", "after", "change", "95 % interval", ""}, 6);
    bool several = has_several_outputs(p->report);
    for (size_t i = 0; i < p->report->n_accuracy; i++)
        add_accuracy(&table, &p->report->accuracy[i], several);
    end_table(p, &table);
}

/* Of the headline metric. */
static void put_limit(const page *p)
{
    char limit[RQ_LIMIT_TEXT];
    if (!*rq_summary_limit(p->summary, limit)) return;
    rq_buf_printf(p->out, "  %slimit: ", p->colour->dim);
    rq_buf_visible(p->out, or_dash(p->summary->headline.accuracy->metric));
    rq_buf_printf(p->out, ": %s%s\n", limit, p->colour->plain);
}

/* Each with the limit that it is beyond. */
static void put_suspicions(const page *p)
{
    const rq_suspicions *suspicions = &p->summary->suspicions;
    for (size_t i = 0; i < suspicions->n; i++) {
        const rq_suspicion *s = &suspicions->list[i];
        rq_buf_printf(p->out, "  %ssuspicious: ", p->colour->dim);
        rq_buf_visible(p->out, s->found);
        rq_buf_printf(p->out, " (limit: %s)%s\n", s->limit, p->colour->plain);
    }
}

/* What each output was taken for, and why. */
static void put_outputs(const page *p)
{
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns};
    char weight[RQ_NUMBER_TEXT];
    rq_text_table_row(&table, (const char *[]){"output", "kind", "evidence", "weight"}, 4);
    for (size_t i = 0; i < p->report->n_outputs; i++) {
        const rq_report_output *o = &p->report->outputs[i];
        rq_text_table_row(&table,
                          (const char *[]){or_dash(o->name), or_dash(o->kind),
                                           o->evidence ? o->evidence : "none",
                                           rq_unit_text(RQ_UNIT_REAL, o->weight, weight)},
                          4);
    }
    end_table(p, &table);
}

static void add_size(rq_text_table *table, const char *name, double before, double after)
{
    char a[RQ_NUMBER_TEXT], b[RQ_NUMBER_TEXT], ratio[RQ_NUMBER_TEXT];
    rq_text_table_row(table,
                      (const char *[]){name, rq_unit_text(RQ_UNIT_BYTES, before, a),
                                       rq_unit_text(RQ_UNIT_BYTES, after, b),
                                       rq_ratio_text(before, after, ratio)},
                      4);
}

static void put_size(const page *p)
{
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns};
    rq_text_table_row(&table, (const char *[]){"size", "before", "after", "ratio"}, 4);
    if (!isnan(p->summary->before_bytes) || !isnan(p->summary->after_bytes))
        add_size(&table, "model files", p->summary->before_bytes, p->summary->after_bytes);
    for (size_t i = 0; i < p->report->n_sizes; i++) {
        const rq_report_size *size = &p->report->sizes[i];
        if (!size->part || strcmp(size->part, "weights") != 0) continue;
        char name[RQ_TABLE_CELL];
        snprintf(name, sizeof name, "weights in %.40s", or_dash(size->name));
        add_size(&table, name, size->before_bytes, size->after_bytes);
    }
    end_table(p, &table);
}

static void add_speed(rq_text_table *table, const rq_report_speed *s)
{
    char name[RQ_TABLE_CELL], before[RQ_NUMBER_TEXT], after[RQ_NUMBER_TEXT];
    char factor[RQ_NUMBER_TEXT], spread[2 * RQ_NUMBER_TEXT] = "", backend[RQ_SPEED_NAME];
    snprintf(name, sizeof name, "%s", rq_speed_name(s, backend));
    if (!isnan(s->threads))
        snprintf(name, sizeof name, "%s, %.0f thread%s", rq_speed_name(s, backend), s->threads,
                 s->threads == 1 ? "" : "s");
    if (!isnan(s->after_p10_ms) && !isnan(s->after_p90_ms))
        snprintf(spread, sizeof spread, "%.2f .. %.2f", s->after_p10_ms, s->after_p90_ms);
    rq_text_table_row(
        table,
        (const char *[]){name, rq_unit_text(RQ_UNIT_MS, s->before_median_ms, before),
                         rq_unit_text(RQ_UNIT_MS, s->after_median_ms, after),
                         s->noise ? "noise"
                                  : rq_factor_text(s->before_median_ms, s->after_median_ms, factor),
                         spread},
        5);
}

static void put_noise(const page *p)
{
    for (size_t i = 0; i < p->report->n_speeds; i++) {
        const char *noise = p->report->speeds[i].noise;
        if (!noise) continue;
        rq_buf_printf(p->out, "  %sspeed is not measurable now: %s%s\n", p->colour->dim, noise,
                      p->colour->plain);
        return;
    }
}

static void put_speed(const page *p)
{
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns};
    rq_text_table_row(&table,
                      (const char *[]){"time of one image, median", "before", "after", "speed-up",
                                       "10 % .. 90 % after"},
                      5);
    for (size_t i = 0; i < p->report->n_speeds; i++) add_speed(&table, &p->report->speeds[i]);
    end_table(p, &table);
    put_noise(p);
}

static void put_layers(const page *p)
{
    const rq_report_layer *worst[WORST_LAYERS];
    size_t n = rq_worst_layers(worst, WORST_LAYERS, p->report);
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns, .optional = 1 /* type */};
    rq_text_table_row(&table,
                      (const char *[]){"worst layers", "type", "precision", "layer SQNR",
                                       "noise share", "clipped"},
                      6);
    for (size_t i = 0; i < n; i++) {
        char sqnr[RQ_NUMBER_TEXT], noise[RQ_NUMBER_TEXT] = "", clipped[RQ_NUMBER_TEXT] = "";
        if (!isnan(worst[i]->noise_share))
            rq_unit_text(RQ_UNIT_SHARE, worst[i]->noise_share, noise);
        if (!isnan(worst[i]->clipped_share))
            rq_unit_text(RQ_UNIT_SHARE, worst[i]->clipped_share, clipped);
        rq_text_table_row(&table,
                          (const char *[]){or_dash(rq_short_name(p->names, worst[i]->name)),
                                           worst[i]->type, worst[i]->precision_after,
                                           rq_unit_text(RQ_UNIT_DB, worst[i]->sqnr_db, sqnr), noise,
                                           clipped},
                          6);
    }
    end_table(p, &table);
}

static const char *class_text(const char *name, double class, char buffer[RQ_NUMBER_TEXT])
{
    return name ? name : rq_unit_text(RQ_UNIT_INDEX, class, buffer);
}

static void put_images(const page *p)
{
    rq_text_table table = {.wide = NAME_WIDTH, .width = p->columns};
    rq_text_table_row(&table,
                      (const char *[]){"regressions", "label", "before", "after", "image SQNR"}, 5);
    for (size_t i = 0; i < p->report->n_images && table.rows <= WORST_IMAGES; i++) {
        const rq_report_image *image = &p->report->images[i];
        char label[RQ_NUMBER_TEXT], before[RQ_NUMBER_TEXT], after[RQ_NUMBER_TEXT];
        char sqnr[RQ_NUMBER_TEXT];
        if (!image->newly_wrong) continue;
        rq_text_table_row(
            &table,
            (const char *[]){or_dash(image->path),
                             class_text(image->label_name, image->label, label),
                             class_text(image->before_name, image->before_class, before),
                             class_text(image->after_name, image->after_class, after),
                             rq_unit_text(RQ_UNIT_DB, image->sqnr_db, sqnr)},
            5);
    }
    end_table(p, &table);
}

static void put_costs(const page *p)
{
    char text[RQ_NUMBER_TEXT];
    double peak = p->report->resources.peak_memory_bytes;
    if (p->report->n_steps == 0 && isnan(peak)) return;
    rq_buf_printf(p->out, "\n  %s", p->colour->dim);
    for (size_t i = 0; i < p->report->n_steps; i++) {
        rq_buf_append(p->out, i ? ", " : "");
        rq_buf_visible(p->out, or_dash(p->report->steps[i].name));
        rq_buf_printf(p->out, " %s",
                      rq_unit_text(RQ_UNIT_SECONDS, p->report->steps[i].seconds, text));
    }
    if (!isnan(peak))
        rq_buf_printf(p->out, "%speak memory %s", p->report->n_steps ? "; " : "",
                      rq_unit_text(RQ_UNIT_BYTES, peak, text));
    rq_buf_printf(p->out, "%s\n", p->colour->plain);
}

static void put_notes(const page *p)
{
    for (size_t i = 0; i < p->report->n_notes; i++) {
        const rq_report_note *note = &p->report->notes[i];
        rq_buf_append(p->out, i ? "  " : "\n  ");
        if (note->warning)
            rq_buf_printf(p->out, "%swarning:%s ", p->colour->verdict[RQ_VERDICT_REVIEW],
                          p->colour->plain);
        rq_buf_visible(p->out, or_dash(note->text));
        rq_buf_append(p->out, "\n");
    }
}

static void put_advice(const page *p)
{
    if (p->report->n_advice)
        rq_buf_printf(p->out, "\n  %swhat next%s\n", p->colour->bold, p->colour->plain);
    for (size_t i = 0; i < p->report->n_advice; i++) {
        const rq_report_advice *advice = &p->report->advice[i];
        rq_buf_append(p->out, "  - ");
        rq_buf_visible(p->out, or_dash(advice->text));
        if (advice->option) {
            rq_buf_printf(p->out, "  %s", p->colour->bold);
            rq_buf_visible(p->out, advice->option);
            rq_buf_append(p->out, p->colour->plain);
        }
        rq_buf_append(p->out, "\n");
    }
}

static void put_trials(const page *p)
{
    rq_trials_text(p->out, &p->report->budget, p->report->trials, p->report->n_trials, p->columns);
}

static void put_parts(const page *p)
{
    static void (*const parts[])(const page *) = {
        put_title,  put_accuracy, put_limit, put_suspicions, put_outputs, put_size,   put_speed,
        put_layers, put_images,   put_costs, put_notes,      put_advice,  put_trials,
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) parts[i](p);
}

static rq_status write(rq_buf *out, const rq_report *report, const rq_report_style *style)
{
    rq_summary summary;
    rq_short_names *names = NULL;
    rq_arena *arena;
    rq_summarise(&summary, report);
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = rq_short_names_for_layers(&names, report, arena);
    const page p = {.out = out,
                    .report = report,
                    .summary = &summary,
                    .colour = style->colour ? &with_colour : &without_colour,
                    .names = names,
                    .columns = style->columns};
    if (status == RQ_OK) put_parts(&p);
    rq_short_names_destroy(&names);
    rq_arena_destroy(&arena);
    if (status != RQ_OK) return status;
    return out->failed ? rq_fail_memory(out->length, "a report") : RQ_OK;
}

const rq_report_writer rq_report_writer_terminal = {
    .name = "terminal",
    .help = "the summary, for people",
    .write = write,
};
