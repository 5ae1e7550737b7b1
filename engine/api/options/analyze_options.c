#include "engine/api/options/analyze_options.h"

#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/plan_options.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/score_options.h"

#define IMAGES 16

static const rq_option analyze_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images to calibrate with"),
    RQ_OPTION("stats", "FILE.h5", "statistics of activations to use instead of calibrating"),
    RQ_OPTION("val", "DIR|LIST", "images to measure layers on, which are not calibrated with",
              .fallback = "holdout images of --data"),
    RQ_OPTION("labels", "FILE", "lines \"path class\" for the images that layers are measured on",
              .fallback = "their class sub-folders"),
    RQ_OPTION(
        "images", "N",
        "measure layers on at most N images, drawn by --seed; of --data at most a quarter are "
        "holdout images, if that is 4 or more",
        .fallback = RQ_TEXT(IMAGES)),
    RQ_OPTIONS_END,
};

const rq_option *const rq_analyze_option_tables[] = {
    analyze_options,         rq_preprocess_options,      rq_output_weight_options,
    rq_plan_option_table,    rq_preparation_options,     rq_model_options,
    rq_model_import_options, rq_prefixed_import_options, NULL};

rq_status rq_analyze_images_read(size_t *out, const rq_settings *settings)
{
    int64_t images;
    RQ_TRY(rq_settings_integer(&images, settings, "images", IMAGES, 1, INT32_MAX));
    *out = (size_t)images;
    return RQ_OK;
}
