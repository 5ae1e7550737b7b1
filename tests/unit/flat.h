/* Flatbuffers written by hand, table by table: what tests of TensorFlow Lite's reader feed it.
 *
 * A table has room of 8 bytes for each field; a field that is set holds a number, or leads to what
 * is written next. */
#ifndef RQ_TESTS_FLAT_H
#define RQ_TESTS_FLAT_H

#include "tests/unit/scratch.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/import.h"

typedef struct flat {
    rq_buf file;
} flat;

static inline void flat_put(flat *f, const void *data, size_t n)
{
    rq_buf_append_n(&f->file, data, n);
}

static inline void flat_align(flat *f)
{
    while (f->file.length % 8) flat_put(f, "", 1);
}

static inline void flat_set(flat *f, size_t at, const void *data, size_t n)
{
    memcpy(f->file.data + at, data, n);
}

/* Makes the offset stored there lead to what is written next. */
static inline void flat_lead(flat *f, size_t at)
{
    flat_align(f);
    uint32_t offset = (uint32_t)(f->file.length - at);
    flat_set(f, at, &offset, 4);
}

/* A table of n fields, none set. */
static inline size_t flat_table(flat *f, uint16_t n)
{
    flat_align(f);
    size_t vtable = f->file.length;
    const uint16_t head[2] = {(uint16_t)(4 + 2 * n), (uint16_t)(8 + 8 * n)};
    flat_put(f, head, sizeof head);
    for (uint16_t i = 0; i < n; i++) flat_put(f, "\0", 2);
    flat_align(f);
    size_t table = f->file.length;
    int32_t back = (int32_t)(table - vtable);
    flat_put(f, &back, 4);
    for (size_t i = 0; i < 4 + 8 * (size_t)n; i++) flat_put(f, "", 1);
    return table;
}

/* Where the field's room is; it counts as set from now on. */
static inline size_t flat_field(flat *f, size_t table, uint16_t field)
{
    int32_t back;
    memcpy(&back, f->file.data + table, 4);
    uint16_t place = (uint16_t)(8 + 8 * field);
    flat_set(f, table - (size_t)back + 4 + 2 * (size_t)field, &place, 2);
    return table + place;
}

static inline void flat_int(flat *f, size_t table, uint16_t field, int64_t value)
{
    flat_set(f, flat_field(f, table, field), &value, 8);
}

static inline void flat_float(flat *f, size_t table, uint16_t field, float value)
{
    flat_set(f, flat_field(f, table, field), &value, 4);
}

/* Vectors and texts as a field. */
static inline void flat_vector(flat *f, size_t table, uint16_t field, const void *data, uint32_t n,
                               size_t size)
{
    flat_lead(f, flat_field(f, table, field));
    flat_put(f, &n, 4);
    flat_put(f, data, n * size);
}

static inline void flat_text(flat *f, size_t table, uint16_t field, const char *text)
{
    flat_vector(f, table, field, text, (uint32_t)strlen(text), 1);
    flat_put(f, "", 1);
}

static inline void flat_ints(flat *f, size_t table, uint16_t field, const int32_t *values,
                             uint32_t n)
{
    flat_vector(f, table, field, values, n, 4);
}

/* A vector of n tables as a field: gives where its first offset is stored; flat_lead each. */
static inline size_t flat_tables(flat *f, size_t table, uint16_t field, uint32_t n)
{
    flat_lead(f, flat_field(f, table, field));
    flat_put(f, &n, 4);
    size_t first = f->file.length;
    for (uint32_t i = 0; i < n; i++) flat_put(f, "\0\0\0", 4);
    return first;
}

/* A new table that element i of the vector leads to. A table lies behind its vtable. */
static inline size_t flat_item(flat *f, size_t first, size_t i, uint16_t n_fields)
{
    size_t table = flat_table(f, n_fields), at = first + 4 * i;
    uint32_t offset = (uint32_t)(table - at);
    flat_set(f, at, &offset, 4);
    return table;
}

static inline size_t flat_child(flat *f, size_t table, uint16_t field, uint16_t n_fields)
{
    size_t at = flat_field(f, table, field);
    return flat_item(f, at, 0, n_fields);
}

/* -- TensorFlow Lite's ------------------------------------------------------------------------ */

/* Fields of the schema's tables. */
enum { MODEL_CODES = 1, MODEL_GRAPHS = 2, MODEL_BUFFERS = 4 };
enum { GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, GRAPH_OPERATORS };
enum { TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_NAME, TENSOR_QUANTIZATION };
enum { QUANTIZATION_SCALE = 2, QUANTIZATION_ZERO_POINT, QUANTIZATION_AXIS = 6 };
enum { OPERATOR_CODE, OPERATOR_IN, OPERATOR_OUT, OPERATOR_OPTIONS_TYPE, OPERATOR_OPTIONS };
enum { TYPE_F32, TYPE_F16, TYPE_I32, TYPE_U8, TYPE_I8 = 9 };

/* A model of one graph and one operator. */
typedef struct flat_model {
    flat f;
    size_t root, code, graph, tensors, buffers, operation;
    size_t n_buffers; /* used; buffer 0 is the empty one */
} flat_model;

static inline void flat_model_begin(flat_model *m, int code, uint32_t n_tensors)
{
    *m = (flat_model){.n_buffers = 1};
    flat_put(&m->f, "\0\0\0\0TFL3", 8);
    m->root = flat_item(&m->f, 0, 0, 8);
    size_t codes = flat_tables(&m->f, m->root, MODEL_CODES, 1);
    m->code = flat_item(&m->f, codes, 0, 4);
    flat_int(&m->f, m->code, 0, code);
    flat_int(&m->f, m->code, 3, code);
    m->buffers = flat_tables(&m->f, m->root, MODEL_BUFFERS, n_tensors + 1);
    for (size_t i = 0; i <= n_tensors; i++) flat_item(&m->f, m->buffers, i, 1);
    m->graph = flat_item(&m->f, flat_tables(&m->f, m->root, MODEL_GRAPHS, 1), 0, 5);
    m->tensors = flat_tables(&m->f, m->graph, GRAPH_TENSORS, n_tensors);
    m->operation = flat_item(&m->f, flat_tables(&m->f, m->graph, GRAPH_OPERATORS, 1), 0, 6);
}

static inline size_t flat_tensor(flat_model *m, size_t i, const char *name, int type,
                                 const int32_t *shape, uint32_t rank)
{
    size_t tensor = flat_item(&m->f, m->tensors, i, 8);
    flat_text(&m->f, tensor, TENSOR_NAME, name);
    flat_int(&m->f, tensor, TENSOR_TYPE, type);
    flat_ints(&m->f, tensor, TENSOR_SHAPE, shape, rank);
    return tensor;
}

static inline void flat_data(flat_model *m, size_t tensor, const void *data, uint32_t bytes)
{
    size_t buffer = flat_item(&m->f, m->buffers, m->n_buffers, 3);
    flat_vector(&m->f, buffer, 0, data, bytes, 1);
    flat_int(&m->f, tensor, TENSOR_BUFFER, (int64_t)m->n_buffers++);
}

static inline void flat_quantization(flat_model *m, size_t tensor, const float *scale,
                                     const int64_t *zero_point, uint32_t n, int axis)
{
    size_t table = flat_child(&m->f, tensor, TENSOR_QUANTIZATION, 7);
    flat_vector(&m->f, table, QUANTIZATION_SCALE, scale, n, 4);
    flat_vector(&m->f, table, QUANTIZATION_ZERO_POINT, zero_point, n, 8);
    flat_int(&m->f, table, QUANTIZATION_AXIS, axis);
}

/* The operator reads tensors 0 to n_in - 1 and gives the n_out behind them; its options have that
 * many fields. Tensor 0 is the graph's input. */
static inline size_t flat_operator_of(flat_model *m, uint32_t n_in, uint32_t n_out,
                                      uint16_t n_options)
{
    int32_t in[8], out[8], zero = 0;
    for (uint32_t i = 0; i < n_in; i++) in[i] = (int32_t)i;
    for (uint32_t i = 0; i < n_out; i++) out[i] = (int32_t)(n_in + i);
    flat_ints(&m->f, m->operation, OPERATOR_IN, in, n_in);
    flat_ints(&m->f, m->operation, OPERATOR_OUT, out, n_out);
    flat_ints(&m->f, m->graph, GRAPH_INPUTS, &zero, 1);
    flat_ints(&m->f, m->graph, GRAPH_OUTPUTS, out, n_out);
    return flat_child(&m->f, m->operation, OPERATOR_OPTIONS, n_options);
}

static inline size_t flat_operator(flat_model *m, uint32_t n_in, uint16_t n_options)
{
    return flat_operator_of(m, n_in, 1, n_options);
}

static inline const char *flat_write(void **state, const flat_model *m)
{
    return scratch_file(state, "m.tflite", m->f.file.data, m->f.file.length);
}

static inline void flat_model_free(flat_model *m)
{
    rq_buf_free(&m->f.file);
}

#endif
