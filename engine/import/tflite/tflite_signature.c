/* Signatures: what a model's author called its inputs and outputs. */
#include "engine/import/tflite/tflite_write.h"

enum { SIGNATURE_INPUTS, SIGNATURE_OUTPUTS, SIGNATURE_GRAPH = 4 };
enum { ENTRY_KEY, ENTRY_TENSOR };

/* The first signature of the model's own graph. */
static rq_flat_table find_signature(rq_tflite_model *m)
{
    for (size_t i = 0; i < m->signatures.n && !m->file.damage; i++) {
        rq_flat_table signature = rq_flat_item(&m->file, m->signatures, i);
        if (rq_flat_int(&m->file, signature, SIGNATURE_GRAPH, RQ_DT_U32, 0) == 0) return signature;
    }
    return (rq_flat_table){0, 0, 0};
}

const char *rq_tflite_signature_key(rq_tflite_writer *w, const rq_tflite_tensor *t, bool input)
{
    rq_tflite_model *m = w->model;
    rq_flat_vector entries =
        rq_flat_list(&m->file, find_signature(m), input ? SIGNATURE_INPUTS : SIGNATURE_OUTPUTS, 4);
    for (size_t i = 0; i < entries.n && !m->file.damage; i++) {
        rq_flat_table entry = rq_flat_item(&m->file, entries, i);
        int64_t index = rq_flat_int(&m->file, entry, ENTRY_TENSOR, RQ_DT_U32, 0);
        if (rq_tflite_find_tensor(w->graph, index) != t) continue;
        const char *key = rq_flat_string(&m->file, entry, ENTRY_KEY);
        if (!key[0] || rq_map_get(m->names, key) != RQ_NONE) return "";
        return rq_tflite_ok(w, rq_map_put(m->names, key, 0)) ? key : "";
    }
    return "";
}
