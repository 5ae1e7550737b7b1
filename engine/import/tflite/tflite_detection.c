/* What picks boxes. */
#include "engine/import/tflite/tflite_write.h"

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
