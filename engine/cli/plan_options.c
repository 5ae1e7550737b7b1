#include "engine/cli/plan_options.h"

#include "calib/range.h"
#include "engine/base/choice.h"
#include "quant/plan_json.h"

#include <string.h>

const rq_option rq_plan_option_table[] = {
    {"preset", "NAME",
     "auto (default): asymmetric activations where it pays; performance: symmetric; mixed: "
     "asymmetric",
     false},
    {"range", "NAME",
     "range estimator: auto (default: the best at the readers' outputs and, with --data, at the\n"
     "                             network's), mse, sqnr, l2-grid, minmax, mean-minmax,\n"
     "                             median-minmax, hodges-lehmann, percentile, kl",
     false},
    {"overflow-fix", "WHEN", "against int16 saturation: auto (default), first-layer, all, off",
     false},
    {"target-isa", "ISA", "where it will run: any (default), avx2, avx512, vnni, amx", false},
    {"ignore", "NAME", "leave this layer in floating point (several times for several)", true},
    {"ignore-pattern", "REGEX", "the same for layers whose name begins with a match", true},
    {"ignore-type", "TYPE", "the same for all layers of a type", true},
    {"rounding", "HOW",
     "of weights: fitted to the layers' inputs, on images of --data (default), or nearest", false},
    {"no-bias-correction", NULL, "leave biases as they are", false},
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
    *out = name && strcmp(name, "auto") != 0 ? name : NULL;
    if (!*out || rq_range_find(name)) return RQ_OK;
    const char **names = rq_arena_alloc(arena, 1 + rq_range_count(), sizeof *names);
    if (!names) return RQ_ENOMEM;
    names[0] = "auto";
    for (size_t i = 0; i < rq_range_count(); i++) names[1 + i] = rq_range_at(i)->name;
    return rq_choice_fail(RQ_EARG, name, names, 1 + rq_range_count(),
                          "--range %s: there is no such estimator", name);
}

rq_status rq_plan_options_read(rq_plan_options *out, const rq_settings *settings, rq_arena *arena)
{
    static const char *const isas[] = {"any", "avx2", "avx512", "vnni", "amx", NULL};
    enum { ISA_VNNI = 3 }; /* from here on, products are added in int32 */
    int preset, overflow, isa, rounding;
    memset(out, 0, sizeof *out);
    RQ_TRY(rq_settings_choice(&preset, settings, "preset", rq_preset_names, RQ_PRESET_AUTO));
    RQ_TRY(rq_settings_choice(&overflow, settings, "overflow-fix", rq_overflow_names,
                              RQ_OVERFLOW_AUTO));
    RQ_TRY(rq_settings_choice(&isa, settings, "target-isa", isas, 0));
    out->preset = (rq_preset)preset;
    out->overflow = (rq_overflow)overflow;
    out->may_saturate = isa < ISA_VNNI;
    out->bias_correction = !rq_settings_has(settings, "no-bias-correction");
    out->search_scale = true;
    RQ_TRY(rq_settings_choice(&rounding, settings, "rounding", rq_rounding_names, 0));
    out->fit_codes = rounding == 0;
    RQ_TRY(read_range(&out->range, settings, arena));
    RQ_TRY(read_list(&out->scope.names, &out->scope.n_names, settings, "ignore", arena));
    RQ_TRY(
        read_list(&out->scope.patterns, &out->scope.n_patterns, settings, "ignore-pattern", arena));
    return read_list(&out->scope.types, &out->scope.n_types, settings, "ignore-type", arena);
}
