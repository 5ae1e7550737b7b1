#include "engine/import/caffe/caffe_layers.h"

rq_status rq_caffe_read_shape(rq_shape *out, const Caffe__BlobShape *shape, const char *what)
{
    if (shape->n_dim > RQ_MAX_RANK)
        return rq_fail(RQ_EUNSUPPORTED, "%s: %zu dimensions, at most %d are supported", what,
                       shape->n_dim, RQ_MAX_RANK);
    *out = rq_shape_make((int)shape->n_dim, shape->dim);
    return rq_shape_check(out, true, what);
}

/* Blobs of before 2014 have four dimensions, whatever they hold. */
static rq_status blob_shape(rq_shape *out, const Caffe__BlobProto *blob, size_t n, const char *what)
{
    if (blob->shape) return rq_caffe_read_shape(out, blob->shape, what);
    *out = rq_shape_make(1, (int64_t[]){(int64_t)n});
    if (blob->has_num || blob->has_channels || blob->has_height || blob->has_width)
        *out = rq_shape_make(4, (int64_t[]){blob->num, blob->channels, blob->height, blob->width});
    return rq_shape_check(out, false, what);
}

static rq_status raw_type(rq_dtype *out, const Caffe__BlobProto *blob, const char *what)
{
    static const rq_dtype dtypes[] = {RQ_DT_F64, RQ_DT_F32, RQ_DT_F16};
    unsigned type = (unsigned)blob->raw_data_type;
    if (!blob->has_raw_data_type || type > 2)
        return rq_fail(RQ_EFORMAT, "%s: data of unknown type", what);
    *out = dtypes[type];
    return RQ_OK;
}

/* Data as the file holds it: floats, doubles, or bytes of either. */
static rq_status find_data(rq_tensor *out, size_t *n, const Caffe__BlobProto *blob,
                           const char *what)
{
    if (blob->n_data || !(blob->n_double_data || blob->has_raw_data)) {
        *out = (rq_tensor){.dtype = RQ_DT_F32, .data = blob->data};
        *n = blob->n_data;
    } else if (blob->n_double_data) {
        *out = (rq_tensor){.dtype = RQ_DT_F64, .data = blob->double_data};
        *n = blob->n_double_data;
    } else {
        RQ_TRY(raw_type(&out->dtype, blob, what));
        out->data = blob->raw_data.data;
        *n = blob->raw_data.len / (rq_dtype_bits(out->dtype) / 8);
    }
    return RQ_OK;
}

rq_status rq_caffe_read_blob(rq_tensor *out, rq_arena *arena, const Caffe__BlobProto *blob,
                             const char *layer, const char *path)
{
    size_t n = 0;
    char text[RQ_SHAPE_TEXT];
    const char *what = rq_arena_printf(arena, "%s: weights of layer '%s'", path, layer);
    if (!what) return RQ_ENOMEM;
    RQ_TRY(find_data(out, &n, blob, what));
    RQ_TRY(blob_shape(&out->shape, blob, n, what));
    if (!rq_shape_is_static(&out->shape) || rq_tensor_count(out) != n)
        return rq_fail(RQ_EFORMAT, "%s: %zu values for shape %s", what, n,
                       rq_shape_text(&out->shape, text));
    if (out->dtype == RQ_DT_F32) return RQ_OK;
    float *values = rq_arena_alloc(arena, n, sizeof *values);
    if (!values) return RQ_ENOMEM;
    RQ_TRY(rq_convert(values, RQ_DT_F32, out->data, out->dtype, n));
    out->dtype = RQ_DT_F32;
    out->data = values;
    return RQ_OK;
}
