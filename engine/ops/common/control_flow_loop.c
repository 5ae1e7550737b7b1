/* Unlike kernels, this allocates: what an iteration leaves behind can grow from one to the next. */
#include "engine/ops/common/control_flow_loop.h"

#include "engine/base/callbacks.h"
#include "engine/base/threads.h"
#include "engine/ops/common/strided_copy.h"

#include <stdlib.h>
#include <string.h>

/* -- buffers ------------------------------------------------------------------------------- */

typedef struct buffer {
    void *data;
    size_t bytes, capacity;
} buffer;

/* Room for `more` bytes after those in use. */
static rq_status reserve(buffer *b, size_t more)
{
    size_t need;
    if (!rq_add_size(&need, b->bytes, more)) return rq_fail_memory(SIZE_MAX, "a loop's outputs");
    if (need <= b->capacity && b->data) return RQ_OK;
    size_t capacity = need < b->capacity * 2 ? b->capacity * 2 : need + 1;
    RQ_TRY(rq_realloc(&b->data, capacity, 1, "a loop's outputs"));
    b->capacity = capacity;
    return RQ_OK;
}

static rq_status append(buffer *b, const rq_tensor *t)
{
    size_t bytes = rq_tensor_bytes(t);
    RQ_TRY(reserve(b, bytes));
    if (bytes) memcpy((char *)b->data + b->bytes, t->data, bytes);
    b->bytes += bytes;
    return RQ_OK;
}

/* A tensor's content becomes the buffer's. */
static rq_status hold(buffer *b, rq_tensor *out, const rq_tensor *t)
{
    b->bytes = 0;
    RQ_TRY(append(b, t));
    *out = *t;
    out->data = b->data;
    return RQ_OK;
}

/* -- iterations ---------------------------------------------------------------------------- */

typedef struct loop {
    rq_call *call;
    rq_control_flow flow;
    rq_tensor *parameters, *results;
    int64_t trips, done;
    int64_t number; /* what the iteration's parameter points at */
    buffer *slices; /* by input of the map */
    buffer *states; /* by back edge, twice: a result may be a view of this iteration's state */
    buffer *parts;  /* by output: what sliced ones got so far */
    rq_shape *part_shapes; /* by output */
} loop;

/* One slice of a dense tensor, [outer][dim][inner], between two arrays of such dimensions. */
typedef struct strip {
    size_t outer, inner; /* inner in bytes */
} strip;

static strip find_strip(const rq_tensor *t, int axis)
{
    return (strip){rq_shape_span(&t->shape, 0, axis),
                   rq_shape_span(&t->shape, axis + 1, t->shape.rank) * rq_element_bytes(t->dtype)};
}

static void copy_strip(strip s, char *dst, int64_t dst_dim, int64_t dst_at, const char *src,
                       int64_t src_dim, int64_t src_at, int64_t part)
{
    size_t bytes = (size_t)part * s.inner;
    if (!bytes) return;
    for (size_t o = 0; o < s.outer; o++)
        memcpy(dst + (o * (size_t)dst_dim + (size_t)dst_at) * s.inner,
               src + (o * (size_t)src_dim + (size_t)src_at) * s.inner, bytes);
}

static rq_status feed_slice(loop *l, const rq_control_flow_port *port, buffer *b)
{
    const rq_tensor *in = &l->call->in[port->outer];
    rq_tensor *t = &l->parameters[port->inner];
    int axis;
    RQ_TRY(rq_control_flow_slice_axis(l->flow.node, &axis, &port->slice, &in->shape));
    b->bytes = 0;
    RQ_TRY(reserve(b, rq_tensor_bytes(t)));
    int64_t dim = in->shape.d[axis];
    copy_strip(find_strip(in, axis), b->data, port->slice.part, 0, in->data, dim,
               rq_control_flow_slice_at(&port->slice, dim, l->done), port->slice.part);
    t->data = b->data;
    return RQ_OK;
}

static rq_status feed_number(loop *l)
{
    if (l->flow.iteration == RQ_NONE) return RQ_OK;
    rq_tensor *t = &l->parameters[l->flow.iteration];
    if (t->dtype != RQ_DT_I64 && t->dtype != RQ_DT_I32)
        return rq_node_fail(l->flow.node, RQ_EFORMAT, "an iteration number of type %s",
                            rq_dtype_name(t->dtype));
    t->data = &l->number;
    rq_store_i64(t->data, t->dtype, 0, l->done);
    return RQ_OK;
}

/* Slices of this iteration; the rest stays, or was set by keep_states. */
static rq_status feed(loop *l)
{
    for (size_t i = 0; i < l->flow.n_inputs; i++) {
        const rq_control_flow_port *port = &l->flow.inputs[i];
        if (port->slice.sliced)
            RQ_TRY(feed_slice(l, port, &l->slices[i]));
        else if (l->done == 0)
            l->parameters[port->inner].data = l->call->in[port->outer].data;
    }
    return feed_number(l);
}

static rq_status collect_parts(loop *l)
{
    for (uint32_t i = 0; i < l->call->n_out; i++) {
        const rq_control_flow_port *port = &l->flow.outputs[i];
        const rq_tensor *result = &l->results[port->inner];
        if (!port->slice.sliced) continue;
        if (l->done > 0 && !rq_shape_equal(&result->shape, &l->part_shapes[i]))
            return rq_node_fail(l->flow.node, RQ_EFORMAT, "parts of output %u differ in shape", i);
        l->part_shapes[i] = result->shape;
        RQ_TRY(append(&l->parts[i], result));
    }
    return RQ_OK;
}

static rq_status keep_states(loop *l)
{
    buffer *next = l->states + (l->done % 2 ? l->flow.n_edges : 0);
    for (size_t i = 0; i < l->flow.n_edges; i++) {
        const rq_control_flow_edge *edge = &l->flow.edges[i];
        RQ_TRY(hold(&next[i], &l->parameters[edge->parameter], &l->results[edge->result]));
    }
    return RQ_OK;
}

static rq_status read_condition(const loop *l, bool *go_on)
{
    if (l->flow.condition == RQ_NONE) return RQ_OK;
    const rq_tensor *t = &l->results[l->flow.condition];
    if (rq_tensor_count(t) != 1)
        return rq_node_fail(l->flow.node, RQ_EFORMAT, "the condition must have one element");
    *go_on = rq_load_f64(t->data, t->dtype, 0) != 0;
    return RQ_OK;
}

static rq_status iterate(loop *l)
{
    rq_call *call = l->call;
    const rq_control_flow *flow = &l->flow;
    bool go_on = true;
    for (l->done = 0; go_on && (l->trips < 0 || l->done < l->trips); l->done++) {
        if (rq_cancelled()) return rq_fail(RQ_ECANCELLED, "interrupted");
        RQ_TRY(feed(l));
        RQ_TRY(call->services->run_body(call, flow->body_index, l->parameters, flow->n_parameters,
                                        l->results, flow->n_results));
        RQ_TRY(collect_parts(l));
        RQ_TRY(keep_states(l));
        RQ_TRY(read_condition(l, &go_on));
    }
    return RQ_OK;
}

/* -- outputs ------------------------------------------------------------------------------- */

static rq_status size_output(loop *l, uint32_t i, const rq_tensor *t)
{
    rq_tensor *out = &l->call->out[i];
    if (!out->data) RQ_TRY(rq_call_resize(l->call, i, &t->shape));
    if (rq_shape_equal(&out->shape, &t->shape) && out->dtype == t->dtype) return RQ_OK;
    char got[RQ_SHAPE_TEXT], want[RQ_SHAPE_TEXT];
    return rq_node_fail(l->flow.node, RQ_EFORMAT, "output %u came out as %s, expected %s", i,
                        rq_shape_text(&t->shape, got), rq_shape_text(&out->shape, want));
}

static rq_status join_parts(loop *l, uint32_t i)
{
    const rq_control_flow_port *port = &l->flow.outputs[i];
    const rq_shape *part = l->done ? &l->part_shapes[i] : &l->results[port->inner].shape;
    rq_tensor whole = {l->results[port->inner].dtype, {0}, NULL};
    int axis;
    RQ_TRY(rq_control_flow_loop_joined(&l->flow, &whole.shape, &port->slice, part, l->done));
    RQ_TRY(rq_control_flow_slice_axis(l->flow.node, &axis, &port->slice, part));
    RQ_TRY(size_output(l, i, &whole));
    strip s = find_strip(&whole, axis);
    size_t bytes = s.outer * (size_t)port->slice.part * s.inner;
    for (int64_t k = 0; k < l->done; k++) {
        int64_t place = port->slice.stride > 0 ? k : l->done - 1 - k;
        copy_strip(s, l->call->out[i].data, whole.shape.d[axis], place * port->slice.part,
                   (const char *)l->parts[i].data + (size_t)k * bytes, port->slice.part, 0,
                   port->slice.part);
    }
    return RQ_OK;
}

/* Without an iteration, a result is what its parameter started from. */
static rq_status find_last(const loop *l, uint32_t i, rq_tensor *out)
{
    uint32_t inner = l->flow.outputs[i].inner;
    *out = l->results[inner];
    if (l->done) return RQ_OK;
    for (size_t e = 0; e < l->flow.n_edges; e++) {
        if (l->flow.edges[e].result != inner) continue;
        for (size_t k = 0; k < l->flow.n_inputs; k++)
            if (l->flow.inputs[k].inner == l->flow.edges[e].parameter) {
                *out = l->call->in[l->flow.inputs[k].outer];
                return RQ_OK;
            }
    }
    return rq_node_fail(l->flow.node, RQ_EARG, "output %u has no value without an iteration", i);
}

static rq_status write_outputs(loop *l)
{
    for (uint32_t i = 0; i < l->call->n_out; i++) {
        rq_tensor last;
        if (l->flow.outputs[i].slice.sliced) {
            RQ_TRY(join_parts(l, i));
            continue;
        }
        RQ_TRY(find_last(l, i, &last));
        RQ_TRY(size_output(l, i, &last));
        size_t bytes = rq_tensor_bytes(&last);
        if (bytes) memcpy(l->call->out[i].data, last.data, bytes);
    }
    return RQ_OK;
}

static rq_status open_loop(loop *l)
{
    const rq_control_flow *flow = &l->flow;
    RQ_TRY(rq_control_flow_open(&l->flow, l->call->graph, l->call->node, "port_map", "body"));
    size_t n_tensors = flow->n_parameters + flow->n_results;
    RQ_TRY(rq_calloc(&l->parameters, n_tensors, sizeof *l->parameters, "a loop"));
    l->results = l->parameters + flow->n_parameters;
    RQ_TRY(rq_calloc(&l->slices, flow->n_inputs, sizeof *l->slices, "a loop"));
    RQ_TRY(rq_calloc(&l->states, 2 * flow->n_edges, sizeof *l->states, "a loop"));
    RQ_TRY(rq_calloc(&l->parts, l->call->n_out, sizeof *l->parts, "a loop"));
    RQ_TRY(rq_calloc(&l->part_shapes, l->call->n_out, sizeof *l->part_shapes, "a loop"));
    return rq_control_flow_loop_parameters(flow, l->call->in, l->parameters, &l->trips);
}

static void free_buffers(buffer *buffers, size_t n)
{
    for (size_t i = 0; buffers && i < n; i++) free(buffers[i].data);
    free(buffers);
}

static void close_loop(loop *l)
{
    free_buffers(l->slices, l->flow.n_inputs);
    free_buffers(l->states, 2 * l->flow.n_edges);
    free_buffers(l->parts, l->call->n_out);
    free(l->part_shapes);
    free(l->parameters);
    rq_control_flow_close(&l->flow);
}

/* Without an iteration the shapes of parts have to come from the body. */
static rq_status run_loop(loop *l)
{
    rq_control_flow_facts facts;
    RQ_TRY(open_loop(l));
    if (l->trips == 0) RQ_TRY(rq_control_flow_infer(&l->flow, l->parameters, l->results, &facts));
    RQ_TRY(iterate(l));
    return write_outputs(l);
}

rq_status rq_control_flow_loop_run(rq_call *call, int64_t trips)
{
    loop l = {.call = call, .trips = trips};
    rq_status status = run_loop(&l);
    close_loop(&l);
    return status;
}
