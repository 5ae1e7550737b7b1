#include "engine/api/options/compare_options.h"

#include "engine/api/options/image_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/option_words.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/score_options.h"

#include <float.h>
#include <math.h>

#define SECONDS 3

static const rq_option model_data_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to measure models with"),
    RQ_OPTION("labels", "FILE", "lines \"path class\"",
              .fallback = "the class sub-folders of --data"),
    RQ_HEADING(MODEL),
    RQ_OPTION("seconds", "S", "time of measuring each pair of models; 0: no times",
              .fallback = RQ_TEXT(SECONDS)),
    RQ_OPTIONS_END,
};
enum { NOISE_FAIL, NOISE_WARN };
static const rq_keyword speed_noises[] = {
    [NOISE_FAIL] = {"fail", "exit status 4, unless a budget is missed", NULL},
    [NOISE_WARN] = {"warn", "a line on stderr", NULL},
    {NULL, NULL, NULL},
};
static const rq_option budget_options[] = {
    RQ_HEADING(BUDGET),
    RQ_OPTION("baseline", "NAME", "the run that the others are compared with",
              .fallback = "the first"),
    RQ_OPTION("metric", "NAME", "metric that leads, and that --max-drop is about",
              .fallback = "the first that the runs have", .list = rq_list_metrics),
    RQ_OPTION("max-drop", "X",
              "maximum loss of the metric against the original (in points where it is in %)"),
    RQ_OPTION("min-speedup", "X", "minimum speed-up over the original"),
    RQ_OPTION("speed-noise", "WHAT",
              "what a speed that is not measurable now does to --min-speedup",
              .keywords = speed_noises, .fallback = "fail"),
    RQ_OPTION("max-size", "X", "maximum size relative to the original: 0.3 for 30 %"),
    RQ_OPTIONS_END,
};

const rq_option *const rq_compare_option_tables[] = {budget_options,
                                                     model_data_options,
                                                     rq_preprocess_options,
                                                     rq_output_weight_options,
                                                     rq_score_options,
                                                     rq_model_options,
                                                     NULL};

/* Of 0 nothing could be said. */
static rq_status read_ratio(double *out, const rq_settings *settings, const char *name)
{
    if (!rq_settings_has(settings, name)) return RQ_OK;
    RQ_TRY(rq_settings_number(out, settings, name, 1, 0, DBL_MAX));
    return *out > 0 ? RQ_OK : rq_fail(RQ_EARG, "--%s 0: expected a number above 0", name);
}

rq_status rq_compare_budgets_read(rq_budgets *out, const rq_settings *settings)
{
    *out = (rq_budgets){NAN, NAN, NAN};
    if (rq_settings_has(settings, "max-drop"))
        RQ_TRY(rq_settings_number(&out->max_drop, settings, "max-drop", 0, -DBL_MAX, DBL_MAX));
    RQ_TRY(read_ratio(&out->min_speedup, settings, "min-speedup"));
    RQ_TRY(read_ratio(&out->max_size, settings, "max-size"));
    return RQ_OK;
}

rq_status rq_compare_speed_noise_read(bool *warns, const rq_settings *settings)
{
    int found;
    RQ_TRY(rq_settings_keyword(&found, settings, "speed-noise", speed_noises, NOISE_FAIL));
    *warns = found == NOISE_WARN;
    return RQ_OK;
}

rq_status rq_compare_seconds_read(double *out, const rq_settings *settings)
{
    return rq_settings_number(out, settings, "seconds", SECONDS, 0, 3600);
}
