/* ONNX's tensors: raw bytes, lists of numbers, bytes in another file, sparse ones. */
#include "engine/import/onnx/onnx_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static rq_status read_shape(rq_shape *out, const int64_t *dims, size_t n, const char *what)
{
    if (n > RQ_MAX_RANK)
        return rq_fail(RQ_EUNSUPPORTED, "%s: %zu dimensions, at most %d are possible", what, n,
                       RQ_MAX_RANK);
    *out = rq_shape_make((int)n, dims);
    return rq_shape_check(out, false, what);
}

static rq_status short_data(const rq_onnx_reader *reader, const char *what, size_t have,
                            size_t want, const char *unit)
{
    return rq_fail(RQ_EFORMAT, "%s: tensor '%s': %zu %s, its type and shape need %zu", reader->path,
                   what, have, unit, want);
}

/* Lists of 32-bit integers hold one element each, but sub-byte types one byte each. */
static rq_status from_int32(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                            const char *what)
{
    size_t bytes = rq_tensor_bytes(out), count = rq_tensor_count(out);
    unsigned bits = rq_dtype_bits(out->dtype);
    size_t need = bits < 8 ? bytes : count, width = bits < 8 ? 1 : bits / 8;
    if (width > 4 || tensor->n_int32_data != need)
        return short_data(reader, what, tensor->n_int32_data, need, "integers");
    uint8_t *data = rq_arena_alloc(reader->arena, bytes, 1);
    if (!data) return RQ_ENOMEM;
    /* Little-endian: the low bytes come first. */
    for (size_t i = 0; i < need; i++) memcpy(data + i * width, &tensor->int32_data[i], width);
    out->data = data;
    return RQ_OK;
}

static rq_status from_uint64(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                             const char *what)
{
    size_t count = rq_tensor_count(out);
    if (tensor->n_uint64_data != count)
        return short_data(reader, what, tensor->n_uint64_data, count, "integers");
    void *data = rq_arena_alloc(reader->arena, rq_tensor_bytes(out), 1);
    if (!data) return RQ_ENOMEM;
    for (size_t i = 0; i < count; i++)
        rq_store_i64(data, out->dtype, i, (int64_t)tensor->uint64_data[i]);
    out->data = data;
    return RQ_OK;
}

static rq_status from_lists(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                            const char *what)
{
    const struct {
        rq_dtype dtype;
        void *data;
        size_t n;
    } lists[] = {{RQ_DT_F32, tensor->float_data, tensor->n_float_data},
                 {RQ_DT_F64, tensor->double_data, tensor->n_double_data},
                 {RQ_DT_I64, tensor->int64_data, tensor->n_int64_data}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (lists[i].dtype != out->dtype) continue;
        if (lists[i].n != rq_tensor_count(out))
            return short_data(reader, what, lists[i].n, rq_tensor_count(out), "numbers");
        out->data = lists[i].data;
        return RQ_OK;
    }
    if (out->dtype == RQ_DT_U64 || out->dtype == RQ_DT_U32)
        return from_uint64(out, reader, tensor, what);
    return from_int32(out, reader, tensor, what);
}

/* -- bytes ---------------------------------------------------------------------------------- */

/* Bytes of a file, copied only where they are not aligned to their element. */
static rq_status borrow(rq_tensor *out, rq_onnx_reader *reader, const uint8_t *data, size_t bytes)
{
    unsigned bits = rq_dtype_bits(out->dtype);
    size_t alignment = bits < 8 ? 1 : bits / 8;
    if ((uintptr_t)data % alignment == 0) {
        out->data = (void *)(uintptr_t)data;
        return RQ_OK;
    }
    out->data = rq_arena_alloc(reader->arena, bytes, 1);
    if (!out->data) return RQ_ENOMEM;
    memcpy(out->data, data, bytes);
    return RQ_OK;
}

/* -- one tensor ------------------------------------------------------------------------------ */

static rq_status read_dense(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                            const char *what)
{
    size_t bytes = rq_tensor_bytes(out), size;
    if (rq_onnx_external_has(tensor)) {
        const uint8_t *data;
        RQ_TRY(rq_onnx_external_find(&data, &size, &reader->external, tensor, what, bytes));
        return borrow(out, reader, data, size);
    }
    if (!tensor->has_raw_data) return from_lists(out, reader, tensor, what);
    if (tensor->raw_data.len != bytes)
        return short_data(reader, what, tensor->raw_data.len, bytes, "bytes");
    return borrow(out, reader, tensor->raw_data.data, bytes);
}

rq_status rq_onnx_read_tensor(rq_tensor *out, rq_onnx_reader *reader, const Onnx__Tensor *tensor,
                              const char *what)
{
    *out = (rq_tensor){rq_onnx_dtype(tensor->data_type), {0, {0}}, NULL};
    RQ_TRY(read_shape(&out->shape, tensor->dims, tensor->n_dims, what));
    if (out->dtype == RQ_DT_UNDEFINED)
        return rq_fail(RQ_EUNSUPPORTED, "%s: tensor '%s': the IR has no element type %s (%d)",
                       reader->path, what, rq_onnx_dtype_name(tensor->data_type),
                       tensor->data_type);
    if (out->dtype == RQ_DT_STRING) return RQ_OK; /* known by type and shape only */
    size_t bytes;
    if (!rq_dtype_bytes(&bytes, out->dtype, rq_tensor_count(out)))
        return rq_fail(RQ_EFORMAT, "%s: tensor '%s': too large", reader->path, what);
    RQ_TRY(read_dense(out, reader, tensor, what));
    if (!out->data) out->data = rq_arena_alloc(reader->arena, 1, 1); /* no elements, but constant */
    return out->data ? RQ_OK : RQ_ENOMEM;
}

/* -- sparse tensors -------------------------------------------------------------------------- */

#define SPARSE_LIMIT ((size_t)64 << 20) /* bytes that a sparse tensor may unfold to */

/* Element that row i of the indices names: [n] linear ones, or [n, rank] coordinates. */
static bool sparse_position(size_t *out, const rq_tensor *indices, size_t i, const rq_shape *shape)
{
    if (indices->shape.rank == 1) {
        int64_t at = rq_load_i64(indices->data, RQ_DT_I64, i);
        *out = (size_t)at;
        return at >= 0 && (size_t)at < rq_shape_count(shape);
    }
    size_t position = 0;
    for (int k = 0; k < shape->rank; k++) {
        int64_t at = rq_load_i64(indices->data, RQ_DT_I64, i * (size_t)shape->rank + (size_t)k);
        if (at < 0 || at >= shape->d[k]) return false;
        position = position * (size_t)shape->d[k] + (size_t)at;
    }
    *out = position;
    return true;
}

static rq_status check_sparse(const rq_onnx_reader *reader, const rq_tensor *out,
                              const rq_tensor *values, const rq_tensor *indices, const char *what)
{
    size_t n = rq_tensor_count(values);
    size_t per_row = indices->shape.rank == 1 ? 1 : (size_t)out->shape.rank;
    if (values->dtype == RQ_DT_STRING || rq_dtype_bits(values->dtype) < 8 ||
        rq_tensor_bytes(out) > SPARSE_LIMIT)
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: sparse tensor '%s': of this type or larger than %zu "
                       "MB when unfolded",
                       reader->path, what, SPARSE_LIMIT >> 20);
    if (indices->dtype != RQ_DT_I64 || rq_tensor_count(indices) != n * per_row)
        return rq_fail(RQ_EFORMAT, "%s: sparse tensor '%s': its indices don't fit its values",
                       reader->path, what);
    return RQ_OK;
}

rq_status rq_onnx_read_sparse(rq_tensor *out, rq_onnx_reader *reader,
                              const Onnx__SparseTensor *tensor, const char *what)
{
    rq_tensor values, indices;
    if (!tensor->values || !tensor->indices)
        return rq_fail(RQ_EFORMAT, "%s: sparse tensor '%s': no values or no indices", reader->path,
                       what);
    RQ_TRY(rq_onnx_read_tensor(&values, reader, tensor->values, what));
    RQ_TRY(rq_onnx_read_tensor(&indices, reader, tensor->indices, what));
    *out = (rq_tensor){values.dtype, {0, {0}}, NULL};
    RQ_TRY(read_shape(&out->shape, tensor->dims, tensor->n_dims, what));
    RQ_TRY(check_sparse(reader, out, &values, &indices, what));
    size_t width = rq_dtype_bits(values.dtype) / 8;
    char *data = rq_arena_alloc(reader->arena, rq_tensor_count(out), width);
    if (!data) return RQ_ENOMEM;
    for (size_t i = 0; i < rq_tensor_count(&values); i++) {
        size_t at;
        if (!sparse_position(&at, &indices, i, &out->shape))
            return rq_fail(RQ_EFORMAT, "%s: sparse tensor '%s': an index is out of range",
                           reader->path, what);
        memcpy(data + at * width, (const char *)values.data + i * width, width);
    }
    out->data = data;
    return RQ_OK;
}
