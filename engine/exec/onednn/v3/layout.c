/* Memory descriptors of oneDNN 3: opaque, made and read by calls. Those that make one do not
 * survive want of memory. */
#include "engine/exec/onednn/dnnl_private.h"

#include <string.h>

rq_dnn_md rq_dnn_md_strided(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                            const dnnl_dim_t *strides)
{
    dnnl_memory_desc_t md = NULL;
    if (rq_dnn_check_memory() != RQ_OK) return NULL;
    dnnl_status_t status =
        strides ? dnnl_memory_desc_create_with_strides(&md, rank, dims, type, strides)
                : dnnl_memory_desc_create_with_tag(&md, rank, dims, type, dnnl_format_tag_any);
    return status == dnnl_success ? md : NULL;
}

rq_dnn_md rq_dnn_md_copy(rq_dnn_md md)
{
    dnnl_memory_desc_t copy = NULL;
    if (rq_dnn_check_memory() != RQ_OK) return NULL;
    return dnnl_memory_desc_clone(&copy, md) == dnnl_success ? copy : NULL;
}

static rq_dnn_md tagged(const rq_dnn_md_fields *like, dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    dnnl_dims_t dims;
    dnnl_memory_desc_t md = NULL;
    memcpy(dims, like->dims, sizeof dims);
    return dnnl_memory_desc_create_with_tag(&md, like->rank, dims, type, tag) == dnnl_success
               ? md
               : NULL;
}

/* Blocks cannot be given, only named. */
static rq_dnn_md retype_blocked(rq_dnn_md md, const rq_dnn_md_fields *fields, dnnl_data_type_t type)
{
    if (rq_dnn_check_memory() != RQ_OK) return NULL;
    for (int tag = dnnl_format_tag_any + 1; tag < (int)dnnl_format_tag_last; tag++) {
        rq_dnn_md same = tagged(fields, fields->type, (dnnl_format_tag_t)tag);
        bool equal = same && dnnl_memory_desc_equal(same, md);
        rq_dnn_md_destroy(same);
        if (equal) return tagged(fields, type, (dnnl_format_tag_t)tag);
    }
    return NULL;
}

rq_dnn_md rq_dnn_md_retyped(rq_dnn_md md, dnnl_data_type_t type)
{
    rq_dnn_md_fields fields = rq_dnn_md_read(md);
    if (!fields.blocked || fields.offset) return NULL;
    if (fields.type == type) return rq_dnn_md_copy(md);
    if (fields.n_blocks) return retype_blocked(md, &fields, type);
    return rq_dnn_md_strided(fields.rank, fields.dims, type, fields.strides);
}

rq_dnn_md rq_dnn_md_permuted(rq_dnn_md md, const int *to)
{
    dnnl_memory_desc_t out = NULL;
    if (rq_dnn_check_memory() != RQ_OK) return NULL;
    return dnnl_memory_desc_permute_axes(&out, md, to) == dnnl_success ? out : NULL;
}

rq_dnn_md rq_dnn_md_reshaped(rq_dnn_md md, int rank, const dnnl_dims_t dims)
{
    dnnl_memory_desc_t out = NULL;
    if (rq_dnn_check_memory() != RQ_OK) return NULL;
    return dnnl_memory_desc_reshape(&out, md, rank, dims) == dnnl_success ? out : NULL;
}

void rq_dnn_md_destroy(rq_dnn_md md)
{
    if (md) dnnl_memory_desc_destroy((dnnl_memory_desc_t)(uintptr_t)md);
}

static const dnnl_dim_t *array(rq_dnn_md md, dnnl_query_t what)
{
    const dnnl_dims_t *values = NULL;
    return dnnl_memory_desc_query(md, what, &values) == dnnl_success ? *values : NULL;
}

rq_dnn_md_fields rq_dnn_md_read(rq_dnn_md md)
{
    rq_dnn_md_fields f = {.rank = 0};
    dnnl_format_kind_t kind = dnnl_format_kind_undef;
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &f.rank);
    dnnl_memory_desc_query(md, dnnl_query_data_type, &f.type);
    dnnl_memory_desc_query(md, dnnl_query_format_kind, &kind);
    f.dims = array(md, dnnl_query_dims);
    f.padded_dims = array(md, dnnl_query_padded_dims);
    f.blocked = kind == dnnl_blocked;
    if (!f.blocked) return f;
    dnnl_memory_desc_query(md, dnnl_query_submemory_offset_s64, &f.offset);
    f.strides = array(md, dnnl_query_strides);
    dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &f.n_blocks);
    f.blocks = array(md, dnnl_query_inner_blks);
    f.block_dims = array(md, dnnl_query_inner_idxs);
    return f;
}
