/* The options of calibrate. */
#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/procedures.h"

static const rq_option calibrate_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "calibration images"),
    RQ_OPTION(
        "shard", "K/N",
        "only part K of N of the images, as a job of an array: requant merge joins the parts"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("output", "FILE.h5", "file of the statistics; continued if it exists",
              .writes = true),
    RQ_OPTIONS_END,
};

const rq_option *const rq_calibrate_option_tables[] = {calibrate_options,
                                                       rq_preprocess_options,
                                                       rq_model_options,
                                                       rq_preparation_options,
                                                       rq_model_import_options,
                                                       rq_prefixed_import_options,
                                                       NULL};
