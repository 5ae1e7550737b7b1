/* Notes of a report: what weakens its numbers, and what was done without being asked for. */
#include "engine/workbench/report/report_build.h"

#include "datasets/generated.h"
#include "quant/finite_weights.h"
#include "reports/fields.h"
#include "reports/limits.h"

#include <math.h>

#define MAX_NOTES (14 + RQ_GIVEN_DIFFERENCES)

rq_status rq_report_add_note(rq_report *out, bool warning, const char *text)
{
    if (!text) return RQ_ENOMEM;
    if (out->n_notes < MAX_NOTES) out->notes[out->n_notes++] = (rq_report_note){warning, text};
    return RQ_OK;
}

static size_t count_nonfinite_values(const rq_stats *stats)
{
    size_t n = 0;
    for (size_t i = 0; stats && i < rq_stats_count(stats); i++)
        n += rq_stats_at(stats, i)->nan_count + rq_stats_at(stats, i)->inf_count > 0;
    return n;
}

#define NAMED 6 /* constants that a note lists by name */

/* "2 constants left in FP32: 'a' (why), 'b' (why)". */
static rq_status note_constants(rq_report *out, const char *what, const rq_fp16_entry *entries,
                                size_t n, rq_arena *arena)
{
    rq_buf text = {0};
    if (n == 0) return RQ_OK;
    rq_buf_printf(&text, "%zu constant%s %s: ", n, rq_plural(n), what);
    for (size_t i = 0; i < n && i < NAMED; i++)
        rq_buf_printf(&text, "%s'%s' (%s)", i ? ", " : "", entries[i].name, entries[i].reason);
    if (n > NAMED) rq_buf_printf(&text, " and %zu more", n - NAMED);
    rq_status status = text.failed
                           ? rq_fail_memory(text.length, "a note")
                           : rq_report_add_note(out, false, rq_arena_strdup(arena, text.data));
    rq_buf_free(&text);
    return status;
}

static rq_status note_fp16(rq_report *out, const rq_fp16_report *fp16, rq_arena *arena)
{
    if (!fp16) return RQ_OK;
    RQ_TRY(note_constants(out, "scaled to fit FP16", fp16->scaled, fp16->n_scaled, arena));
    return note_constants(out, "left in FP32", fp16->kept, fp16->n_kept_named, arena);
}

/* Whole octaves move exponents only. */
static bool keeps_every_bit(const rq_channel_equalization *e)
{
    for (size_t c = 0; c < e->site.n; c++)
        if (e->log2[c] != rintf(e->log2[c])) return false;
    return !e->shift;
}

static bool equalizes_exactly(const rq_quant_plan *plan)
{
    for (size_t i = 0; i < plan->n_equalizations; i++)
        if (!keeps_every_bit(&plan->equalizations[i])) return false;
    return true;
}

static rq_status note_equalizations(rq_report *out, const rq_quant_plan *plan, rq_arena *arena)
{
    if (plan->n_equalizations == 0) return RQ_OK;
    bool of_weights = !rq_precision_has_ranges(plan->options.precision);
    return rq_report_add_note(
        out, false,
        rq_arena_printf(arena,
                        "%s rescaled %zu activation tensor%s (%s in FP32; see \"equalized\" in "
                        "plan.json).",
                        of_weights ? "Activation-aware scaling" : "Cross-layer equalization",
                        plan->n_equalizations, rq_plural(plan->n_equalizations),
                        equalizes_exactly(plan) ? "exact" : "the same but for rounding"));
}

static rq_status note_constants_that_are_nan(rq_report *out, const rq_report_facts *facts,
                                             rq_arena *arena)
{
    const char *bad = NULL;
    if (facts->bound) RQ_TRY(rq_finite_weights_text(&bad, facts->bound, arena));
    return bad ? rq_report_add_note(out, true, bad) : RQ_OK;
}

static rq_status note_inputs(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    size_t nonfinite = count_nonfinite_values(facts->stats);
    if (nonfinite)
        RQ_TRY(
            rq_report_add_note(out, true,
                               rq_arena_printf(arena,
                                               "%zu activation tensor%s had NaN or infinite values "
                                               "during calibration. Check the preprocessing.",
                                               nonfinite, rq_plural(nonfinite))));
    if (facts->calib_name && rq_is_generated(facts->calib_name))
        RQ_TRY(rq_report_add_note(
            out, true,
            "Ranges were calibrated on generated images. Expect a lower SQNR on real "
            "images: calibrate with some dozens of them (--data) and check with --val."));
    return RQ_OK;
}

static rq_status note_plan(rq_report *out, const rq_quant_plan *plan, rq_arena *arena)
{
    if (!plan) return RQ_OK;
    RQ_TRY(note_equalizations(out, plan, arena));
    for (size_t i = 0; i < plan->differences.n; i++)
        RQ_TRY(rq_report_add_note(out, true, plan->differences.text[i]));
    return RQ_OK;
}

static rq_status note_validation(rq_report *out, const rq_report_facts *facts)
{
    if (facts->val != facts->calib || !facts->val) return RQ_OK;
    bool few = facts->plan && rq_precision_has_ranges(facts->plan->options.precision) &&
               facts->val->dataset->n < RQ_LIMIT_CALIBRATION_IMAGES;
    return rq_report_add_note(
        out, true,
        few ? "Accuracy was measured on the calibration images: of so few it is better than "
              "that of others, as their ranges are. Use other images (--val) for an unbiased "
              "result."
            : "Accuracy was measured on the calibration images. Use other images (--val) "
              "for an unbiased result.");
}

static rq_status note_onnx_speeds(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    if (!facts->paths || !facts->paths->onnx || !facts->n_speeds) return RQ_OK;
    const char *backend = facts->speeds[0].backend ? facts->speeds[0].backend : "requant";
    return rq_report_add_note(
        out, false,
        rq_arena_printf(arena,
                        "Speeds are those of the same model as an IR in %s, not of the ONNX "
                        "file in ONNX Runtime.",
                        backend));
}

static rq_status note_bad_images(rq_report *out, rq_arena *arena)
{
    double n = out->data.bad_images;
    if (!(n > 0)) return RQ_OK;
    return rq_report_add_note(
        out, false,
        rq_arena_printf(arena, "%.0f image%s could not be read, skipped.", n, rq_plural_real(n)));
}

static rq_status note_layer_images(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    const rq_layer_compare *layers = facts->evaluation ? facts->evaluation->layers : NULL;
    size_t n = layers ? rq_layer_compare_images(layers) : 0;
    if (!n || (double)n >= out->data.validation_images) return RQ_OK;
    return rq_report_add_note(
        out, false,
        rq_arena_printf(arena, "Layers were compared on %zu of the %.0f images, evenly spread.", n,
                        out->data.validation_images));
}

rq_status rq_report_build_notes(rq_report *out, const rq_report_facts *facts, rq_arena *arena)
{
    out->notes = rq_report_rows(arena, &rq_note_type, MAX_NOTES);
    if (!out->notes) return RQ_ENOMEM;
    RQ_TRY(note_inputs(out, facts, arena));
    RQ_TRY(rq_report_note_deployment(out, arena));
    if (facts->input_warning) RQ_TRY(rq_report_add_note(out, true, facts->input_warning));
    if (facts->prepared)
        RQ_TRY(rq_report_add_note(out, false, rq_arena_printf(arena, "%s.", facts->prepared)));
    RQ_TRY(note_plan(out, facts->plan, arena));
    RQ_TRY(note_validation(out, facts));
    if (facts->note) RQ_TRY(rq_report_add_note(out, facts->note->warning, facts->note->text));
    RQ_TRY(note_layer_images(out, facts, arena));
    RQ_TRY(rq_report_note_compression(out, facts, arena));
    RQ_TRY(note_onnx_speeds(out, facts, arena));
    RQ_TRY(note_constants_that_are_nan(out, facts, arena));
    RQ_TRY(note_fp16(out, facts->fp16, arena));
    return note_bad_images(out, arena);
}
