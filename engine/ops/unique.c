/* Operation Specifications: Unique-10. Without an axis the flattened elements are compared, with
 * one its slices, lexicographically. */
#include "engine/ops/common/strided_copy.h"
#include "engine/ops/common/sort_keys.h"

#include <stdlib.h>
#include <string.h>

typedef struct unique_attrs {
    bool sorted;
    rq_dtype index_element_type, count_element_type;
} unique_attrs;

static const rq_attr_spec attrs_table[] = {
    {"sorted", RQ_ATTR_BOOL, offsetof(unique_attrs, sorted), "true", NULL},
    {"index_element_type", RQ_ATTR_DTYPE, offsetof(unique_attrs, index_element_type), "i64", NULL},
    {"count_element_type", RQ_ATTR_DTYPE, offsetof(unique_attrs, count_element_type), "i64", NULL},
    RQ_ATTRS_END,
};

/* The input as [outer, n, inner]: n items of outer * inner elements each. */
typedef struct items {
    const rq_tensor *in;
    int axis; /* -1: flattened */
    size_t outer, n, inner;
} items;

static rq_status read_items(items *out, const rq_node *node, const rq_tensor *in, uint32_t n_in)
{
    *out = (items){.in = &in[0], .axis = -1, .outer = 1, .n = rq_tensor_count(&in[0]), .inner = 1};
    if (!rq_input_given(in, n_in, 1)) return RQ_OK;
    int64_t value;
    const rq_shape *shape = &in[0].shape;
    RQ_TRY(rq_tensor_int(node, &in[1], &value));
    RQ_TRY(rq_node_axis(node, &out->axis, value, shape->rank));
    if (shape->rank == 0) {
        out->axis = -1;
        return RQ_OK;
    }
    out->outer = rq_shape_span(shape, 0, out->axis);
    out->n = (size_t)shape->d[out->axis];
    out->inner = rq_shape_span(shape, out->axis + 1, shape->rank);
    return RQ_OK;
}

static int compare(const items *s, size_t a, size_t b)
{
    for (size_t o = 0; o < s->outer; o++)
        for (size_t i = 0; i < s->inner; i++) {
            size_t row = o * s->n;
            int64_t x = rq_sort_key(s->in->data, s->in->dtype, (row + a) * s->inner + i);
            int64_t y = rq_sort_key(s->in->data, s->in->dtype, (row + b) * s->inner + i);
            if (x != y) return x < y ? -1 : 1;
        }
    return 0;
}

/* Merge sort of item numbers: stable, so that equal items stay in order of appearance. */
static void sort_items(const items *s, size_t *order, size_t *spare)
{
    for (size_t i = 0; i < s->n; i++) order[i] = i;
    for (size_t width = 1; width < s->n; width *= 2) {
        for (size_t start = 0; start < s->n; start += 2 * width) {
            size_t middle = start + width < s->n ? start + width : s->n;
            size_t end = middle + width < s->n ? middle + width : s->n;
            size_t a = start, b = middle;
            for (size_t i = start; i < end; i++) {
                bool left = a < middle && (b >= end || compare(s, order[a], order[b]) <= 0);
                spare[i] = left ? order[a++] : order[b++];
            }
        }
        memcpy(order, spare, s->n * sizeof *order);
    }
}

/* Sorts, then numbers the groups of equal items: group[item], and each group's first item. */
static size_t find_groups(const items *s, size_t *order, size_t *group, size_t *first)
{
    size_t count = 0;
    sort_items(s, order, group);
    for (size_t i = 0; i < s->n; i++) {
        if (i == 0 || compare(s, order[i - 1], order[i]) != 0) first[count++] = order[i];
        group[order[i]] = count - 1;
    }
    return count;
}

/* Groups renumbered by first appearance; order is overwritten. */
static void number_by_appearance(const items *s, size_t *order, size_t *group, size_t *first)
{
    size_t next = 0;
    size_t *renamed = order;
    for (size_t i = 0; i < s->n; i++) {
        size_t g = group[i];
        if (first[g] == i) renamed[g] = next++;
    }
    for (size_t i = 0; i < s->n; i++) group[i] = renamed[group[i]];
    for (size_t i = s->n; i-- > 0;) first[group[i]] = i;
}

static rq_status count_groups(const items *s, size_t *count)
{
    size_t *room;
    RQ_TRY(rq_calloc(&room, 3 * s->n, sizeof *room, "sorting of unique items"));
    *count = find_groups(s, room, room + s->n, room + 2 * s->n);
    free(room);
    return RQ_OK;
}

static rq_status infer(rq_infer *ctx)
{
    const unique_attrs *a = ctx->attrs;
    RQ_TRY(rq_infer_arity(ctx, 1, 2));
    RQ_TRY(rq_infer_whole_bytes(ctx, 0));
    RQ_TRY(rq_infer_index_type(ctx, "index_element_type", a->index_element_type));
    RQ_TRY(rq_infer_index_type(ctx, "count_element_type", a->count_element_type));
    const rq_dtype types[] = {ctx->in[0].dtype, a->index_element_type, a->index_element_type,
                              a->count_element_type};
    if (ctx->n_out > 4) return rq_node_fail(ctx->node, RQ_EFORMAT, "%u outputs", ctx->n_out);
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].dtype = types[i];
    if (!rq_infer_known(ctx, 0) || !rq_infer_known(ctx, 1)) return rq_infer_defer(ctx);
    items s;
    size_t count;
    RQ_TRY(read_items(&s, ctx->node, ctx->in, ctx->n_in));
    RQ_TRY(count_groups(&s, &count));
    rq_shape unique = {1, {(int64_t)count}}, all = {1, {(int64_t)s.n}};
    const rq_shape *shapes[] = {&unique, &unique, &all, &unique};
    for (uint32_t i = 0; i < ctx->n_out; i++) ctx->out[i].shape = *shapes[i];
    if (s.axis < 0) return RQ_OK;
    ctx->out[0].shape = ctx->in[0].shape;
    ctx->out[0].shape.d[s.axis] = (int64_t)count;
    return RQ_OK;
}

static size_t scratch(const rq_infer *ctx)
{
    items s;
    if (read_items(&s, ctx->node, ctx->in, ctx->n_in) != RQ_OK) return 0;
    return 3 * s.n * sizeof(size_t);
}

static void copy_items(const items *s, rq_tensor *out, const size_t *first, size_t count)
{
    size_t bytes = s->inner * rq_element_bytes(s->in->dtype);
    if (bytes == 0) return;
    for (size_t o = 0; o < s->outer; o++)
        for (size_t g = 0; g < count; g++)
            memcpy((char *)out->data + (o * count + g) * bytes,
                   (const char *)s->in->data + (o * s->n + first[g]) * bytes, bytes);
}

static rq_status run(rq_call *call)
{
    const unique_attrs *a = call->attrs;
    rq_tensor *out = call->out;
    items s;
    RQ_TRY(read_items(&s, call->node, call->in, call->n_in));
    size_t *order = call->scratch, *group = order + s.n, *first = group + s.n;
    size_t count = find_groups(&s, order, group, first);
    if (!a->sorted) number_by_appearance(&s, order, group, first);
    copy_items(&s, &out[0], first, count);
    for (size_t g = 0; call->n_out > 1 && g < count; g++)
        rq_store_i64(out[1].data, out[1].dtype, g, (int64_t)first[g]);
    for (size_t g = 0; call->n_out > 3 && g < count; g++)
        rq_store_i64(out[3].data, out[3].dtype, g, 0);
    for (size_t i = 0; i < s.n; i++) {
        if (call->n_out > 2) rq_store_i64(out[2].data, out[2].dtype, i, (int64_t)group[i]);
        if (call->n_out > 3)
            rq_store_i64(out[3].data, out[3].dtype, group[i],
                         rq_load_i64(out[3].data, out[3].dtype, group[i]) + 1);
    }
    return RQ_OK;
}

const rq_op rq_op_Unique = {
    .type = "Unique",
    .opsets = RQ_OPSET(10),
    .role = RQ_ROLE_FLOAT,
    .flags = RQ_OP_ANY_DTYPE,
    .attrs_size = sizeof(unique_attrs),
    .attrs = attrs_table,
    .infer = infer,
    .scratch = scratch,
    .run = run,
};
