/* TensorFlow graphs as text, node by node: what tests of its operator mappings share. */
#ifndef RQ_TESTS_TF_TEXT_H
#define RQ_TESTS_TF_TEXT_H

#include "tests/unit/import_run.h"

#include "engine/base/text.h"

static inline void put_const(rq_buf *text, const char *name, const float *data, const int *dims,
                             int rank)
{
    size_t n = 1;
    rq_buf_printf(text,
                  "node { name: '%s' op: 'Const' attr { key: 'value' value { tensor {"
                  " dtype: DT_FLOAT tensor_shape {",
                  name);
    for (int i = 0; i < rank; i++) {
        rq_buf_printf(text, " dim { size: %d }", dims[i]);
        n *= (size_t)dims[i];
    }
    rq_buf_printf(text, " }");
    for (size_t i = 0; i < n; i++) rq_buf_printf(text, " float_val: %.9g", (double)data[i]);
    rq_buf_printf(text, " } } } }\n");
}

static inline void put_ints(rq_buf *text, const char *name, const int *values, int n)
{
    rq_buf_printf(text,
                  "node { name: '%s' op: 'Const' attr { key: 'value' value { tensor {"
                  " dtype: DT_INT32 tensor_shape { dim { size: %d } }",
                  name, n);
    for (int i = 0; i < n; i++) rq_buf_printf(text, " int_val: %d", values[i]);
    rq_buf_printf(text, " } } } }\n");
}

static inline void put_input(rq_buf *text, int height, int width, int channels)
{
    rq_buf_printf(text,
                  "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type:"
                  " DT_FLOAT } } attr { key: 'shape' value { shape { dim { size: 1 } dim {"
                  " size: %d } dim { size: %d } dim { size: %d } } } } }\n",
                  height, width, channels);
}

static inline void open_graph(void **state, import_run *r, rq_buf *text)
{
    assert_false(text->failed);
    const char *path = scratch_file(state, "graph.pbtxt", text->data, text->length);
    rq_buf_free(text);
    import_open(r, &(rq_import_files){.model = path});
}

#endif
