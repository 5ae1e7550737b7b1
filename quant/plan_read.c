/* plan.json into rq_plan_file. */
#include "calib/range.h"
#include "engine/base/json_require.h"
#include "engine/base/map.h"
#include "quant/plan_file.h"
#include "quant/plan_json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "requant plan"
#define ENTRY_TEXT 320 /* "weights[3], layer '...'" */

static const char *const root_keys[] = {"format",   "version",     "model",   "model_digest",
                                        "settings", "activations", "weights", "ignored_layers",
                                        "kept",     "equalized",   NULL};
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
                                          NULL};
static const char *const equalization_keys[] = {
    "value", "axis", "log2", "shift", "expected_gain_db", NULL};
static const char *const ignored_keys[] = {"layer", "type", "reason", NULL};

/* -- keys of version 1 ----------------------------------------------------------------------- */

/* The key of this version, or where it is absent the one that version 1 had. */
static const char *either_key(const rq_required_object *at, const char *key, const char *old)
{
    return !rq_require_has(at, key) && rq_require_has(at, old) ? old : key;
}

/* Both would leave open which one counts. */
static rq_status refuse_both(const rq_required_object *at)
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

/* The entry at `i` of a list, named by the list and the text under `label` once that is known. */
static rq_required_object entry_at(char text[ENTRY_TEXT], const rq_plan_file *file,
                                   const rq_json *list, const char *list_name, size_t i,
                                   const char *label)
{
    const rq_json *object = rq_json_at(list, i);
    const char *name = rq_json_as_string(rq_json_get(object, label), NULL);
    if (name)
        snprintf(text, ENTRY_TEXT, "%s[%zu], %s '%.200s'", list_name, i, label, name);
    else
        snprintf(text, ENTRY_TEXT, "%s[%zu]", list_name, i);
    return (rq_required_object){object, file->path, text};
}

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

static rq_status read_activation(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_activation *a = out;
    int64_t levels, group = 0, axis = -1;
    RQ_TRY(rq_require_object(at, activation_keys));
    RQ_TRY(refuse_both(at));
    RQ_TRY(rq_require_string(&a->value, at, "value", arena));
    RQ_TRY(rq_require_string(&a->layer, at, "layer", arena));
    RQ_TRY(rq_require_string(&a->estimator, at, "estimator", arena));
    RQ_TRY(rq_require_string(&a->reason, at, "reason", arena));
    const char *why = either_key(at, "estimator_reason", "choice");
    if (rq_require_has(at, why)) RQ_TRY(rq_require_string(&a->estimator_reason, at, why, arena));
    RQ_TRY(rq_require_integer(&levels, at, "levels", 2, 256));
    RQ_TRY(rq_require_integer(&group, at, "group", 0, UINT32_MAX));
    if (rq_require_has(at, "axis"))
        RQ_TRY(rq_require_integer(&axis, at, "axis", 0, RQ_MAX_RANK - 1));
    a->levels = (int)levels;
    a->group = (uint32_t)group;
    a->axis = (int)axis;
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

static rq_status read_weight(void *out, const rq_required_object *at, rq_arena *arena)
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
    RQ_TRY(read_group_size(&w->group_size, at));
    if (rq_require_has(at, "codes")) RQ_TRY(rq_require_string(&w->codes, at, "codes", arena));
    if (rq_require_has(at, "reason")) RQ_TRY(rq_require_string(&w->reason, at, "reason", arena));
    if (w->precision == RQ_PRECISION_INT8 || rq_require_has(at, "scales"))
        RQ_TRY(read_scales(w, at, arena));
    return read_sqnr(&w->sqnr_db, at);
}

static rq_status read_ignored(void *out, const rq_required_object *at, rq_arena *arena)
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

static rq_status read_equalization(void *out, const rq_required_object *at, rq_arena *arena)
{
    rq_plan_file_equalization *m = out;
    const rq_json *list = rq_json_get(at->object, "log2");
    RQ_TRY(rq_require_object(at, equalization_keys));
    RQ_TRY(rq_require_string(&m->value, at, "value", arena));
    m->n = rq_json_length(list);
    m->log2 = rq_arena_alloc(arena, m->n, sizeof *m->log2);
    if (!m->log2) return RQ_ENOMEM;
    for (size_t c = 0; c < m->n; c++) {
        int64_t log2 = rq_json_as_integer(rq_json_at(list, c), INT64_MAX);
        if (log2 < -RQ_EQUALIZE_MAX_LOG2 || log2 > RQ_EQUALIZE_MAX_LOG2)
            return rq_require_fail(at, "log2", "[%zu]: expected an integer from %d to %d", c,
                                   -RQ_EQUALIZE_MAX_LOG2, RQ_EQUALIZE_MAX_LOG2);
        m->log2[c] = (int8_t)log2;
    }
    if (m->n == 0) return rq_require_fail(at, "log2", "expected a list of integers");
    return rq_require_has(at, "shift") ? read_shift(m, at, arena) : RQ_OK;
}

/* -- the whole ------------------------------------------------------------------------------ */

typedef struct list_kind {
    const char *name, *old; /* the list's key, and that of version 1 */
    const char *label;      /* the key that names an entry */
    size_t size;            /* of one entry */
    rq_status (*read)(void *entry, const rq_required_object *at, rq_arena *arena);
} list_kind;

static const list_kind activation_list = {"activations", "activations", "value",
                                          sizeof(rq_plan_file_activation), read_activation};
static const list_kind weight_list = {"weights", "weights", "layer", sizeof(rq_plan_file_weight),
                                      read_weight};
static const list_kind ignored_list = {"ignored_layers", "kept", "layer",
                                       sizeof(rq_plan_file_ignored), read_ignored};

static const list_kind equalization_list = {"equalized", "equalized", "value",
                                            sizeof(rq_plan_file_equalization), read_equalization};

static rq_status read_list(void *out, size_t *n, const rq_plan_file *file,
                           const rq_required_object *root, const list_kind *kind)
{
    rq_json *list;
    char text[ENTRY_TEXT];
    const char *key = either_key(root, kind->name, kind->old);
    RQ_TRY(rq_require_array(&list, root, key));
    char *entries = rq_arena_alloc(file->arena, rq_json_length(list), kind->size);
    if (!entries) return RQ_ENOMEM;
    *n = rq_json_length(list);
    for (size_t i = 0; i < *n; i++) {
        rq_required_object at = entry_at(text, file, list, key, i, kind->label);
        RQ_TRY(kind->read(entries + i * kind->size, &at, file->arena));
    }
    memcpy(out, &entries, sizeof entries); /* a pointer to the list's own type lies there */
    return RQ_OK;
}

static rq_status read_settings(rq_plan_file *file, const rq_required_object *root)
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

static rq_status check_format(const rq_required_object *root)
{
    const char *format = rq_json_as_string(rq_json_get(root->object, "format"), NULL);
    int64_t version;
    if (!rq_json_is_object(root->object) || !format || strcmp(format, FORMAT) != 0)
        return rq_fail(RQ_EFORMAT, "%s: is not a plan: \"format\" is %s, expected \"" FORMAT "\"",
                       root->path, format ? format : "missing");
    RQ_TRY(rq_require_integer(&version, root, "version", 1, RQ_PLAN_VERSION));
    RQ_TRY(rq_require_object(root, root_keys));
    return refuse_both(root);
}

/* An entry that is there twice would leave open which one counts. */
static rq_status note_once(rq_map *seen, const rq_plan_file *file, const char *list, size_t i,
                           const char *name)
{
    if (!name) return RQ_ENOMEM;
    if (rq_map_get(seen, name) != RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: %s[%zu]: '%s' occurs twice", file->path, list, i, name);
    return rq_map_put(seen, name, (uint32_t)i);
}

static rq_status refuse_twice(const rq_plan_file *file)
{
    rq_map *values = NULL, *layers = NULL, *moved = NULL;
    rq_status status = rq_map_create(&values);
    if (status == RQ_OK) status = rq_map_create(&moved);
    if (status == RQ_OK) status = rq_map_create(&layers);
    for (size_t i = 0; status == RQ_OK && i < file->n_activations; i++)
        status = note_once(values, file, "activations", i, file->activations[i].value);
    for (size_t i = 0; status == RQ_OK && i < file->n_equalizations; i++)
        status = note_once(moved, file, "equalized", i, file->equalizations[i].value);
    for (size_t i = 0; status == RQ_OK && i < file->n_weights; i++) {
        const rq_plan_file_weight *w = &file->weights[i];
        status = note_once(layers, file, "weights", i,
                           rq_arena_printf(file->arena, "%s:%u", w->layer, w->port));
    }
    rq_map_destroy(&layers);
    rq_map_destroy(&moved);
    rq_map_destroy(&values);
    return status;
}

static rq_status read_root(rq_plan_file *file, const rq_json *json)
{
    rq_required_object root = {json, file->path, ""};
    RQ_TRY(check_format(&root));
    RQ_TRY(rq_require_string(&file->model, &root, "model", file->arena));
    RQ_TRY(rq_require_string(&file->digest, &root, "model_digest", file->arena));
    RQ_TRY(read_settings(file, &root));
    RQ_TRY(read_list(&file->activations, &file->n_activations, file, &root, &activation_list));
    RQ_TRY(read_list(&file->weights, &file->n_weights, file, &root, &weight_list));
    RQ_TRY(read_list(&file->ignored, &file->n_ignored, file, &root, &ignored_list));
    if (rq_require_has(&root, "equalized"))
        RQ_TRY(read_list(&file->equalizations, &file->n_equalizations, file, &root,
                         &equalization_list));
    return refuse_twice(file);
}

rq_status rq_plan_file_read(rq_plan_file **out, const char *path)
{
    rq_json *json = NULL;
    rq_plan_file *file;
    *out = NULL;
    RQ_TRY(rq_calloc(&file, 1, sizeof *file, "a plan file"));
    rq_status status = rq_arena_create(&file->arena);
    if (status == RQ_OK && !(file->path = rq_arena_strdup(file->arena, path))) status = RQ_ENOMEM;
    if (status == RQ_OK) status = rq_json_load(&json, path);
    if (status == RQ_OK) status = read_root(file, json);
    rq_json_free(&json);
    if (status != RQ_OK) rq_plan_file_destroy(&file);
    *out = file;
    return status;
}

void rq_plan_file_destroy(rq_plan_file **file)
{
    if (!file || !*file) return;
    rq_arena_destroy(&(*file)->arena);
    free(*file);
    *file = NULL;
}

const rq_plan_file_activation *rq_plan_file_activation_of(const rq_plan_file *file,
                                                          const char *value)
{
    for (size_t i = 0; i < file->n_activations; i++)
        if (!strcmp(file->activations[i].value, value)) return &file->activations[i];
    return NULL;
}

const rq_plan_file_weight *rq_plan_file_weight_of(const rq_plan_file *file, const char *layer,
                                                  uint32_t port)
{
    for (size_t i = 0; i < file->n_weights; i++)
        if (file->weights[i].port == port && !strcmp(file->weights[i].layer, layer))
            return &file->weights[i];
    return NULL;
}
