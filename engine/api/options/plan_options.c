#include "engine/api/options/plan_options.h"

#include "calib/range.h"
#include "engine/base/choice.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/option_words.h"

#include <math.h>
#include <string.h>

enum {
    ISA_ANY,
    ISA_AVX2,
    ISA_AVX512,
    ISA_VNNI,
    ISA_AMX
}; /* from VNNI on, products are added in int32 */
static const rq_keyword isas[] = {
    [ISA_ANY] = {"any", "any x86-64 CPU: products of INT8 must not saturate in int16", NULL},
    [ISA_AVX2] = {"avx2", "AVX2 without VNNI; likewise, and codes only where its kernels gain",
                  NULL},
    [ISA_AVX512] = {"avx512", "AVX-512 without VNNI; likewise", NULL},
    [ISA_VNNI] = {"vnni", "VNNI, which adds in int32", NULL},
    [ISA_AMX] = {"amx", "AMX; likewise, and zero points take longer", NULL},
    {NULL, NULL, NULL}};
/* 10^9 multiply-accumulates: two minutes on two cores of 2023. */
#define ROUNDING_WORK 480

const rq_option rq_plan_option_table[] = {
    RQ_HEADING(QUANTIZATION),
    RQ_OPTION("preset", "NAME", "quantization of activations", .keywords = rq_presets,
              .fallback = "auto"),
    RQ_OPTION("range", "NAME", "range estimator of activations", .fallback = RQ_RANGE_AUTO,
              .list = rq_list_ranges),
    RQ_OPTION("overflow-fix", "HOW", "protection from int16 saturation on CPUs without VNNI",
              .keywords = rq_overflow_fixes, .fallback = "auto"),
    RQ_OPTION("target", "DEVICE", "what the model is for", .keywords = rq_targets,
              .fallback = "cpu"),
    RQ_OPTION("target-isa", "ISA", "CPU that the model is for", .keywords = isas,
              .fallback = "any"),
    RQ_OPTION("ignore", "NAME",
              "exclude this layer from quantization (its name, or the part that tables show)",
              .repeats = true),
    RQ_OPTION("ignore-pattern", "REGEX", "exclude layers whose name begins with a match",
              .repeats = true),
    RQ_OPTION("ignore-type", "TYPE", "exclude all layers of this type", .repeats = true),
    RQ_OPTION("rounding", "HOW", "rounding of weights", .keywords = rq_roundings,
              .fallback = "adaptive"),
    RQ_OPTION(
        "rounding-work", "GMAC",
        "limit of adaptive rounding, in 10^9 multiply-accumulates; layers beyond are rounded to "
        "nearest",
        .fallback = RQ_TEXT(ROUNDING_WORK)),
    RQ_OPTION("budget", "SECONDS",
              "instead: time limit of adaptive rounding, and of the trials of tune; not "
              "reproducible, as it depends on the machine and its load",
              .alias = "rounding-seconds", .fallback = "none"),
    RQ_OPTION("equalize", "HOW",
              "cross-layer equalization, or activation-aware scaling before 4-bit weights",
              .keywords = rq_equalizations, .fallback = "auto"),
    RQ_OPTION("no-bias-correction", NULL, "do not correct biases"),
    RQ_OPTIONS_END,
};

static rq_status read_list(const char *const **out, size_t *n, const rq_settings *settings,
                           const char *name, rq_arena *arena)
{
    *n = rq_settings_count(settings, name);
    const char **list = rq_arena_alloc(arena, *n, sizeof *list);
    if (!list) return RQ_ENOMEM;
    for (size_t i = 0; i < *n; i++) list[i] = rq_settings_at(settings, name, i);
    *out = list;
    return RQ_OK;
}

static rq_status read_range(const char **out, const rq_settings *settings, rq_arena *arena)
{
    const char *name = rq_settings_get(settings, "range", NULL);
    *out = name && strcmp(name, RQ_RANGE_AUTO) != 0 ? name : NULL;
    if (!*out || rq_range_find(name)) return RQ_OK;
    const char **names = rq_arena_alloc(arena, 1 + rq_range_count(), sizeof *names);
    if (!names) return RQ_ENOMEM;
    names[0] = RQ_RANGE_AUTO;
    for (size_t i = 0; i < rq_range_count(); i++) names[1 + i] = rq_range_at(i)->name;
    return rq_choice_fail(RQ_EARG, name, names, 1 + rq_range_count(),
                          "--range %s: there is no such estimator", name);
}

/* Others add products of INT8 in int32. */
static bool runs_on_cpu(rq_target target)
{
    return target == RQ_TARGET_CPU || target == RQ_TARGET_ONNXRUNTIME;
}

/* ONNX Runtime's kernels have a zero point always. */
static rq_zero_point_isa zero_points_of(int isa, rq_target target)
{
    static const rq_zero_point_isa of_isa[] = {[ISA_ANY] = RQ_ZERO_POINT_ANY,
                                               [ISA_AVX2] = RQ_ZERO_POINT_AVX2,
                                               [ISA_AVX512] = RQ_ZERO_POINT_AVX2,
                                               [ISA_VNNI] = RQ_ZERO_POINT_VNNI,
                                               [ISA_AMX] = RQ_ZERO_POINT_AMX};
    if (target == RQ_TARGET_ONNXRUNTIME) return RQ_ZERO_POINT_VNNI;
    return target == RQ_TARGET_CPU ? of_isa[isa] : RQ_ZERO_POINT_OTHER;
}

static rq_status read_plan(rq_plan_options *out, const rq_settings *settings, rq_arena *arena)
{
    int preset, overflow, isa, rounding, target;
    memset(out, 0, sizeof *out);
    RQ_TRY(rq_settings_keyword(&preset, settings, "preset", rq_presets, RQ_PRESET_AUTO));
    RQ_TRY(rq_settings_keyword(&overflow, settings, "overflow-fix", rq_overflow_fixes,
                               RQ_OVERFLOW_AUTO));
    RQ_TRY(rq_settings_keyword(&isa, settings, "target-isa", isas, ISA_ANY));
    RQ_TRY(rq_settings_keyword(&target, settings, "target", rq_targets, RQ_TARGET_CPU));
    out->target = (rq_target)target;
    out->preset = (rq_preset)preset;
    out->overflow = (rq_overflow)overflow;
    out->may_saturate = isa < ISA_VNNI && runs_on_cpu(out->target);
    out->isa = isa == ISA_AVX2 ? RQ_INT8_AVX2 : RQ_INT8_VNNI;
    out->zero_points = zero_points_of(isa, out->target);
    out->bias_correction = !rq_settings_has(settings, "no-bias-correction");
    out->group_size = RQ_GROUP_SIZE;
    out->ratio = 1.0;
    RQ_TRY(
        rq_settings_keyword(&rounding, settings, "rounding", rq_roundings, RQ_ROUNDING_ADAPTIVE));
    out->rounding = (rq_rounding)rounding;
    RQ_TRY(read_range(&out->range, settings, arena));
    RQ_TRY(read_list(&out->scope.names, &out->scope.n_names, settings, "ignore", arena));
    RQ_TRY(
        read_list(&out->scope.patterns, &out->scope.n_patterns, settings, "ignore-pattern", arena));
    return read_list(&out->scope.types, &out->scope.n_types, settings, "ignore-type", arena);
}

static rq_status read_limits(rq_decide_options *out, const rq_settings *settings)
{
    RQ_TRY(rq_settings_number(&out->budget, settings, "budget", 0.0, 1e-3, 1e9));
    double work = out->budget > 0 ? INFINITY : ROUNDING_WORK;
    return rq_settings_number(&out->rounding_work, settings, "rounding-work", work, 0.0, 1e9);
}

rq_status rq_decide_options_read(rq_decide_options *out, const rq_settings *settings,
                                 rq_arena *arena)
{
    int equalize;
    *out = (rq_decide_options){.given_stats = rq_settings_get(settings, "stats", NULL)};
    RQ_TRY(read_plan(&out->plan, settings, arena));
    RQ_TRY(
        rq_settings_keyword(&equalize, settings, "equalize", rq_equalizations, RQ_EQUALIZE_AUTO));
    out->equalize = (rq_equalize)equalize;
    return read_limits(out, settings);
}
