/* Memory descriptors of oneDNN 2: structs that everybody sees. */
#include "engine/exec/onednn/dnnl_private.h"

#include <stdlib.h>
#include <string.h>

/* NULL, and said, when memory is short. */
static dnnl_memory_desc_t *new_md(void)
{
    dnnl_memory_desc_t *md;
    return rq_calloc(&md, 1, sizeof *md, "a layout") == RQ_OK ? md : NULL;
}

static rq_dnn_md keep_if(dnnl_memory_desc_t *md, dnnl_status_t status)
{
    if (status == dnnl_success) return md;
    free(md);
    return NULL;
}

rq_dnn_md rq_dnn_md_strided(int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                            const dnnl_dim_t *strides)
{
    dnnl_memory_desc_t *md = new_md();
    if (!md) return NULL;
    return keep_if(
        md, strides ? dnnl_memory_desc_init_by_strides(md, rank, dims, type, strides)
                    : dnnl_memory_desc_init_by_tag(md, rank, dims, type, dnnl_format_tag_any));
}

rq_dnn_md rq_dnn_md_copy(rq_dnn_md md)
{
    dnnl_memory_desc_t *copy = new_md();
    if (copy) *copy = *md;
    return copy;
}

rq_dnn_md rq_dnn_md_retyped(rq_dnn_md md, dnnl_data_type_t type)
{
    dnnl_memory_desc_t *copy = new_md();
    if (!copy) return NULL;
    *copy = *md;
    copy->data_type = type;
    memset(&copy->extra, 0, sizeof copy->extra);
    return copy;
}

rq_dnn_md rq_dnn_md_permuted(rq_dnn_md md, const int *to)
{
    dnnl_memory_desc_t *out = new_md();
    return out ? keep_if(out, dnnl_memory_desc_permute_axes(out, md, to)) : NULL;
}

rq_dnn_md rq_dnn_md_reshaped(rq_dnn_md md, int rank, const dnnl_dims_t dims)
{
    dnnl_memory_desc_t *out = new_md();
    return out ? keep_if(out, dnnl_memory_desc_reshape(out, md, rank, dims)) : NULL;
}

void rq_dnn_md_destroy(rq_dnn_md md)
{
    free((void *)(uintptr_t)md);
}

rq_dnn_md_fields rq_dnn_md_read(rq_dnn_md md)
{
    const dnnl_blocking_desc_t *blocking = &md->format_desc.blocking;
    return (rq_dnn_md_fields){
        .rank = md->ndims,
        .type = md->data_type,
        .blocked = md->format_kind == dnnl_blocked,
        .offset = md->offset0,
        .dims = md->dims,
        .padded_dims = md->padded_dims,
        .strides = blocking->strides,
        .n_blocks = blocking->inner_nblks,
        .blocks = blocking->inner_blks,
        .block_dims = blocking->inner_idxs,
    };
}
