/* The options of evaluate. */
#include "engine/api/options/image_options.h"
#include "engine/api/options/import_options.h"
#include "engine/api/options/model_options.h"
#include "engine/api/options/procedures.h"
#include "engine/api/options/score_options.h"

static const rq_option evaluate_options[] = {
    RQ_HEADING(DATA),
    RQ_OPTION("data", "DIR|LIST", "images with classes, boxes, masks, texts or values"),
    RQ_OPTION("labels", "FILE", "lines \"path class\"",
              .fallback = "the class sub-folders of --data"),
    RQ_HEADING(OUTPUT),
    RQ_OPTION("classes", "FILE.csv",
              "write per-class accuracy and the confusion matrix; of detectors, per-class average "
              "precision",
              .writes = true),
    RQ_OPTIONS_END,
};

const rq_option *const rq_evaluate_option_tables[] = {evaluate_options,
                                                      rq_preprocess_options,
                                                      rq_score_options,
                                                      rq_model_options,
                                                      rq_model_import_options,
                                                      rq_prefixed_import_options,
                                                      NULL};
