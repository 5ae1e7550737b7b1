/* Interpolate that selects: whatever the table of taps says, as long as it has one tap. */
#include "engine/exec/onednn/lower.h"

/* What each output element of dims [from, to) reads, row-major; NULL in *out where an element is
 * no copy of one. */
static rq_status read_indices(const int32_t **out, size_t *n, rq_lower *l,
                              const rq_interpolate_plan *plan, int from, int to)
{
    int32_t *indices = rq_arena_alloc(l->plan->arena, 1, sizeof *indices);
    *out = NULL;
    *n = 1;
    if (!indices) return RQ_ENOMEM;
    *indices = 0;
    for (int d = from; d < to; d++) {
        const rq_resample_axis *axis = &plan->axis[d];
        rq_taps taps = {.n = axis->out, .width = rq_taps_width(axis)};
        size_t count = (size_t)axis->out;
        if (taps.width != 1 || axis->before || axis->after) return RQ_OK;
        taps.index = rq_arena_alloc(l->plan->arena, count, sizeof *taps.index);
        taps.weight = rq_arena_alloc(l->plan->arena, count, sizeof *taps.weight);
        int32_t *more = rq_arena_alloc(l->plan->arena, *n * count, sizeof *more);
        if (!taps.index || !taps.weight || !more) return RQ_ENOMEM;
        rq_taps_fill(&taps, axis);
        for (size_t i = 0; i < *n * count; i++)
            more[i] = indices[i / count] * (int32_t)axis->dim + taps.index[i % count];
        indices = more;
        *n *= count;
    }
    *out = indices;
    return RQ_OK;
}

/* The same arrangement of another size; NULL for layouts in blocks. */
static const rq_dnn_layout *layout_like(const rq_lower *l, const rq_dnn_blocked *blocked,
                                        rq_dtype dtype, const rq_shape *shape)
{
    rq_dnn *dnn = l->plan->dnn;
    if (blocked->block == blocked->channels) return rq_dnn_layout_channels_last(dnn, dtype, shape);
    return blocked->block == 1 ? rq_dnn_layout_dense(dnn, dtype, shape) : NULL;
}

/* Codes as they are; numbers only where nothing follows that the library's primitive would do. */
static rq_status find_buffer(size_t *out, rq_lower *l, const rq_chain *chain)
{
    const rq_node *node = chain->nodes[0];
    if (rq_buffer_u8(l->plan, node->in[0], out)) return RQ_OK;
    return chain->n == 1 ? rq_buffer_numbers(out, l->plan, node->in[0], node->id) : RQ_EUNSUPPORTED;
}

static bool keeps_channels(const rq_interpolate_plan *plan)
{
    return rq_resample_idle(&plan->axis[0]) && rq_resample_idle(&plan->axis[1]);
}

rq_status rq_lower_nearest(rq_lower *l, rq_chain *chain, const rq_interpolate_plan *plan)
{
    const rq_node *node = chain->nodes[0];
    rq_nearest nearest;
    rq_dnn_blocked blocked;
    size_t from, to;
    if (!keeps_channels(plan)) return RQ_EUNSUPPORTED;
    RQ_TRY(find_buffer(&from, l, chain));
    rq_buffer source = l->plan->buffers[from];
    rq_dtype dtype = rq_dnn_layout_dtype(source.layout);
    if (!rq_dnn_layout_blocked(&blocked, source.layout)) return RQ_EUNSUPPORTED;
    const rq_dnn_layout *layout =
        layout_like(l, &blocked, dtype, &rq_lower_value(l, node->out[0])->shape);
    if (!layout) return RQ_EUNSUPPORTED;
    int last = plan->rank - 1;
    RQ_TRY(read_indices(&nearest.rows, &nearest.rows_out, l, plan, 2, last));
    RQ_TRY(read_indices(&nearest.columns, &nearest.columns_out, l, plan, last, last + 1));
    if (!nearest.rows || !nearest.columns) return RQ_EUNSUPPORTED;
    nearest.bytes = blocked.block * (rq_dtype_bits(dtype) / 8);
    nearest.segments = blocked.batch * (blocked.channels / blocked.block);
    nearest.columns_in = (size_t)plan->axis[last].dim;
    nearest.rows_in = blocked.positions / nearest.columns_in;
    RQ_TRY(rq_buffer_add(&to, l->plan, node->out[0], layout, source.codes, RQ_NO_BUFFER));
    chain->done = 1;
    l->plan->kernels[node->id] = "nearest";
    rq_step_arg args[] = {{RQ_DNN_SRC, from, NULL}, {RQ_DNN_DST, to, NULL}};
    return rq_step_add_nearest(l->plan, node->id, &nearest, args);
}
