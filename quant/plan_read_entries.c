/* The objects of plan.json: an entry of each list, and the settings. */
#include "calib/range.h"
#include "quant/plan_read_parts.h"

#include <float.h>
#include <math.h>
#include <string.h>

static const char *const setting_keys[] = {
    "precision", "preset", "overflow_fix", "may_saturate", "range", "bias_correction",
    "rounding",  "target", "group_size",   "ratio",        NULL};
static const char *const activation_keys[] = {"value",
                                              "layer",
                                              "consumers",
                                              "readers",
                                              "at",
                                              "levels",
                                              "axis",
                                              "low",
                                              "high",
                                              "estimator",
                                              "estimator_reason",
                                              "choice",
                                              "reason",
                                              "group",
                                              "expected_sqnr_db",
                                              NULL};
static const char *const weight_keys[] = {"layer",
                                          "type",
                                          "port",
                                          "axis",
                                          "precision",
                                          "scales",
                                          "overflow",
                                          "repaired_pairs",
                                          "rounding",
                                          "bias_corrected",
                                          "shares_weights_of",
                                          "expected_sqnr_db",
                                          "codes",
                                          "group_size",
                                          "reason",
                                          "no_gain",
                                          "kernel",
                                          "ran_in",
                                          NULL};
static const char *const equalization_keys[] = {
    "value", "axis", "log2", "shift", "expected_gain_db", NULL};
static const char *const ignored_keys[] = {"layer", "type", "reason", "kernel", "ran_in", NULL};

/* -- keys of version 1 ----------------------------------------------------------------------- */

/* The key of this version, or where it is absent the one that version 1 had. */
const char *rq_plan_read_key(const rq_required_object *at, const char *key, const char *old)
{
    return !rq_require_has(at, key) && rq_require_has(at, old) ? old : key;
}

/* Both would leave open which one counts. */
rq_status rq_plan_read_refuse_both(const rq_required_object *at)
{
    static const struct {
        const char *key, *old;
    } renamed[] = {
        {"ignored_layers", "kept"}, {"consumers", "readers"}, {"estimator_reason", "choice"}};
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (rq_json_get(at->object, renamed[i].key) && rq_json_get(at->object, renamed[i].old))
            return rq_require_fail(at, renamed[i].old,
                                   "is an earlier name of '%s', which is there too; expected one "
                                   "of them",
                                   renamed[i].key);
    return RQ_OK;
}

/* -- entries -------------------------------------------------------------------------------- */

static rq_status read_sqnr(double *out, const rq_required_object *at)
{
    const rq_json *found = rq_json_get(at->object, "expected_sqnr_db");
    *out = rq_json_as_number(found, NAN);
    if (rq_require_has(at, "expected_sqnr_db") && !rq_json_is_number(found))
        return rq_require_fail(at, "expected_sqnr_db", "expected a number or null");
    return RQ_OK;
}

static rq_status check_ranges(const rq_required_object *at, const rq_plan_file_activation *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (!(a->low[i] <= 0.0f && a->high[i] >= 0.0f && a->low[i] < a->high[i]))
            return rq_require_fail(at, "low",
                                   "range %zu is %g to %g, expected one that holds 0: low <= 0 <= "
                                   "high, low < high",
                                   i, (double)a->low[i], (double)a->high[i]);
    return RQ_OK;
}

static rq_status read_ranges(rq_plan_file_activation *a, const rq_required_object *at,
                             rq_arena *arena)
{
    size_t n_high;
    RQ_TRY(rq_require_floats(&a->low, &a->n, at, "low", arena));
    RQ_TRY(rq_require_floats(&a->high, &n_high, at, "high", arena));
    if (a->n != n_high)
        return rq_require_fail(at, "high", "holds %zu numbers, expected %zu as 'low' does", n_high,
                               a->n);
    if (a->axis < 0 && a->n != 1)
        return rq_require_fail(at, "low", "holds %zu numbers, expected 1 as there is no 'axis'",
                               a->n);
    return check_ranges(at, a);
}

static rq_status read_consumers(rq_plan_file_activation *a, const rq_required_object *at,
                                rq_arena *arena)
{
    rq_json *list;
    const char *key = rq_plan_read_key(at, "consumers", "readers");
    if (!rq_require_has(at, key)) return RQ_OK;
    RQ_TRY(rq_require_array(&list, at, key));
    a->n_consumers = rq_json_length(list);
    a->consumers = rq_arena_alloc(arena, a->n_consumers, sizeof *a->consumers);
    if (!a->consumers) return RQ_ENOMEM;
    for (size_t i = 0; i < a->n_consumers; i++) {
        const char *text = rq_json_as_string(rq_json_at(list, i), NULL);
        if (!text || !strchr(text, ':'))
            return rq_require_fail(at, key, "[%zu]: expected a text LAYER:PORT", i);
        a->consumers[i] = rq_arena_strdup(arena, text);
        if (!a->consumers[i]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

/* Who reads the value quantized, and whether nobody else reads it. */
static rq_status read_place(rq_plan_file_activation *a, const rq_required_object *at,
                            rq_arena *arena)
{
    static const rq_keyword places[] = {
        {"output", NULL, NULL}, {"input", NULL, NULL}, {NULL, NULL, NULL}};
    int place;
    RQ_TRY(read_consumers(a, at, arena));
    if (!rq_require_has(at, "at")) return RQ_OK;
    RQ_TRY(rq_require_keyword(&place, at, "at", places));
    a->at = places[place].name;
    return RQ_OK;
}

static rq_status read_axis(int *out, const rq_required_object *at)
{
    int64_t axis = -1;
    if (rq_require_has(at, "axis"))
        RQ_TRY(rq_require_integer(&axis, at, "axis", 0, RQ_MAX_RANK - 1));
    *out = (int)axis;
    return RQ_OK;
}

rq_status rq_plan_read_activation(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_activation *a = out;
    int64_t levels, group = 0;
    RQ_TRY(rq_require_object(at, activation_keys));
    RQ_TRY(rq_plan_read_refuse_both(at));
    RQ_TRY(rq_require_string(&a->value, at, "value", arena));
    RQ_TRY(rq_require_string(&a->layer, at, "layer", arena));
    RQ_TRY(rq_require_string(&a->estimator, at, "estimator", arena));
    RQ_TRY(rq_require_string(&a->reason, at, "reason", arena));
    const char *why = rq_plan_read_key(at, "estimator_reason", "choice");
    if (rq_require_has(at, why)) RQ_TRY(rq_require_string(&a->estimator_reason, at, why, arena));
    RQ_TRY(rq_require_integer(&levels, at, "levels", 2, 256));
    RQ_TRY(rq_require_integer(&group, at, "group", 0, UINT32_MAX));
    a->levels = (int)levels;
    a->group = (uint32_t)group;
    RQ_TRY(read_axis(&a->axis, at));
    RQ_TRY(read_place(a, at, arena));
    RQ_TRY(read_ranges(a, at, arena));
    return read_sqnr(&a->sqnr_db, at);
}

static rq_status read_scales(rq_plan_file_weight *w, const rq_required_object *at, rq_arena *arena)
{
    RQ_TRY(rq_require_floats(&w->scales, &w->n, at, "scales", arena));
    for (size_t i = 0; i < w->n; i++)
        if (!(w->scales[i] >= FLT_MIN))
            return rq_require_fail(at, "scales", "number %zu is %g, expected a positive one", i,
                                   (double)w->scales[i]);
    return RQ_OK;
}

static rq_status read_precision(rq_precision *out, const rq_required_object *at,
                                const rq_precision *allowed, size_t n)
{
    rq_keyword words[RQ_PRECISIONS + 1] = {{NULL, NULL, NULL}};
    int index;
    for (size_t i = 0; i < n; i++) words[i].name = rq_precision_word(allowed[i]);
    RQ_TRY(rq_require_keyword(&index, at, "precision", words));
    *out = allowed[index];
    return RQ_OK;
}

static const rq_precision of_layers[] = {RQ_PRECISION_INT8, RQ_PRECISION_INT8_WEIGHTS,
                                         RQ_PRECISION_INT4_WEIGHTS, RQ_PRECISION_FP32};
static const rq_precision of_models[] = {RQ_PRECISION_INT8, RQ_PRECISION_INT8_WEIGHTS,
                                         RQ_PRECISION_INT4_WEIGHTS};

static rq_status read_group_size(size_t *out, const rq_required_object *at)
{
    int64_t size = 0;
    if (rq_require_has(at, "group_size"))
        RQ_TRY(rq_require_integer(&size, at, "group_size", 1, INT32_MAX));
    *out = (size_t)size;
    return RQ_OK;
}

rq_status rq_plan_read_weight(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_weight *w = out;
    int64_t port;
    RQ_TRY(rq_require_object(at, weight_keys));
    RQ_TRY(rq_require_string(&w->layer, at, "layer", arena));
    RQ_TRY(rq_require_string(&w->type, at, "type", arena));
    RQ_TRY(rq_require_string(&w->overflow, at, "overflow", arena));
    RQ_TRY(rq_require_integer(&port, at, "port", 0, 1));
    RQ_TRY(read_precision(&w->precision, at, of_layers, sizeof of_layers / sizeof *of_layers));
    RQ_TRY(rq_require_bool(&w->bias_corrected, at, "bias_corrected"));
    w->port = (uint32_t)port;
    RQ_TRY(read_axis(&w->axis, at));
    RQ_TRY(read_group_size(&w->group_size, at));
    if (rq_require_has(at, "codes")) RQ_TRY(rq_require_string(&w->codes, at, "codes", arena));
    if (rq_require_has(at, "reason")) RQ_TRY(rq_require_string(&w->reason, at, "reason", arena));
    if (rq_require_has(at, "ran_in")) RQ_TRY(rq_require_string(&w->ran_in, at, "ran_in", arena));
    if (w->precision == RQ_PRECISION_INT8 || rq_require_has(at, "scales"))
        RQ_TRY(read_scales(w, at, arena));
    return read_sqnr(&w->sqnr_db, at);
}

rq_status rq_plan_read_ignored(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_ignored *k = out;
    RQ_TRY(rq_require_object(at, ignored_keys));
    RQ_TRY(rq_require_string(&k->layer, at, "layer", arena));
    RQ_TRY(rq_require_string(&k->type, at, "type", arena));
    k->reason = "ignored in plan.json";
    return rq_require_has(at, "reason") ? rq_require_string(&k->reason, at, "reason", arena)
                                        : RQ_OK;
}

static rq_status read_shift(rq_plan_file_equalization *m, const rq_required_object *at,
                            rq_arena *arena)
{
    size_t n;
    RQ_TRY(rq_require_floats(&m->shift, &n, at, "shift", arena));
    if (n == m->n) return RQ_OK;
    return rq_require_fail(at, "shift", "found %zu numbers, expected %zu", n, m->n);
}

static bool is_log2(double x)
{
    return fabs(x) <= RQ_EQUALIZE_MAX_LOG2 &&
           x * RQ_EQUALIZE_OCTAVE == rint(x * RQ_EQUALIZE_OCTAVE);
}

rq_status rq_plan_read_equalization(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_equalization *m = out;
    const rq_json *list = rq_json_get(at->object, "log2");
    RQ_TRY(rq_require_object(at, equalization_keys));
    RQ_TRY(rq_require_string(&m->value, at, "value", arena));
    RQ_TRY(read_axis(&m->axis, at));
    m->n = rq_json_length(list);
    m->log2 = rq_arena_alloc(arena, m->n, sizeof *m->log2);
    if (!m->log2) return RQ_ENOMEM;
    for (size_t c = 0; c < m->n; c++) {
        double log2 = rq_json_as_number(rq_json_at(list, c), NAN);
        if (!is_log2(log2))
            return rq_require_fail(at, "log2", "[%zu]: expected a multiple of 0.25 from %d to %d",
                                   c, -RQ_EQUALIZE_MAX_LOG2, RQ_EQUALIZE_MAX_LOG2);
        m->log2[c] = (float)log2;
    }
    if (m->n == 0) return rq_require_fail(at, "log2", "expected a list of numbers");
    return rq_require_has(at, "shift") ? read_shift(m, at, arena) : RQ_OK;
}

/* -- settings ------------------------------------------------------------------------------- */

rq_status rq_plan_read_settings(rq_plan_file *file, const rq_required_object *root)
{
    rq_required_object at = {rq_json_get(root->object, "settings"), file->path, "settings"};
    rq_plan_options *o = &file->settings;
    int preset, overflow, rounding, target;
    const char *range;
    RQ_TRY(rq_require_object(&at, setting_keys));
    RQ_TRY(read_precision(&o->precision, &at, of_models, sizeof of_models / sizeof *of_models));
    RQ_TRY(rq_require_keyword(&preset, &at, "preset", rq_presets));
    RQ_TRY(rq_require_keyword(&overflow, &at, "overflow_fix", rq_overflow_fixes));
    RQ_TRY(rq_require_bool(&o->may_saturate, &at, "may_saturate"));
    RQ_TRY(rq_require_bool(&o->bias_correction, &at, "bias_correction"));
    RQ_TRY(rq_require_string(&range, &at, "range", file->arena));
    if (strcmp(range, RQ_RANGE_AUTO) != 0) {
        o->range = range;
        if (!rq_range_find(range))
            return rq_require_fail(&at, "range", "unknown estimator '%s'", range);
    }
    if (rq_require_has(&at, "rounding")) {
        RQ_TRY(rq_require_keyword(&rounding, &at, "rounding", rq_roundings));
        o->rounding = (rq_rounding)rounding;
    }
    if (rq_require_has(&at, "target")) {
        RQ_TRY(rq_require_keyword(&target, &at, "target", rq_targets));
        o->target = (rq_target)target;
    }
    RQ_TRY(read_group_size(&o->group_size, &at));
    if (!o->group_size) o->group_size = RQ_GROUP_SIZE;
    o->ratio = rq_json_as_number(rq_json_get(at.object, "ratio"), 1.0);
    o->preset = (rq_preset)preset;
    o->overflow = (rq_overflow)overflow;
    return RQ_OK;
}
