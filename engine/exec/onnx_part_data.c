#include "engine/exec/onnx_part_data.h"

#include "engine/base/formats/onnx_dtype.h"
#include "engine/base/formats/onnx_external.h"
#include "engine/base/tensor.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that the tensor has by its type and shape, where these are known here. */
static rq_status bytes_of(size_t *out, const Onnx__Tensor *tensor)
{
    rq_shape shape = {0};
    rq_dtype dtype = rq_onnx_dtype(tensor->data_type);
    *out = RQ_ONNX_EXTERNAL_ALL;
    if (dtype == RQ_DT_UNDEFINED || tensor->n_dims > RQ_MAX_RANK) return RQ_OK;
    for (size_t i = 0; i < tensor->n_dims; i++) shape.d[shape.rank++] = tensor->dims[i];
    RQ_TRY(rq_shape_check(&shape, false, tensor->name ? tensor->name : ""));
    if (!rq_dtype_bytes(out, dtype, rq_shape_count(&shape)))
        return rq_fail(RQ_EFORMAT, "tensor '%s': too large", tensor->name ? tensor->name : "");
    return RQ_OK;
}

static rq_status load(Onnx__Tensor *tensor, rq_onnx_external *external)
{
    const uint8_t *data;
    size_t size, bytes;
    if (!rq_onnx_external_has(tensor)) return RQ_OK;
    RQ_TRY(bytes_of(&bytes, tensor));
    RQ_TRY(rq_onnx_external_find(&data, &size, external, tensor, tensor->name ? tensor->name : "",
                                 bytes));
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) return rq_fail_memory(size, "a tensor");
    if (size) memcpy(copy, data, size);
    free(tensor->raw_data.data);
    tensor->raw_data = (ProtobufCBinaryData){size, copy};
    tensor->has_raw_data = 1;
    tensor->has_data_location = 0;
    tensor->data_location = 0;
    return RQ_OK;
}

static rq_status load_sparse(const Onnx__SparseTensor *tensor, rq_onnx_external *external)
{
    if (tensor->values) RQ_TRY(load(tensor->values, external));
    return tensor->indices ? load(tensor->indices, external) : RQ_OK;
}

static rq_status load_graph(const Onnx__Graph *graph, rq_onnx_external *external, int depth);

static rq_status load_node(const Onnx__Node *node, rq_onnx_external *external, int depth)
{
    for (size_t a = 0; a < node->n_attribute; a++) {
        const Onnx__Attribute *attribute = node->attribute[a];
        if (attribute->t) RQ_TRY(load(attribute->t, external));
        if (attribute->sparse_tensor) RQ_TRY(load_sparse(attribute->sparse_tensor, external));
        if (attribute->g) RQ_TRY(load_graph(attribute->g, external, depth + 1));
    }
    return RQ_OK;
}

static rq_status load_graph(const Onnx__Graph *graph, rq_onnx_external *external, int depth)
{
    if (depth > RQ_ONNX_PART_DEPTH) return rq_fail(RQ_EUNSUPPORTED, "graphs nested too deep");
    for (size_t i = 0; i < graph->n_initializer; i++) RQ_TRY(load(graph->initializer[i], external));
    for (size_t i = 0; i < graph->n_sparse_initializer; i++)
        RQ_TRY(load_sparse(graph->sparse_initializer[i], external));
    for (size_t i = 0; i < graph->n_node; i++) RQ_TRY(load_node(graph->node[i], external, depth));
    return RQ_OK;
}

static rq_status load_function(const Onnx__Function *function, rq_onnx_external *external)
{
    for (size_t i = 0; i < function->n_node; i++) RQ_TRY(load_node(function->node[i], external, 0));
    return RQ_OK;
}

rq_status rq_onnx_part_load(const Onnx__Model *model, const char *file)
{
    rq_onnx_external external = {.model = file};
    rq_status status = load_graph(model->graph, &external, 0);
    for (size_t i = 0; i < model->n_functions && status == RQ_OK; i++)
        status = load_function(model->functions[i], &external);
    rq_onnx_external_close(&external);
    return status;
}
