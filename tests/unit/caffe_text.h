/* Caffe models of one layer: what tests of its operator mappings share. */
#ifndef RQ_TESTS_CAFFE_TEXT_H
#define RQ_TESTS_CAFFE_TEXT_H

#include "tests/unit/import_run.h"
#include "tests/unit/wire.h"

static inline void add_blob(rq_buf *layer, const float *data, const int64_t *dims, size_t rank)
{
    rq_buf blob = {0}, shape = {0};
    size_t n = 1;
    for (size_t i = 0; i < rank; i++) {
        wire_int(&shape, 1, dims[i]);
        n *= (size_t)dims[i];
    }
    wire_message(&blob, 7, &shape);
    wire_bytes(&blob, 5, data, n * sizeof *data);
    wire_message(layer, 7, &blob);
}

/* "data" of size[4] and one layer "l" whose weights are the blobs in `layer`. */
static inline void open_layer(void **state, import_run *r, const int size[4], const char *text,
                              rq_buf *layer)
{
    char net[2048], model[4096];
    rq_buf file = {0};
    wire_text(layer, 1, "l");
    wire_text(layer, 2, "any");
    wire_message(&file, 100, layer);
    snprintf(model, sizeof model, "%s",
             scratch_file(state, "net.caffemodel", file.data, file.length));
    rq_buf_free(&file);
    int n = snprintf(net, sizeof net,
                     "input: 'data' input_shape { dim: %d dim: %d dim: %d dim: %d }\n%s", size[0],
                     size[1], size[2], size[3], text);
    scratch_file(state, "net.prototxt", net, (size_t)n);
    import_open(r, &(rq_import_files){.model = model});
}

#endif
