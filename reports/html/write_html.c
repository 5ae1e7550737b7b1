/* report.html: one file that needs nothing else. */
#include "reports/html/html.h"
#include "reports/writers/writer.h"

static const rq_html_section *const sections[] = {
    &rq_html_advice,   &rq_html_accuracy, &rq_html_classes, &rq_html_outputs,
    &rq_html_layers,   &rq_html_network,  &rq_html_images,  &rq_html_histograms,
    &rq_html_channels, &rq_html_size,     &rq_html_speed,   &rq_html_types,
    &rq_html_trials,   &rq_html_costs,    &rq_html_notes,   &rq_html_settings,
};
#define N_SECTIONS (sizeof sections / sizeof *sections)

static void put_navigation(const rq_html *page)
{
    rq_buf_append(page->out, "<nav aria-label=Sections>");
    for (size_t i = 0; i < N_SECTIONS; i++)
        if (sections[i]->present(page->report))
            rq_buf_printf(page->out, "<a href='#%s'>%s</a> ", sections[i]->id, sections[i]->link);
    rq_buf_append(page->out, "</nav>\n");
}

static void put_section(const rq_html *page, const rq_html_section *section)
{
    if (!section->present(page->report)) return;
    rq_buf_printf(page->out, "<section id=%s><h2>%s</h2><p class=lead>%s</p>\n", section->id,
                  section->title, section->lead);
    section->write(page);
    rq_buf_append(page->out, "</section>\n");
}

static void put_page(const rq_html *page)
{
    const rq_report *report = page->report;
    rq_html_open(page->out, report->after.name ? report->after.name : report->before.name,
                 "report");
    rq_html_header(page);
    put_navigation(page);
    rq_buf_append(page->out, "<main>\n");
    for (size_t i = 0; i < N_SECTIONS; i++) put_section(page, sections[i]);
    rq_buf_append(page->out, "</main>\n");
    rq_html_close(page->out);
}

static rq_status write(rq_buf *out, const rq_report *report, const rq_report_style *style)
{
    (void)style;
    rq_summary summary;
    rq_short_names *names = NULL;
    rq_arena *arena;
    rq_summarise(&summary, report);
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = rq_short_names_for_layers(&names, report, arena);
    if (status == RQ_OK) put_page(&(rq_html){out, report, &summary, names});
    rq_short_names_destroy(&names);
    rq_arena_destroy(&arena);
    if (status != RQ_OK) return status;
    return out->failed ? rq_fail_memory(out->length, "a report") : RQ_OK;
}

const rq_report_writer rq_report_writer_html = {
    .name = "html",
    .help = "report.html: one self-contained page",
    .write = write,
};
