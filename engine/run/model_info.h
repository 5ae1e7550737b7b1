/* What a model says of its classes and its input, in the IR's rt_info under "model_info":
 * OpenVINO's Model API, Geti and Ultralytics write it, and so does import. */
#ifndef RQ_RUN_MODEL_INFO_H
#define RQ_RUN_MODEL_INFO_H

#include "datasets/class_names.h"
#include "datasets/image/preprocess.h"
#include "engine/ir/graph.h"

/* {0} where it says none. In the arena. */
rq_status rq_model_info_names(rq_class_names *out, rq_arena *arena, const rq_graph *graph);

/* Mean, scale, padding and fit, each where it is not asked for (fit: nor a size) and the model does
 * not do it itself; what was taken is logged. */
rq_status rq_model_info_prepare(rq_preprocess *preprocess, const rq_graph *graph);

/* Writes what the preprocessing and the names say into it, in the words of OpenVINO's Model API,
 * and leaves what stands there. What nobody asked for is not written, nor is what has no word
 * there: a crop of another size than the images were resized to. */
rq_status rq_model_info_set(rq_graph *graph, const rq_preprocess *preprocess,
                            const rq_class_names *names);
/* One text of it; nothing where there is one, or `text` is NULL or empty. */
rq_status rq_model_info_add(rq_graph *graph, const char *name, const char *text);

/* A text of "model_info", such as "iou_threshold" or "character"; NULL: it says nothing. */
const char *rq_model_info_text(const rq_graph *graph, const char *name);

#endif
