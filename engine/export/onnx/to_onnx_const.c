#include "engine/export/onnx/to_onnx_local.h"

#include "engine/base/formats/onnx_dtype.h"
#include "engine/ops/operators.h"

#include <string.h>

/* -- initializers --------------------------------------------------------------------------- */

const char *rq_to_onnx_tensor(rq_to_onnx *w, const char *name, rq_dtype dtype, const int64_t *dims,
                              size_t n_dims, const void *data)
{
    if (w->status != RQ_OK) return "";
    const rq_tensor shape = {dtype, rq_shape_make((int)n_dims, dims), NULL};
    Onnx__Tensor *tensor = rq_to_onnx_alloc(w, 1, sizeof *tensor);
    int64_t *copy = rq_to_onnx_duplicate(w, dims, n_dims, sizeof *copy);
    const char *unique = rq_to_onnx_unique(w, name);
    if (!rq_to_onnx_add(w, &w->initializers, tensor)) return "";
    onnx__tensor__init(tensor);
    tensor->dims = copy;
    tensor->n_dims = n_dims;
    tensor->has_data_type = 1;
    tensor->data_type = rq_onnx_dtype_number(dtype);
    tensor->name = (char *)(uintptr_t)unique;
    tensor->has_raw_data = 1;
    tensor->raw_data.data = (uint8_t *)(uintptr_t)data;
    tensor->raw_data.len = rq_tensor_bytes(&shape);
    if (!tensor->data_type) rq_to_onnx_fail(w, "its type is %s", rq_dtype_name(dtype));
    if (rq_dtype_bits(dtype) < 8) rq_to_onnx_need(w, 21);
    return unique;
}

const char *rq_to_onnx_ints(rq_to_onnx *w, const int64_t *values, size_t n)
{
    const int64_t dims[1] = {(int64_t)n};
    return rq_to_onnx_tensor(w, rq_to_onnx_layer_name(w, "ints"), RQ_DT_I64, dims, 1,
                             rq_to_onnx_duplicate(w, values, n, sizeof *values));
}

const char *rq_to_onnx_scalar(rq_to_onnx *w, rq_dtype dtype, double value)
{
    void *data = rq_to_onnx_alloc(w, 1, sizeof(double));
    if (data) rq_store_f64(data, dtype, 0, value);
    return rq_to_onnx_tensor(w, rq_to_onnx_layer_name(w, "scalar"), dtype, NULL, 0, data);
}

const char *rq_to_onnx_floats(rq_to_onnx *w, const char *name, const float *values, size_t n)
{
    const int64_t dims[1] = {(int64_t)n};
    return rq_to_onnx_tensor(w, name, RQ_DT_F32, dims, n ? 1 : 0,
                             rq_to_onnx_duplicate(w, values, n ? n : 1, sizeof *values));
}

/* -- what is known -------------------------------------------------------------------------- */

bool rq_to_onnx_is_known(const rq_to_onnx *w, rq_id value)
{
    const rq_value *v = w->graph->values[value];
    const rq_node *node = rq_value_producer(w->graph, value);
    if (node->data) return rq_shape_is_static(&v->shape);
    return rq_node_is(node, &rq_op_Convert) && node->in[0] != RQ_NONE &&
           rq_dtype_kind_of(v->dtype) != RQ_KIND_OTHER &&
           rq_dtype_kind_of(w->graph->values[node->in[0]]->dtype) != RQ_KIND_OTHER &&
           rq_to_onnx_is_known(w, node->in[0]);
}

bool rq_to_onnx_known(rq_to_onnx *w, rq_id value, rq_tensor *out)
{
    const rq_value *v = w->graph->values[value];
    const rq_node *node = rq_value_producer(w->graph, value);
    rq_tensor from;
    if (!rq_to_onnx_is_known(w, value)) return false;
    *out = (rq_tensor){v->dtype, v->shape, (void *)(uintptr_t)node->data};
    if (node->data) return true;
    if (!rq_to_onnx_known(w, node->in[0], &from)) return false;
    out->shape = from.shape;
    out->data = rq_to_onnx_alloc(w, rq_tensor_bytes(out), 1);
    return out->data && rq_convert(out->data, out->dtype, from.data, from.dtype,
                                   rq_tensor_count(&from)) == RQ_OK;
}

bool rq_to_onnx_known_ints(rq_to_onnx *w, uint32_t port, int64_t *out, size_t capacity, size_t *n)
{
    rq_tensor t;
    if (!rq_to_onnx_has(w, port) || !rq_to_onnx_known(w, w->node->in[port], &t)) return false;
    *n = rq_tensor_count(&t);
    if (rq_dtype_is_float(t.dtype) || t.shape.rank > 1 || *n > capacity) return false;
    for (size_t i = 0; i < *n; i++) out[i] = rq_load_i64(t.data, t.dtype, i);
    return true;
}

bool rq_to_onnx_require_ints(rq_to_onnx *w, uint32_t port, int64_t *out, size_t capacity, size_t *n,
                             const char *what)
{
    *n = 0;
    bool known = w->status == RQ_OK && rq_to_onnx_known_ints(w, port, out, capacity, n);
    if (!known) rq_to_onnx_fail(w, "%s must be constant", what);
    return known;
}

bool rq_to_onnx_require_number(rq_to_onnx *w, uint32_t port, double *out, const char *what)
{
    rq_tensor t;
    bool known = w->status == RQ_OK && rq_to_onnx_has(w, port) &&
                 rq_to_onnx_known(w, w->node->in[port], &t) && rq_tensor_count(&t) == 1;
    if (known) *out = rq_load_f64(t.data, t.dtype, 0);
    if (!known) rq_to_onnx_fail(w, "%s must be a constant number", what);
    return known;
}
