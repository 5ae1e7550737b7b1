/* What picks boxes. */
#include "engine/import/tflite/tflite_write.h"

/* TensorFlow gives as many as there are, `n`; TensorFlow Lite fills them up with zeros to the most
 * that there may be. */
static void fill_up(rq_tflite_writer *w, const char *found, const char *n, const char *out)
{
    if (!out[0]) return;
    const char *missing = rq_tflite_node(w, "Sub", NULL, RQ_VALUES(rq_tflite_in(w, 2), n));
    const char *row = rq_tflite_node(w, "Pack", NULL, RQ_VALUES(rq_tflite_int(w, 0), missing));
    const char *pads =
        rq_tflite_node(w, "Reshape", NULL, RQ_VALUES(row, rq_tflite_ints(w, (int64_t[]){1, 2}, 2)));
    rq_tflite_node(w, "Pad", out, RQ_VALUES(found, pads));
}

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
    for (size_t i = 0; i + 1 < n; i++) fill_up(w, w->results[i], w->results[n - 1], results[i]);
}
