#include "engine/import/tensorflow/graph/tf_graph.h"

#include <string.h>

rq_dtype rq_tf_dtype(Tf__DataType type)
{
    static const rq_dtype dtypes[] = {
        [TF__DATA_TYPE__DT_FLOAT] = RQ_DT_F32,     [TF__DATA_TYPE__DT_DOUBLE] = RQ_DT_F64,
        [TF__DATA_TYPE__DT_INT32] = RQ_DT_I32,     [TF__DATA_TYPE__DT_UINT8] = RQ_DT_U8,
        [TF__DATA_TYPE__DT_INT16] = RQ_DT_I16,     [TF__DATA_TYPE__DT_INT8] = RQ_DT_I8,
        [TF__DATA_TYPE__DT_STRING] = RQ_DT_STRING, [TF__DATA_TYPE__DT_INT64] = RQ_DT_I64,
        [TF__DATA_TYPE__DT_BOOL] = RQ_DT_BOOL,     [TF__DATA_TYPE__DT_QINT8] = RQ_DT_I8,
        [TF__DATA_TYPE__DT_QUINT8] = RQ_DT_U8,     [TF__DATA_TYPE__DT_QINT32] = RQ_DT_I32,
        [TF__DATA_TYPE__DT_BFLOAT16] = RQ_DT_BF16, [TF__DATA_TYPE__DT_QINT16] = RQ_DT_I16,
        [TF__DATA_TYPE__DT_QUINT16] = RQ_DT_U16,   [TF__DATA_TYPE__DT_UINT16] = RQ_DT_U16,
        [TF__DATA_TYPE__DT_HALF] = RQ_DT_F16,      [TF__DATA_TYPE__DT_UINT32] = RQ_DT_U32,
        [TF__DATA_TYPE__DT_UINT64] = RQ_DT_U64,
    };
    int last = (int)(sizeof dtypes / sizeof *dtypes) - 1, i = (int)type;
    if (i > 100) i -= 100; /* a reference to the type, as TensorFlow 1's variables have */
    return i < 0 || i > last ? RQ_DT_UNDEFINED : dtypes[i];
}

rq_status rq_tf_shape(rq_shape *out, const Tf__TensorShapeProto *shape, const char *what)
{
    *out = (rq_shape){.rank = -1};
    if (!shape || shape->unknown_rank) return RQ_OK;
    if (shape->n_dim > RQ_MAX_RANK)
        return rq_fail(RQ_EFORMAT, "%s: %zu dimensions, at most %d are supported", what,
                       shape->n_dim, RQ_MAX_RANK);
    out->rank = (int)shape->n_dim;
    for (int i = 0; i < out->rank; i++) out->d[i] = shape->dim[i]->size;
    return rq_shape_check(out, true, what);
}

rq_status rq_tf_spend(rq_tf_graph *graph, size_t n, size_t size, const char *what)
{
    size_t bytes;
    if (!rq_mul_size(&bytes, n, size) || bytes > graph->bytes_left)
        return rq_fail(RQ_EFORMAT, "%s: %s: %zu values, too many for a file of %zu bytes",
                       graph->path, what, n, graph->file_size);
    graph->bytes_left -= bytes;
    return RQ_OK;
}

/* One of the lists that a tensor's values can be in. */
typedef struct list {
    const void *data;
    size_t n;
    rq_dtype dtype; /* of the list's elements */
} list;

static list find_list(const Tf__TensorProto *t, rq_dtype dtype)
{
    switch (dtype) {
    case RQ_DT_F32:
        return (list){t->float_val, t->n_float_val, RQ_DT_F32};
    case RQ_DT_F64:
        return (list){t->double_val, t->n_double_val, RQ_DT_F64};
    case RQ_DT_I64:
        return (list){t->int64_val, t->n_int64_val, RQ_DT_I64};
    case RQ_DT_U64:
        return (list){t->uint64_val, t->n_uint64_val, RQ_DT_U64};
    case RQ_DT_U32:
        return (list){t->uint32_val, t->n_uint32_val, RQ_DT_U32};
    case RQ_DT_F16:
    case RQ_DT_BF16:
        return (list){t->half_val, t->n_half_val, RQ_DT_I32};
    case RQ_DT_BOOL:
        return (list){t->bool_val, t->n_bool_val, RQ_DT_I32};
    default:
        return (list){t->int_val, t->n_int_val, RQ_DT_I32};
    }
}

_Static_assert(sizeof(protobuf_c_boolean) == 4, "a list of booleans is read as 32-bit integers");

static void store(void *data, rq_dtype dtype, size_t i, const list *from, size_t at)
{
    if (dtype == RQ_DT_F16 || dtype == RQ_DT_BF16) { /* the list holds the bits */
        uint16_t bits = (uint16_t)((const int32_t *)from->data)[at];
        memcpy((uint16_t *)data + i, &bits, 2);
    } else if (rq_dtype_is_float(dtype)) {
        rq_store_f64(data, dtype, i, rq_load_f64(from->data, from->dtype, at));
    } else {
        rq_store_i64(data, dtype, i, rq_load_i64(from->data, from->dtype, at));
    }
}

/* TensorFlow writes a list without its trailing equal values. */
static rq_status expand_list(rq_tensor *out, rq_tf_graph *graph, const Tf__TensorProto *tensor,
                             size_t n, const char *what)
{
    list from = find_list(tensor, out->dtype);
    if (from.n > n)
        return rq_fail(RQ_EFORMAT, "%s: %s: %zu values for %zu elements", graph->path, what, from.n,
                       n);
    if (from.n == n && n && from.dtype == out->dtype) {
        out->data = (void *)from.data;
        return RQ_OK;
    }
    RQ_TRY(rq_tf_spend(graph, n, rq_dtype_bits(out->dtype) / 8, what));
    out->data = rq_arena_alloc(graph->arena, n, rq_dtype_bits(out->dtype) / 8);
    if (!out->data) return RQ_ENOMEM;
    for (size_t i = 0; from.n && i < n; i++)
        store(out->data, out->dtype, i, &from, i < from.n ? i : from.n - 1);
    return RQ_OK;
}

/* Complex numbers as pairs, along an axis of two more. */
static rq_status read_pairs(rq_tensor *out, rq_tf_graph *graph, const Tf__TensorProto *tensor,
                            const char *what)
{
    size_t n = rq_tensor_count(out), given = tensor->n_scomplex_val / 2;
    bool whole = tensor->has_tensor_content && tensor->tensor_content.len == n * 8;
    if (out->shape.rank == RQ_MAX_RANK || (!whole && (given > n || !given)))
        return rq_fail(RQ_EFORMAT, "%s: %s: a complex tensor of %zu values for %zu elements",
                       graph->path, what, given, n);
    out->shape.d[out->shape.rank++] = 2;
    RQ_TRY(rq_tf_spend(graph, n, 8, what));
    float *pairs = rq_arena_alloc(graph->arena, n, 8);
    if (!pairs) return RQ_ENOMEM;
    if (whole && n) memcpy(pairs, tensor->tensor_content.data, n * 8);
    for (size_t i = 0; !whole && i < n; i++)
        memcpy(pairs + 2 * i, tensor->scomplex_val + 2 * (i < given ? i : given - 1), 8);
    out->data = pairs;
    return RQ_OK;
}

rq_status rq_tf_tensor(rq_tensor *out, rq_tf_graph *graph, const Tf__TensorProto *tensor,
                       const char *what)
{
    bool complex = tensor->dtype == TF__DATA_TYPE__DT_COMPLEX64;
    *out = (rq_tensor){.dtype = complex ? RQ_DT_F32 : rq_tf_dtype(tensor->dtype)};
    if (rq_dtype_bits(out->dtype) < 8)
        return rq_fail(RQ_EUNSUPPORTED, "%s: %s: a tensor of TensorFlow's type %d", graph->path,
                       what, (int)tensor->dtype);
    RQ_TRY(rq_tf_shape(&out->shape, tensor->tensor_shape, what));
    if (!tensor->tensor_shape) out->shape.rank = 0;
    if (!rq_shape_is_static(&out->shape))
        return rq_fail(RQ_EFORMAT, "%s: %s: a tensor of unknown shape", graph->path, what);
    if (complex) return read_pairs(out, graph, tensor, what);
    if (!tensor->has_tensor_content || !tensor->tensor_content.len)
        return expand_list(out, graph, tensor, rq_tensor_count(out), what);
    if (tensor->tensor_content.len != rq_tensor_bytes(out))
        return rq_fail(RQ_EFORMAT, "%s: %s: %zu bytes of data, its shape needs %zu", graph->path,
                       what, tensor->tensor_content.len, rq_tensor_bytes(out));
    out->data = tensor->tensor_content.data;
    return RQ_OK;
}
