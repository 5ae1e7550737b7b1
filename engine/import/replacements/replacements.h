/* Replacing sub-graphs of a framework's model before it is mapped: what Model Optimizer's
 * --transformations_config does, and the same for TensorFlow's Object Detection API where no
 * configuration is given, as its graphs say themselves what they compute.
 *
 * A configuration is Model Optimizer's JSON: a list of rules, each with an id of replacements.def
 * or with "op", the IR operator that the match becomes. */
#ifndef RQ_IMPORT_REPLACEMENTS_H
#define RQ_IMPORT_REPLACEMENTS_H

#include "engine/base/text.h"
#include "engine/import/framework_model.h"

typedef struct rq_replace_options {
    const char *config;   /* the JSON; NULL: what the graph itself shows */
    const char *pipeline; /* the Object Detection API's pipeline.config; NULL: none */
    bool has_shape;       /* the user said the input's shape: what is unknown in it stays so */
    bool has_outputs;     /* the user chose the outputs: they stay */
} rq_replace_options;

/* Rewrites `source`. `notes` gets a line for each thing that the user should know: what was
 * replaced, and where the files given disagree with the graph. RQ_EFORMAT, RQ_EUNSUPPORTED for
 * files that are damaged or of another graph. */
rq_status rq_replace(rq_framework_model *source, const rq_replace_options *options, rq_buf *notes);

#endif
