#include "engine/exec/onnx_part_data.h"

#include "engine/base/file.h"
#include "engine/base/formats/onnx_dtype.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *entry(const Onnx__Tensor *tensor, const char *key)
{
    for (size_t i = 0; i < tensor->n_external_data; i++)
        if (tensor->external_data[i]->key && !strcmp(tensor->external_data[i]->key, key))
            return tensor->external_data[i]->value;
    return NULL;
}

static bool number(int64_t *out, const Onnx__Tensor *tensor, const char *key, int64_t fallback)
{
    const char *text = entry(tensor, key);
    *out = fallback;
    return !text || (rq_parse_i64(text, out) && *out >= 0);
}

static bool is_below(const char *location)
{
    if (!location || !*location || *location == '/') return false;
    for (const char *at = location; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (!strncmp(at, "..", 2) && (at[2] == '/' || !at[2])) return false;
    }
    return true;
}

/* Bytes that the tensor has by its shape; 0: that is not known. */
static int64_t bytes_of(const Onnx__Tensor *tensor)
{
    rq_shape shape = {0};
    rq_dtype dtype = rq_onnx_dtype(tensor->data_type);
    if (tensor->n_dims > RQ_MAX_RANK || dtype == RQ_DT_UNDEFINED) return 0;
    for (size_t i = 0; i < tensor->n_dims; i++) shape.d[shape.rank++] = tensor->dims[i];
    const rq_tensor t = {dtype, shape, NULL};
    return rq_shape_is_static(&shape) ? (int64_t)rq_tensor_bytes(&t) : 0;
}

static rq_status take(Onnx__Tensor *tensor, const rq_mapping *data, const char *path)
{
    int64_t offset, length;
    if (!number(&offset, tensor, "offset", 0) ||
        !number(&length, tensor, "length", bytes_of(tensor)) || (uint64_t)offset > data->size ||
        (uint64_t)length > data->size - (uint64_t)offset)
        return rq_fail(RQ_EFORMAT, "%s: it has not the data of tensor '%s'", path,
                       tensor->name ? tensor->name : "");
    uint8_t *copy = malloc(length ? (size_t)length : 1);
    if (!copy) return rq_fail_memory((size_t)length, "a tensor");
    if (length) memcpy(copy, (const uint8_t *)data->data + offset, (size_t)length);
    free(tensor->raw_data.data);
    tensor->raw_data = (ProtobufCBinaryData){(size_t)length, copy};
    tensor->has_raw_data = 1;
    tensor->has_data_location = 0;
    return RQ_OK;
}

rq_status rq_onnx_part_load(Onnx__Tensor *tensor, const char *file)
{
    const char *location = entry(tensor, "location");
    if (tensor->data_location != 1) return RQ_OK;
    if (!is_below(location))
        return rq_fail(RQ_EUNSUPPORTED, "%s: data of tensor '%s' are outside of its folder", file,
                       tensor->name ? tensor->name : "");
    rq_mapping data = {0};
    char *folder = rq_path_dir(file), *path = folder ? rq_path_join(folder, location) : NULL;
    rq_status status = path ? rq_map_file(&data, path) : rq_fail_memory(0, "a file name");
    if (status == RQ_OK) status = take(tensor, &data, path);
    rq_unmap_file(&data);
    free(path);
    free(folder);
    return status;
}
