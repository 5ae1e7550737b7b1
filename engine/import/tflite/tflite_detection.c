/* What picks boxes. */
#include "engine/import/tflite/flexbuffer.h"
#include "engine/import/tflite/tflite_write.h"

#include <math.h>

enum { MAX_OUTPUT_SIZE = 2 };

/* Boxes, scores, how many, overlap, least score (V5: sigma): indices, (V5: scores,) how many. */
void rq_tflite_write_non_max_suppression(rq_tflite_writer *w)
{
    size_t n = w->op->out.n;
    const char *results[3] = {"", "", ""};
    if (n < 2 || n > 3) {
        rq_tflite_fail(w, RQ_EFORMAT, "%zu outputs", n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        results[i] = w->results[i];
        if (i + 1 < n || !results[i][0]) w->results[i] = rq_tflite_new_name(w, w->name, "found");
    }
    rq_tflite_whole_node(w, w->row->type);
    w->main = w->out->n_nodes - 1;
    /* TensorFlow gives as many as there are, TensorFlow Lite as many as there may be. */
    for (size_t i = 0; i + 1 < n; i++)
        if (results[i][0])
            rq_tflite_node(w, "FILL_UP", results[i],
                           RQ_VALUES(w->results[i], rq_tflite_in(w, MAX_OUTPUT_SIZE)));
}

/* The Object Detection API's last step: its options are a map. */
void rq_tflite_write_detection_post_process(rq_tflite_writer *w)
{
    static const char *const names[] = {"max_detections",
                                        "max_classes_per_detection",
                                        "detections_per_class",
                                        "use_regular_nms",
                                        "nms_score_threshold",
                                        "nms_iou_threshold",
                                        "num_classes",
                                        "y_scale",
                                        "x_scale",
                                        "h_scale",
                                        "w_scale"};
    rq_flat_vector options = w->op->custom_options;
    rq_tflite_whole_node(w, w->row->name);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double value = rq_flex_number(w->model->file.data + options.at, options.n, names[i], NAN);
        if (!isnan(value)) rq_tflite_attr_float(w, names[i], value);
    }
}
