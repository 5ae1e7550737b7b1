/* Running primitives on memory. */
#include "engine/exec/onednn/dnnl_private.h"

#include <stdlib.h>

struct rq_dnn_stream {
    dnnl_stream_t stream;
    unsigned threads;
};

struct rq_dnn_call {
    dnnl_primitive_t primitive;
    size_t n;              /* arguments */
    dnnl_exec_arg_t *args; /* the caller's first, in their order */
};

rq_status rq_dnn_stream_create(rq_dnn_stream **out, rq_dnn *dnn)
{
    rq_dnn_stream *s;
    RQ_TRY(rq_dnn_check_memory());
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a stream"));
    s->threads = dnn->threads;
    rq_status status = rq_dnn_check(
        dnnl_stream_create(&s->stream, dnn->engine, dnnl_stream_default_flags), "a stream");
    if (status != RQ_OK) {
        free(s);
        s = NULL;
    }
    *out = s;
    return status;
}

void rq_dnn_stream_destroy(rq_dnn_stream **stream)
{
    if (!*stream) return;
    dnnl_stream_destroy((*stream)->stream);
    free(*stream);
    *stream = NULL;
}

void rq_dnn_stream_enter(const rq_dnn_stream *stream)
{
    omp_set_num_threads((int)stream->threads);
}

static int library_role(int role)
{
    if (role < RQ_DNN_POST_0) return rq_dnn_library_role((rq_dnn_role)role);
    if (role < RQ_DNN_PART_0)
        return DNNL_ARG_ATTR_MULTIPLE_POST_OP(role - RQ_DNN_POST_0) | DNNL_ARG_SRC_1;
    return DNNL_ARG_MULTIPLE_SRC + (role - RQ_DNN_PART_0);
}

static const rq_dnn_layout *role_layout(const rq_dnn_primitive *p, int role)
{
    if (role < RQ_DNN_POST_0) return p->layouts[role];
    if (role < RQ_DNN_PART_0) return p->attr->posts[role - RQ_DNN_POST_0].operand;
    return p->parts[role - RQ_DNN_PART_0];
}

static rq_status add_arg(rq_dnn_call *call, rq_dnn *dnn, int arg, rq_dnn_md md, void *data)
{
    dnnl_memory_t memory;
    /* What cannot be laid out is not lowered: for this there was no memory. */
    if (!md) return rq_fail(RQ_ENOMEM, "out of memory: oneDNN: argument %d has no layout", arg);
    RQ_TRY(rq_dnn_check(dnnl_memory_create(&memory, md, dnn->engine, data), "a memory object"));
    call->args[call->n++] = (dnnl_exec_arg_t){arg, memory};
    return RQ_OK;
}

static rq_status add_constant(rq_dnn_call *call, rq_dnn *dnn, const rq_dnn_constant *constant)
{
    const dnnl_dims_t dims = {(dnnl_dim_t)constant->n};
    const dnnl_dim_t stride = 1;
    rq_dnn_md md = rq_dnn_md_strided(1, dims, constant->type, &stride);
    if (!md) return RQ_ENOMEM;
    rq_status status = add_arg(call, dnn, constant->arg, md, (void *)(uintptr_t)constant->data);
    rq_dnn_md_destroy(md);
    return status;
}

/* What the primitive needs beside the caller's arguments. */
static rq_status add_own_args(rq_dnn_call *call, rq_dnn *dnn, const rq_dnn_primitive *primitive,
                              void *scratch)
{
    rq_dnn_constant constants[RQ_DNN_MAX_CONSTANTS];
    size_t n = primitive->attr ? rq_dnn_attr_constants(constants, primitive->attr) : 0;
    for (size_t i = 0; i < n; i++) RQ_TRY(add_constant(call, dnn, &constants[i]));
    if (!primitive->scratch) return RQ_OK;
    const_dnnl_primitive_desc_t pd;
    RQ_TRY(rq_dnn_check(dnnl_primitive_get_primitive_desc(primitive->handle, &pd), "a primitive"));
    return add_arg(call, dnn, DNNL_ARG_SCRATCHPAD,
                   dnnl_primitive_desc_query_md(pd, dnnl_query_scratchpad_md, 0), scratch);
}

rq_status rq_dnn_call_create(rq_dnn_call **out, rq_dnn *dnn, const rq_dnn_primitive *primitive,
                             const rq_dnn_arg *args, size_t n, void *scratch)
{
    rq_dnn_call *call;
    *out = NULL;
    RQ_TRY(rq_dnn_check_memory());
    RQ_TRY(rq_calloc(&call, 1, sizeof *call, "a call"));
    *out = call;
    call->primitive = primitive->handle;
    RQ_TRY(rq_calloc(&call->args, n + RQ_DNN_MAX_CONSTANTS + 1, sizeof *call->args, "a call"));
    for (size_t i = 0; i < n; i++)
        RQ_TRY(add_arg(call, dnn, library_role(args[i].role),
                       rq_dnn_layout_md(role_layout(primitive, args[i].role)), args[i].data));
    return add_own_args(call, dnn, primitive, scratch);
}

void rq_dnn_call_destroy(rq_dnn_call **call)
{
    rq_dnn_call *c = *call;
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) dnnl_memory_destroy(c->args[i].memory);
    free(c->args);
    free(c);
    *call = NULL;
}

void rq_dnn_call_set(rq_dnn_call *call, size_t i, void *data)
{
    dnnl_memory_set_data_handle(call->args[i].memory, data);
}

rq_status rq_dnn_call_run(const rq_dnn_call *call, const rq_dnn_stream *stream)
{
    return rq_dnn_check(
        dnnl_primitive_execute(call->primitive, stream->stream, (int)call->n, call->args),
        "running a primitive");
}

rq_status rq_dnn_reorder_now(rq_dnn *dnn, const rq_dnn_layout *from, const void *src,
                             const rq_dnn_layout *to, void *dst)
{
    rq_dnn_primitive *primitive;
    rq_dnn_call *call = NULL;
    rq_dnn_stream *stream = NULL;
    void *scratch = NULL;
    rq_status status;
    RQ_TRY(rq_dnn_reorder(&primitive, dnn, from, to));
    rq_dnn_arg args[] = {{RQ_DNN_SRC, (void *)(uintptr_t)src}, {RQ_DNN_DST, dst}};
    RQ_TRY_GOTO(rq_alloc_aligned(&scratch, primitive->scratch + 1, "scratch"), done);
    RQ_TRY_GOTO(rq_dnn_stream_create(&stream, dnn), done);
    RQ_TRY_GOTO(rq_dnn_call_create(&call, dnn, primitive, args, 2, scratch), done);
    status = rq_dnn_call_run(call, stream);
done:
    rq_dnn_call_destroy(&call);
    rq_dnn_stream_destroy(&stream);
    free(scratch);
    return status;
}
