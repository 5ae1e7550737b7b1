/* What moves elements, with operands where TensorFlow has inputs. */
#include "engine/import/tflite/tflite_write.h"

enum { CONCATENATION_AXIS, GATHER_AXIS = 0, GATHER_BATCH_DIMS, MIRROR_MODE = 0, RESHAPE_SHAPE = 0 };

void rq_tflite_write_concatenation(rq_tflite_writer *w)
{
    size_t n = w->op->in.n;
    const char **in = rq_arena_alloc(w->out->arena, n + 1, sizeof *in);
    if (!rq_tflite_ok(w, in ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_tflite_in(w, i);
    in[n] = rq_tflite_int(w, rq_tflite_option(w, CONCATENATION_AXIS, RQ_DT_I32, 0));
    rq_tflite_node(w, w->row->type, w->results[0], in, n + 1);
}

void rq_tflite_write_gather(rq_tflite_writer *w)
{
    const char *x = rq_tflite_weights(w, 0, &(rq_tflite_form){.rank = 0});
    const char *index = rq_tflite_in(w, 1);
    const char *axis = rq_tflite_int(w, rq_tflite_option(w, GATHER_AXIS, RQ_DT_I32, 0));
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(x, index, axis));
    rq_tflite_attr_int(w, "batch_dims", rq_tflite_option(w, GATHER_BATCH_DIMS, RQ_DT_I32, 0));
}

/* Indices, table. */
void rq_tflite_write_embedding_lookup(rq_tflite_writer *w)
{
    const char *index = rq_tflite_in(w, 0);
    const char *table = rq_tflite_weights(w, 1, &(rq_tflite_form){.rank = 0});
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(table, index, rq_tflite_int(w, 0)));
}

/* The shape is an input, or an option; some files have a table of it. */
void rq_tflite_write_reshape(rq_tflite_writer *w)
{
    const rq_tflite_tensor *t = rq_tflite_in_tensor(w, 1);
    const char *x = rq_tflite_in(w, 0), *shape = rq_tflite_in(w, 1);
    rq_flat_vector list = rq_flat_list(&w->model->file, w->op->options, RESHAPE_SHAPE, 4);
    int64_t dims[RQ_MAX_RANK];
    if (!t && list.n <= RQ_MAX_RANK) {
        for (size_t i = 0; i < list.n; i++)
            dims[i] = rq_flat_item_int(&w->model->file, list, i, RQ_DT_I32);
        shape = rq_tflite_ints(w, dims, list.n);
    } else if (t && t->shape.rank > 1) {
        shape = rq_tflite_node(w, "Reshape", NULL,
                               RQ_VALUES(shape, rq_tflite_ints(w, (int64_t[]){-1}, 1)));
    }
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(x, shape));
}

void rq_tflite_write_mirror_pad(rq_tflite_writer *w)
{
    rq_tflite_whole_node(w, w->row->type);
    bool symmetric = rq_tflite_option(w, MIRROR_MODE, RQ_DT_I8, 0) == 1;
    rq_tflite_attr_text(w, "mode", symmetric ? "SYMMETRIC" : "REFLECT");
}
