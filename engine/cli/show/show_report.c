/* report.json: the summary, the layers, histograms of their inputs. */
#include "engine/cli/show/show.h"
#include "reports/units.h"
#include "reports/writers/writer.h"

#include <string.h>

static bool matches(const char *path, const char *head, size_t n)
{
    (void)path;
    (void)n;
    return strstr(head, "\"requant-report\"") != NULL;
}

static void add_layer(rq_text_table *table, const rq_report_layer *layer)
{
    char sqnr[RQ_NUMBER_TEXT], noise[RQ_NUMBER_TEXT], clipped[RQ_NUMBER_TEXT];
    char low[RQ_NUMBER_TEXT], high[RQ_NUMBER_TEXT];
    rq_text_table_row(table,
                      (const char *[]){layer->name, layer->type, layer->precision_after,
                                       rq_unit_text(RQ_UNIT_DB, layer->sqnr_db, sqnr),
                                       rq_unit_text(RQ_UNIT_SHARE, layer->noise_share, noise),
                                       rq_unit_text(RQ_UNIT_SHARE, layer->clipped_share, clipped),
                                       rq_unit_text(RQ_UNIT_REAL, layer->low, low),
                                       rq_unit_text(RQ_UNIT_REAL, layer->high, high),
                                       layer->estimator},
                      9);
}

static void put_layers(rq_show *show, const rq_report *report)
{
    rq_text_table table = {.wide = RQ_SHOW_NAME, .optional = 1};
    rq_text_table_row(&table,
                      (const char *[]){"layer", "type", "precision", "layer SQNR", "noise share",
                                       "clipped", "range min", "to", "estimator"},
                      9);
    size_t picked = 0;
    for (size_t i = 0; i < report->n_layers; i++) {
        if (!rq_show_picks(show, report->layers[i].name)) continue;
        if (picked++ < rq_show_rows(show, report->n_layers)) add_layer(&table, &report->layers[i]);
    }
    rq_show_table(show, &table, picked);
}

static void put_histograms(rq_show *show, const rq_report *report)
{
    size_t drawn = 0, most = show->all || show->layer ? report->n_histograms : RQ_SHOW_HISTOGRAMS;
    for (size_t i = 0; i < report->n_histograms && drawn < most; i++) {
        const rq_report_histogram *h = &report->histograms[i];
        if (!rq_show_picks(show, h->layer)) continue;
        rq_show_heading(show,
                        rq_arena_printf(show->arena, "%s, %s%s%s", h->layer ? h->layer : "-",
                                        h->value ? h->value : "values", h->estimator ? ", " : "",
                                        h->estimator ? h->estimator : ""));
        rq_histogram_draw(show->out, h, &show->style);
        drawn++;
    }
}

static rq_status text(rq_show *show)
{
    rq_report report;
    rq_report_style style = {.colour = show->style.colour, .columns = show->columns};
    RQ_TRY(rq_report_read(&report, show->arena, show->path));
    if (!show->layer) RQ_TRY(rq_report_writer_find("terminal")->write(show->out, &report, &style));
    if (show->layer || show->all) put_layers(show, &report);
    put_histograms(show, &report);
    return RQ_OK;
}

const rq_show_kind rq_show_kind_report = {.name = "report",
                                          .help = "report.json",
                                          .matches = matches,
                                          .text = text,
                                          .json = rq_show_json_file};
