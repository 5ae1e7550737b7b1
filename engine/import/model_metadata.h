/* What a model's authors wrote beside the network: names of classes, alphabets, how the input is
 * prepared. It goes into the IR's rt_info, under "model_info", as OpenVINO's Model API has it. */
#ifndef RQ_IMPORT_MODEL_METADATA_H
#define RQ_IMPORT_MODEL_METADATA_H

#include "engine/import/framework_model.h"
#include "engine/ir/graph.h"

/* The model's metadata that are known: Ultralytics' `names`, `author`, `task`; PaddleOCR's
 * `character`. */
rq_status rq_model_metadata_set(rq_graph *graph, const rq_framework_model *source);
/* For an IR that has no labels: Ultralytics' metadata.yaml in its folder, if there is one. One that
 * cannot be read is said and passed over. */
rq_status rq_model_metadata_read_beside(rq_graph *graph, const char *path);

#endif
