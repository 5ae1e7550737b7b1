#include "engine/api/options/tune_options.h"

#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/output_option.h"
#include "engine/api/options/plan_options.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/score_options.h"
#include "engine/base/text.h"

#include <math.h>
#include <string.h>

#define MAX_TRIALS 24

static const rq_option tune_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to calibrate and to rank layers with"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of calibrating"),
    RQ_OPTION(
        "val", "DIR|LIST",
        "validation images: on half of them layers are chosen, and on the other half, which the "
        "report is of, the budget must hold",
        .fallback = "those of --data"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for --val",
              .fallback = "its class sub-folders"),
    RQ_HEADING(BUDGET),
    RQ_OPTION("max-drop", "X",
              "maximum loss: points of the metric, or percent of FP32's value (\"1%\"); without "
              "labels, percent of images with another prediction"),
    RQ_OPTION("min-sqnr", "DB", "instead: minimum SQNR of the outputs against FP32"),
    RQ_OPTION("max-trials", "N", "maximum number of validations", .fallback = RQ_TEXT(MAX_TRIALS)),
    RQ_OPTIONS_END,
};

const rq_option *const rq_tune_option_tables[] = {tune_options,
                                                  rq_output_options,
                                                  rq_preprocess_options,
                                                  rq_output_weight_options,
                                                  rq_score_options,
                                                  rq_plan_option_table,
                                                  rq_preparation_options,
                                                  rq_model_options,
                                                  rq_model_import_options,
                                                  rq_prefixed_import_options,
                                                  NULL};

/* "0.5": points; "1%": of FP32's value. */
rq_status rq_tune_budget_read(rq_tune_options *t, const rq_settings *settings)
{
    const char *drop = rq_settings_get(settings, "max-drop", NULL);
    int64_t trials;
    RQ_TRY(rq_settings_integer(&trials, settings, "max-trials", MAX_TRIALS, 1, INT32_MAX));
    t->max_trials = (size_t)trials;
    RQ_TRY(rq_settings_number(&t->min_sqnr, settings, "min-sqnr", NAN, -100, 200));
    t->max_drop = NAN;
    if ((drop == NULL) == (isnan(t->min_sqnr) != 0))
        return rq_fail(RQ_EARG, drop ? "--max-drop and --min-sqnr exclude each other"
                                     : "--max-drop is missing: points such as 0.5, or 1%%");
    if (!drop) return RQ_OK;
    rq_buf text = {0};
    t->relative = rq_ends_with(drop, "%");
    rq_buf_append_n(&text, drop, strlen(drop) - t->relative);
    bool good = text.data && rq_parse_f64(text.data, &t->max_drop) && t->max_drop >= 0;
    rq_buf_free(&text);
    return good ? RQ_OK
                : rq_fail(RQ_EARG, "--max-drop %s: expected points such as 0.5, or 1%%", drop);
}
