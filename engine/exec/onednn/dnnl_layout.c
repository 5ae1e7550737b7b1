/* How tensors lie in memory. */
#include "engine/exec/onednn/dnnl_private.h"

#include <string.h>

static const struct {
    rq_dtype dtype;
    dnnl_data_type_t type;
} types[] = {{RQ_DT_F32, dnnl_f32}, {RQ_DT_F16, dnnl_f16}, {RQ_DT_BF16, dnnl_bf16},
             {RQ_DT_I32, dnnl_s32}, {RQ_DT_I8, dnnl_s8},   {RQ_DT_U8, dnnl_u8}};
#define N_TYPES (sizeof types / sizeof types[0])

static dnnl_data_type_t type_of(rq_dtype dtype)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].dtype == dtype) return types[i].type;
    return dnnl_data_type_undef;
}

rq_dnn_layout *rq_dnn_layout_new(rq_dnn *dnn)
{
    return rq_arena_alloc(dnn->arena, 1, sizeof(rq_dnn_layout));
}

/* `order[i]`: the logical dim that comes i-th in memory, outermost first; NULL: any layout. A
 * scalar is a vector of one element. */
static const rq_dnn_layout *strided(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape,
                                    const int *order)
{
    int rank = shape->rank > 0 ? shape->rank : 1;
    dnnl_dims_t dims, strides;
    if (type_of(dtype) == dnnl_data_type_undef || shape->rank < 0 || rank > RQ_DNN_MAX_RANK)
        return NULL;
    for (int i = 0; i < rank; i++) {
        dims[i] = shape->rank ? shape->d[i] : 1;
        if (dims[i] < 1) return NULL;
    }
    rq_dnn_layout *layout = rq_dnn_layout_new(dnn);
    if (!layout) return NULL;
    dnnl_dim_t stride = 1;
    for (int i = rank; order && i-- > 0;) {
        strides[order[i]] = stride;
        stride *= dims[order[i]];
    }
    dnnl_status_t status =
        order ? dnnl_memory_desc_init_by_strides(&layout->md, rank, dims, type_of(dtype), strides)
              : dnnl_memory_desc_init_by_tag(&layout->md, rank, dims, type_of(dtype),
                                             dnnl_format_tag_any);
    return status == dnnl_success ? layout : NULL;
}

const rq_dnn_layout *rq_dnn_layout_dense(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    static const int order[] = {0, 1, 2, 3, 4, 5};
    return strided(dnn, dtype, shape, order);
}

const rq_dnn_layout *rq_dnn_layout_channels_last(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    int order[RQ_DNN_MAX_RANK] = {0};
    for (int i = 1; i + 1 < shape->rank && i < RQ_DNN_MAX_RANK - 1; i++) order[i] = i + 1;
    if (shape->rank > 1 && shape->rank <= RQ_DNN_MAX_RANK) order[shape->rank - 1] = 1;
    return strided(dnn, dtype, shape, order);
}

const rq_dnn_layout *rq_dnn_layout_any(rq_dnn *dnn, rq_dtype dtype, const rq_shape *shape)
{
    return strided(dnn, dtype, shape, NULL);
}

const rq_dnn_layout *rq_dnn_layout_retyped(rq_dnn *dnn, const rq_dnn_layout *layout, rq_dtype dtype)
{
    rq_dnn_layout *out = rq_dnn_layout_new(dnn);
    if (!out) return NULL;
    out->md = layout->md;
    out->md.data_type = type_of(dtype);
    memset(&out->md.extra, 0, sizeof out->md.extra);
    return out;
}

const rq_dnn_layout *rq_dnn_layout_permuted(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const int *order)
{
    int to[RQ_DNN_MAX_RANK];
    rq_dnn_layout *out = rq_dnn_layout_new(dnn);
    if (!out) return NULL;
    for (int i = 0; i < layout->md.ndims; i++) to[order[i]] = i;
    return dnnl_memory_desc_permute_axes(&out->md, &layout->md, to) == dnnl_success ? out : NULL;
}

/* The library's arrays of dims are longer than ours. */
static void copy_dims(dnnl_dims_t to, const int64_t *from, int n)
{
    memset(to, 0, sizeof(dnnl_dims_t));
    for (int i = 0; i < n; i++) to[i] = from[i];
}

const rq_dnn_layout *rq_dnn_layout_reshaped(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const rq_shape *shape)
{
    dnnl_dims_t dims;
    if (shape->rank < 1 || shape->rank > RQ_DNN_MAX_RANK) return NULL;
    rq_dnn_layout *out = rq_dnn_layout_new(dnn);
    if (!out) return NULL;
    copy_dims(dims, shape->d, shape->rank);
    dnnl_status_t status = dnnl_memory_desc_reshape(&out->md, &layout->md, shape->rank, dims);
    return status == dnnl_success ? out : NULL;
}

bool rq_dnn_layout_equal(const rq_dnn_layout *a, const rq_dnn_layout *b)
{
    return a == b || dnnl_memory_desc_equal(&a->md, &b->md);
}

bool rq_dnn_layout_is_dense(const rq_dnn_layout *layout)
{
    const dnnl_memory_desc_t *md = &layout->md;
    if (md->format_kind != dnnl_blocked || md->format_desc.blocking.inner_nblks) return false;
    dnnl_dim_t stride = 1;
    for (int i = md->ndims; i-- > 0;) {
        if (md->dims[i] != 1 && md->format_desc.blocking.strides[i] != stride) return false;
        stride *= md->dims[i];
    }
    return md->offset0 == 0;
}

size_t rq_dnn_layout_channel_block(const rq_dnn_layout *layout)
{
    const dnnl_memory_desc_t *md = &layout->md;
    const dnnl_blocking_desc_t *blocks = &md->format_desc.blocking;
    if (md->format_kind != dnnl_blocked || blocks->inner_nblks != 1 || blocks->inner_idxs[0] != 1)
        return 0;
    dnnl_dim_t stride = blocks->inner_blks[0];
    for (int i = md->ndims; i-- > 0;) {
        if (blocks->strides[i] != stride && md->padded_dims[i] != 1) return 0;
        stride *= i == 1 ? md->padded_dims[1] / blocks->inner_blks[0] : md->padded_dims[i];
    }
    return (size_t)blocks->inner_blks[0];
}

rq_dtype rq_dnn_layout_dtype(const rq_dnn_layout *layout)
{
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].type == layout->md.data_type) return types[i].dtype;
    return RQ_DT_UNDEFINED;
}

size_t rq_dnn_layout_bytes(const rq_dnn_layout *layout)
{
    return dnnl_memory_desc_get_size(&layout->md);
}

size_t rq_dnn_layout_elements(const rq_dnn_layout *layout)
{
    size_t n = 1;
    for (int i = 0; i < layout->md.ndims; i++) n *= (size_t)layout->md.padded_dims[i];
    return n;
}
