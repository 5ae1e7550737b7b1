#include "engine/import/tflite/tflite_model.h"
#include "engine/import/tflite/tflite_sparse.h"

#include <stdlib.h>
#include <string.h>

/* Fields of the schema's tables. */
enum { MODEL_CODES = 1, MODEL_GRAPHS, MODEL_DESCRIPTION, MODEL_BUFFERS, MODEL_SIGNATURES = 7 };
enum { CODE_BYTE, CODE_CUSTOM, CODE_VERSION, CODE_INT };
enum { GRAPH_TENSORS, GRAPH_INPUTS, GRAPH_OUTPUTS, GRAPH_OPERATORS };
enum { TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_NAME, TENSOR_QUANTIZATION };
enum { TENSOR_VARIABLE = 5, TENSOR_SPARSITY, TENSOR_SIGNATURE };
enum { QUANTIZATION_SCALE = 2, QUANTIZATION_ZERO, QUANTIZATION_AXIS = 6 };
enum { OPERATOR_CODE, OPERATOR_IN, OPERATOR_OUT, OPERATOR_OPTIONS = 4, OPERATOR_CUSTOM };
enum { OPERATOR_MORE_OPTIONS = 12 };
enum { BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE };

rq_status rq_tflite_check(const rq_tflite_model *model)
{
    const char *damage = model->file.damage;
    return damage ? rq_fail(RQ_EFORMAT, "%s: a damaged TensorFlow Lite model: %s",
                            model->source->path, damage)
                  : RQ_OK;
}

rq_dtype rq_tflite_dtype(int64_t type)
{
    static const rq_dtype dtypes[] = {
        RQ_DT_F32,    RQ_DT_F16,       RQ_DT_I32, RQ_DT_U8,        RQ_DT_I64,
        RQ_DT_STRING, RQ_DT_BOOL,      RQ_DT_I16, RQ_DT_UNDEFINED, RQ_DT_I8,
        RQ_DT_F64,    RQ_DT_UNDEFINED, RQ_DT_U64, RQ_DT_UNDEFINED, RQ_DT_UNDEFINED,
        RQ_DT_U32,    RQ_DT_U16,       RQ_DT_I4,  RQ_DT_BF16,
    };
    bool known = type >= 0 && (size_t)type < sizeof dtypes / sizeof *dtypes;
    return known ? dtypes[type] : RQ_DT_UNDEFINED;
}

rq_tflite_tensor *rq_tflite_find_tensor(const rq_tflite_graph *graph, int64_t i)
{
    return i >= 0 && (size_t)i < graph->n_tensors ? &graph->tensors[i] : NULL;
}

rq_status rq_tflite_model_open(rq_tflite_model *out, rq_framework_model *source)
{
    rq_mapping mapping;
    *out = (rq_tflite_model){.source = source};
    RQ_TRY(rq_framework_model_map(&mapping, source, source->path));
    rq_flat_open(&out->file, mapping.data, mapping.size);
    rq_flat_table root = rq_flat_root(&out->file);
    out->operator_codes = rq_flat_list(&out->file, root, MODEL_CODES, 4);
    out->graphs = rq_flat_list(&out->file, root, MODEL_GRAPHS, 4);
    out->buffers = rq_flat_list(&out->file, root, MODEL_BUFFERS, 4);
    out->signatures = rq_flat_list(&out->file, root, MODEL_SIGNATURES, 4);
    RQ_TRY(rq_tflite_check(out));
    return out->graphs.n ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: no graph in it", source->path);
}

/* -- tensors --------------------------------------------------------------------------------- */

static rq_status read_shape(rq_tflite_tensor *out, rq_tflite_model *m, rq_flat_table table)
{
    rq_flat_vector shape = rq_flat_list(&m->file, table, TENSOR_SHAPE, 4);
    rq_flat_vector signature = rq_flat_list(&m->file, table, TENSOR_SIGNATURE, 4);
    if (signature.n == shape.n && signature.n) shape = signature;
    if (shape.n > RQ_MAX_RANK)
        return rq_fail(RQ_EFORMAT, "%s: tensor '%s' has %zu dimensions, at most %d are supported",
                       m->source->path, out->name, shape.n, RQ_MAX_RANK);
    out->shape.rank = (int)shape.n;
    for (size_t i = 0; i < shape.n; i++)
        out->shape.d[i] = rq_flat_item_int(&m->file, shape, i, RQ_DT_I32);
    return rq_shape_check(&out->shape, true, out->name);
}

/* The buffer's bytes: in the file's tables, or behind them where those of 2 GB end. */
static bool find_bytes(size_t *at, size_t *n, rq_tflite_model *m, int64_t buffer)
{
    if (buffer <= 0 || (uint64_t)buffer >= m->buffers.n)
        return false; /* buffer 0 is always empty */
    rq_flat_table table = rq_flat_item(&m->file, m->buffers, (size_t)buffer);
    rq_flat_vector data = rq_flat_bytes(&m->file, table, BUFFER_DATA);
    uint64_t offset = (uint64_t)rq_flat_int(&m->file, table, BUFFER_OFFSET, RQ_DT_U64, 0);
    uint64_t size = (uint64_t)rq_flat_int(&m->file, table, BUFFER_SIZE, RQ_DT_U64, 0);
    *at = data.n ? data.at : (size_t)offset;
    *n = data.n ? data.n : (size_t)size;
    if (!data.n && offset > 1 && (offset > m->file.size || size > m->file.size - offset))
        m->file.damage = "a buffer outside of it";
    return !m->file.damage && *n && *at > 1;
}

/* Nibbles, the lower first, as bytes. */
static rq_status unpack_nibbles(rq_tflite_tensor *t, rq_tflite_model *m, const uint8_t *packed)
{
    size_t n = rq_shape_count(&t->shape);
    if (!rq_flat_spend(&m->file, n)) return rq_tflite_check(m);
    int8_t *data = rq_arena_alloc(m->source->arena, n, 1);
    if (!data) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) data[i] = (int8_t)rq_load_i64(packed, RQ_DT_I4, i);
    t->dtype = RQ_DT_I8;
    t->data = data;
    return RQ_OK;
}

/* Elements are aligned in good files. */
static rq_status align(rq_tflite_tensor *t, rq_tflite_model *m, size_t at, size_t n)
{
    size_t element = rq_dtype_bits(t->dtype) / 8;
    t->data = m->file.data + at;
    if (element < 2 || (uintptr_t)t->data % element == 0) return RQ_OK;
    if (!rq_flat_spend(&m->file, n)) return rq_tflite_check(m);
    void *copy = rq_arena_alloc(m->source->arena, n, 1);
    if (!copy) return RQ_ENOMEM;
    memcpy(copy, t->data, n);
    t->data = copy;
    return RQ_OK;
}

/* A state that every run of the network begins with: zeros. */
static rq_status fill_zeros(rq_tflite_tensor *t, rq_tflite_model *m)
{
    size_t n = rq_tensor_bytes(&(rq_tensor){t->dtype, t->shape, NULL});
    if (!rq_flat_spend(&m->file, n)) return rq_tflite_check(m);
    t->data = rq_arena_alloc(m->source->arena, n, 1);
    return t->data ? RQ_OK : RQ_ENOMEM;
}

static rq_status read_sparse(rq_tflite_tensor *t, rq_tflite_model *m, rq_flat_table sparsity,
                             size_t at, size_t n)
{
    rq_tensor dense = {t->dtype, t->shape, NULL};
    if (rq_dtype_bits(t->dtype) < 8)
        return rq_fail(RQ_EUNSUPPORTED, "%s: tensor '%s' is sparse, of %s", m->source->path,
                       t->name, rq_dtype_name(t->dtype));
    RQ_TRY(rq_tflite_densify(&dense, m->source->arena, &m->file, sparsity, at, n));
    t->data = dense.data;
    return rq_tflite_check(m);
}

static rq_status read_data(rq_tflite_tensor *t, rq_tflite_model *m, rq_flat_table table)
{
    size_t at, n;
    const rq_tensor tensor = {t->dtype, t->shape, NULL};
    bool sized = rq_shape_is_static(&t->shape) && rq_dtype_bits(t->dtype) >= 4;
    int64_t buffer = rq_flat_int(&m->file, table, TENSOR_BUFFER, RQ_DT_U32, 0);
    if (rq_flat_int(&m->file, table, TENSOR_VARIABLE, RQ_DT_BOOL, 0) && sized)
        return fill_zeros(t, m);
    if (sized && rq_shape_count(&t->shape) == 0) t->data = m->file.data;
    if (!find_bytes(&at, &n, m, buffer) || !sized) return rq_tflite_check(m);
    rq_flat_table sparsity = rq_flat_child(&m->file, table, TENSOR_SPARSITY);
    if (sparsity.at) return read_sparse(t, m, sparsity, at, n);
    if (n != rq_tensor_bytes(&tensor))
        return rq_fail(RQ_EFORMAT, "%s: tensor '%s' has %zu bytes of data, its shape needs %zu",
                       m->source->path, t->name, n, rq_tensor_bytes(&tensor));
    if (t->dtype == RQ_DT_I4) return unpack_nibbles(t, m, m->file.data + at);
    return align(t, m, at, n);
}

static void read_quantization(rq_tflite_tensor *t, rq_tflite_model *m, rq_flat_table table)
{
    rq_flat_table quantization = rq_flat_child(&m->file, table, TENSOR_QUANTIZATION);
    t->scale = rq_flat_list(&m->file, quantization, QUANTIZATION_SCALE, 4);
    t->zero_point = rq_flat_list(&m->file, quantization, QUANTIZATION_ZERO, 8);
    t->axis = rq_flat_int(&m->file, quantization, QUANTIZATION_AXIS, RQ_DT_I32, 0);
}

/* Scales go with the type, and along the axis with its length. */
static rq_status check_quantization(const rq_tflite_tensor *t, const rq_tflite_model *m)
{
    size_t n = t->scale.n;
    bool rows = n > 1, on_axis = t->axis >= 0 && t->axis < t->shape.rank;
    if (n == 0 || (!rows && t->zero_point.n <= 1)) return RQ_OK;
    if (rows && on_axis && t->shape.d[t->axis] == (int64_t)n && t->zero_point.n <= n) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s: tensor '%s' has %zu scales and %zu zero points along axis %lld",
                   m->source->path, t->name, n, t->zero_point.n, (long long)t->axis);
}

static rq_status read_tensor(rq_tflite_tensor *t, rq_tflite_model *m, rq_flat_table table)
{
    t->dtype = rq_tflite_dtype(rq_flat_int(&m->file, table, TENSOR_TYPE, RQ_DT_I8, 0));
    RQ_TRY(read_shape(t, m, table));
    RQ_TRY(read_data(t, m, table));
    read_quantization(t, m, table);
    RQ_TRY(rq_tflite_check(m));
    return check_quantization(t, m);
}

/* Tensors may lack a name, or share one. */
static rq_status name_tensor(rq_tflite_tensor *t, rq_tflite_model *m, size_t i, const char *name)
{
    t->name = name[0] ? name : "tensor";
    for (; t->name && rq_map_get(m->names, t->name) != RQ_NONE; i += 1000000)
        t->name = rq_arena_printf(m->source->arena, "%s#%zu", name[0] ? name : "tensor", i);
    return t->name ? rq_map_put(m->names, t->name, 0) : RQ_ENOMEM;
}

static rq_status read_tensors(rq_tflite_graph *g, rq_tflite_model *m, rq_flat_vector tables)
{
    g->tensors = rq_arena_alloc(m->source->arena, tables.n, sizeof *g->tensors);
    if (!g->tensors) return RQ_ENOMEM;
    g->n_tensors = tables.n;
    for (size_t i = 0; i < tables.n; i++) {
        rq_flat_table table = rq_flat_item(&m->file, tables, i);
        const char *name = rq_flat_string(&m->file, table, TENSOR_NAME);
        RQ_TRY(rq_tflite_check(m));
        RQ_TRY(name_tensor(&g->tensors[i], m, i, name));
        RQ_TRY(read_tensor(&g->tensors[i], m, table));
    }
    return RQ_OK;
}

rq_status rq_tflite_graph_open(rq_tflite_graph *out, rq_tflite_model *model, size_t i)
{
    *out = (rq_tflite_graph){0};
    if (i >= model->graphs.n)
        return rq_fail(RQ_EFORMAT, "%s: graph %zu of %zu", model->source->path, i, model->graphs.n);
    rq_flat_table table = rq_flat_item(&model->file, model->graphs, i);
    rq_flat_vector tensors = rq_flat_list(&model->file, table, GRAPH_TENSORS, 4);
    out->inputs = rq_flat_list(&model->file, table, GRAPH_INPUTS, 4);
    out->outputs = rq_flat_list(&model->file, table, GRAPH_OUTPUTS, 4);
    out->operators = rq_flat_list(&model->file, table, GRAPH_OPERATORS, 4);
    RQ_TRY(rq_tflite_check(model));
    return read_tensors(out, model, tensors);
}

/* -- operators ------------------------------------------------------------------------------- */

/* Codes above 127 are in a wider field; files from before it have only the byte. */
static void read_code(rq_tflite_operator *out, rq_tflite_model *m, int64_t index)
{
    if (index < 0 || (size_t)index >= m->operator_codes.n) {
        if (!m->file.damage) m->file.damage = "an operator of a code that it does not list";
        return;
    }
    rq_flat_table code = rq_flat_item(&m->file, m->operator_codes, (size_t)index);
    int64_t byte = rq_flat_int(&m->file, code, CODE_BYTE, RQ_DT_I8, 0);
    int64_t wide = rq_flat_int(&m->file, code, CODE_INT, RQ_DT_I32, 0);
    out->code = byte > wide ? byte : wide;
    out->custom = rq_flat_string(&m->file, code, CODE_CUSTOM);
}

static void check_indices(rq_tflite_model *m, const rq_tflite_graph *graph, rq_flat_vector list)
{
    for (size_t i = 0; i < list.n && !m->file.damage; i++) {
        int64_t index = rq_flat_item_int(&m->file, list, i, RQ_DT_I32);
        if (index < -1 || index >= (int64_t)graph->n_tensors)
            m->file.damage = "an operator of tensors that it does not hold";
    }
}

rq_status rq_tflite_operator_open(rq_tflite_operator *out, rq_tflite_model *model,
                                  const rq_tflite_graph *graph, size_t i)
{
    rq_flatbuffer *f = &model->file;
    rq_flat_table table = rq_flat_item(f, graph->operators, i);
    *out = (rq_tflite_operator){.custom = ""};
    read_code(out, model, rq_flat_int(f, table, OPERATOR_CODE, RQ_DT_U32, 0));
    out->in = rq_flat_list(f, table, OPERATOR_IN, 4);
    out->out = rq_flat_list(f, table, OPERATOR_OUT, 4);
    out->options = rq_flat_child(f, table, OPERATOR_OPTIONS);
    out->more_options = rq_flat_child(f, table, OPERATOR_MORE_OPTIONS);
    out->custom_options = rq_flat_bytes(f, table, OPERATOR_CUSTOM);
    check_indices(model, graph, out->in);
    check_indices(model, graph, out->out);
    return rq_tflite_check(model);
}
