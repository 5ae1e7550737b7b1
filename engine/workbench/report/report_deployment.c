/* Outputs as OpenVINO computes them, where it is there. */
#include "engine/workbench/report/report_build.h"
#include "reports/fields.h"
#include "reports/suspicion.h"

#include <math.h>

rq_status rq_report_build_deployment(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_deployment_check *check = facts->deployment;
    if (!check || !check->runtime) return RQ_OK;
    size_t n = check->failure ? 1 : check->n_outputs;
    out->deployment = rq_report_rows(arena, &rq_deployment_type, n);
    if (!out->deployment) return RQ_ENOMEM;
    out->n_deployment = n;
    for (size_t i = 0; i < n; i++) {
        rq_report_deployment *row = &out->deployment[i];
        row->runtime = check->runtime;
        row->failure = check->failure;
        if (check->failure) continue;
        row->output = check->outputs[i].name;
        row->images = (double)check->n_images;
        row->shapes = (double)check->n_shapes;
        row->sqnr_db = check->outputs[i].sqnr_db;
        row->quantization_sqnr_db = check->outputs[i].quantization_sqnr_db;
    }
    return RQ_OK;
}

#define NEARLY_DB 20.0      /* a tenth of the outputs */
#define HALF_AS_MUCH_DB 6.0 /* as quantizing changed them */

static bool is_half_as_much(const rq_report_deployment *row)
{
    return !(row->sqnr_db < row->quantization_sqnr_db + HALF_AS_MUCH_DB);
}

/* What the SQNR between both is of. */
static const char *kind_of(const rq_report_deployment *row, bool differs, rq_arena *arena)
{
    if (differs) return "other outputs than requant";
    bool half = is_half_as_much(row);
    if (half && row->sqnr_db >= NEARLY_DB) return "nearly the same outputs as requant";
    return rq_arena_printf(arena,
                           "outputs that differ from requant's %s as quantizing changed them "
                           "(%.1f dB)",
                           half ? "less than half as much" : "about as much",
                           row->quantization_sqnr_db);
}

/* "8 images", "9 images of 3 shapes". */
static const char *images_text(const rq_report_deployment *row, rq_arena *arena)
{
    return row->shapes > 1
               ? rq_arena_printf(arena, "%.0f images of %.0f shapes", row->images, row->shapes)
               : rq_arena_printf(arena, "%.0f image%s", row->images, rq_plural_real(row->images));
}

static const char *text_of(const rq_report_deployment *row, bool differs, rq_arena *arena)
{
    if (row->failure) return row->failure;
    const char *images = images_text(row, arena);
    if (!images) return NULL;
    if (row->sqnr_db == INFINITY)
        return rq_arena_printf(arena, "%s computes the same outputs as requant (%s).", row->runtime,
                               images);
    const char *kind = kind_of(row, differs, arena);
    if (!kind) return NULL;
    return rq_arena_printf(arena, "%s computes %s: SQNR %.1f dB (%s).", row->runtime, kind,
                           row->sqnr_db, images);
}

/* The lowest SQNR of outputs that differ, or of those that do not; NULL: there are none. */
static const rq_report_deployment *worst_of(const rq_report *report, bool differ)
{
    const rq_report_deployment *worst = NULL;
    for (size_t i = 0; i < report->n_deployment; i++) {
        const rq_report_deployment *row = &report->deployment[i];
        bool known = row->failure || !isnan(row->sqnr_db);
        if (!known || rq_deployment_differs(report, row) != differ) continue;
        if (!worst || row->sqnr_db < worst->sqnr_db) worst = row;
    }
    return worst;
}

rq_status rq_report_note_deployment(rq_report *out, rq_arena *arena)
{
    const rq_report_deployment *worst = worst_of(out, true);
    bool differs = worst != NULL;
    if (!differs) worst = worst_of(out, false);
    return worst ? rq_report_add_note(out, differs, text_of(worst, differs, arena)) : RQ_OK;
}
