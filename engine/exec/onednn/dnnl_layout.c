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

const rq_dnn_layout *rq_dnn_layout_of(rq_dnn *dnn, rq_dnn_md md)
{
    if (!md) return NULL;
    rq_dnn_layout *layout = rq_arena_alloc(dnn->arena, 1, sizeof *layout);
    if (!layout) {
        rq_dnn_md_destroy(md);
        return NULL;
    }
    layout->md = md;
    layout->next = dnn->layouts;
    dnn->layouts = layout;
    return layout;
}

void rq_dnn_layouts_destroy(rq_dnn *dnn)
{
    for (rq_dnn_layout *layout = dnn->layouts; layout; layout = layout->next)
        rq_dnn_md_destroy(layout->md);
    dnn->layouts = NULL;
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
    dnnl_dim_t stride = 1;
    for (int i = rank; order && i-- > 0;) {
        strides[order[i]] = stride;
        stride *= dims[order[i]];
    }
    return rq_dnn_layout_of(dnn,
                            rq_dnn_md_strided(rank, dims, type_of(dtype), order ? strides : NULL));
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
    return rq_dnn_layout_of(dnn, rq_dnn_md_retyped(layout->md, type_of(dtype)));
}

/* Memory that is row-major, but for strides of dims of 1, as row-major memory: the library's binary
 * primitives take these strides, too, for the order of memory, and read and write beside it. */
static const rq_dnn_layout *settled(rq_dnn *dnn, const rq_dnn_layout *layout)
{
    if (!layout || !rq_dnn_layout_is_dense(layout)) return layout;
    const rq_dnn_md_fields md = rq_dnn_md_read(layout->md);
    rq_shape shape = {.rank = md.rank};
    for (int i = 0; i < md.rank; i++) shape.d[i] = md.dims[i];
    return rq_dnn_layout_dense(dnn, rq_dnn_layout_dtype(layout), &shape);
}

const rq_dnn_layout *rq_dnn_layout_permuted(rq_dnn *dnn, const rq_dnn_layout *layout,
                                            const int *order)
{
    int to[RQ_DNN_MAX_RANK], rank = rq_dnn_md_read(layout->md).rank;
    for (int i = 0; i < rank; i++) to[order[i]] = i;
    return settled(dnn, rq_dnn_layout_of(dnn, rq_dnn_md_permuted(layout->md, to)));
}

const rq_dnn_layout *rq_dnn_layout_turned(rq_dnn *dnn, const rq_dnn_layout *layout, int rank)
{
    int order[RQ_DNN_MAX_RANK];
    if (!layout) return NULL;
    for (int d = 0; d < rank; d++) order[d] = d;
    order[rank - 2] = rank - 1;
    order[rank - 1] = rank - 2;
    return rq_dnn_layout_permuted(dnn, layout, order);
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
    copy_dims(dims, shape->d, shape->rank);
    return rq_dnn_layout_of(dnn, rq_dnn_md_reshaped(layout->md, shape->rank, dims));
}

bool rq_dnn_layout_equal(const rq_dnn_layout *a, const rq_dnn_layout *b)
{
    return a == b || dnnl_memory_desc_equal(a->md, b->md);
}

bool rq_dnn_layout_is_dense(const rq_dnn_layout *layout)
{
    rq_dnn_md_fields md = rq_dnn_md_read(layout->md);
    if (!md.blocked || md.n_blocks) return false;
    dnnl_dim_t stride = 1;
    for (int i = md.rank; i-- > 0;) {
        if (md.dims[i] != 1 && md.strides[i] != stride) return false;
        stride *= md.dims[i];
    }
    return md.offset == 0;
}

/* Channels last, outermost to innermost: what dense memory is, too, where there is one position. */
static bool is_channels_last(const rq_dnn_md_fields *md)
{
    dnnl_dim_t stride = 1;
    for (int i = 0; i < md->rank; i++) {
        int d = md->rank < 2 ? 0 : i == 0 ? 1 : i < md->rank - 1 ? md->rank - i : 0;
        if (md->dims[d] != 1 && md->strides[d] != stride) return false;
        stride *= md->dims[d];
    }
    return true;
}

static bool has_blocks(const rq_dnn_md_fields *md, dnnl_dim_t block)
{
    dnnl_dim_t stride = block;
    for (int i = md->rank; i-- > 0;) {
        if (md->padded_dims[i] != 1 && md->strides[i] != stride) return false;
        stride *= i == 1 ? md->padded_dims[1] / block : md->padded_dims[i];
    }
    return true;
}

bool rq_dnn_layout_blocked(rq_dnn_blocked *out, const rq_dnn_layout *layout)
{
    rq_dnn_md_fields md = rq_dnn_md_read(layout->md);
    if (!md.blocked || md.offset || md.rank < 2 || md.n_blocks > 1) return false;
    *out = (rq_dnn_blocked){(size_t)md.dims[0], (size_t)md.dims[1], 1, 1};
    for (int i = 2; i < md.rank; i++) out->positions *= (size_t)md.dims[i];
    if (md.n_blocks) {
        out->block = (size_t)md.blocks[0];
        return md.block_dims[0] == 1 && md.padded_dims[0] == md.dims[0] &&
               has_blocks(&md, md.blocks[0]);
    }
    if (is_channels_last(&md)) {
        out->block = out->channels;
        return true;
    }
    return rq_dnn_layout_is_dense(layout);
}

rq_dtype rq_dnn_layout_dtype(const rq_dnn_layout *layout)
{
    dnnl_data_type_t type = rq_dnn_md_read(layout->md).type;
    for (size_t i = 0; i < N_TYPES; i++)
        if (types[i].type == type) return types[i].dtype;
    return RQ_DT_UNDEFINED;
}

size_t rq_dnn_layout_bytes(const rq_dnn_layout *layout)
{
    return dnnl_memory_desc_get_size(layout->md);
}

size_t rq_dnn_layout_elements(const rq_dnn_layout *layout)
{
    rq_dnn_md_fields md = rq_dnn_md_read(layout->md);
    size_t n = 1;
    for (int i = 0; i < md.rank; i++) n *= (size_t)md.padded_dims[i];
    return n;
}
