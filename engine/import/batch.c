#include "engine/import/batch_step.h"

#include "engine/base/text.h"
#include "engine/ops/op.h"

#include <string.h>

/* -- rules ------------------------------------------------------------------------------------ */

/* Element by element, of one batched input. */
static bool unary(rq_batch_step *s)
{
    s->lead = rq_batch_at(s->batch, s->node->in[0])->lead != RQ_NONE;
    return rq_batch_only_first(s) && rq_batch_emit_same(s);
}

/* Element by element, of several inputs that broadcast. */
static bool broadcast(rq_batch_step *s)
{
    int rank = rq_batch_rank(s, s->node->out[0]);
    rq_id in[8];
    if (s->node->n_in > 8 || rank < 0) return false;
    s->lead = rank > 0 && rq_batch_shape(s->batch, s->node->out[0]).d[0] == 1;
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        rq_id value = s->node->in[k];
        rq_shape shape = rq_batch_shape(s->batch, value);
        if (shape.rank < 0) return false;
        bool same = shape.rank == rank && shape.d[0] == 1;
        s->lead &= (rq_batch_is_batched(s->batch, value) ? same : shape.rank < rank || same);
    }
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        int missing = rank - rq_batch_rank(s, s->node->in[k]);
        int64_t ones[RQ_MAX_RANK];
        in[k] = rq_batch_input(s, k);
        for (int i = 0; i < missing; i++) ones[i] = i + 1;
        if (missing && !s->lead && rq_batch_is_batched(s->batch, s->node->in[k]))
            in[k] = rq_emit_unsqueeze(s->b, in[k], ones, (size_t)missing);
    }
    return rq_batch_emit(s, in, s->node->n_in, NULL, NULL);
}

static bool transpose(rq_batch_step *s)
{
    int64_t order[RQ_MAX_RANK + 1] = {0};
    size_t n;
    if (!rq_batch_only_first(s) || !rq_batch_ints(s, 1, order + 1, &n) || !n || n >= RQ_MAX_RANK)
        return false;
    s->lead = rq_batch_has_lead(s->batch, s->node->in[0]) && order[1] == 0;
    for (size_t i = 1; i <= n && !s->lead; i++) order[i]++;
    return rq_batch_emit_with(
        s, 1, rq_emit_ints(s->b, s->lead ? order + 1 : order, s->lead ? n : n + 1), NULL, NULL);
}

static size_t without_first(int64_t *list, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i] != 0) list[kept++] = list[i];
    return kept;
}

/* Without its first axis, the elements' takes its place. */
static bool squeeze(rq_batch_step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!rq_batch_only_first(s) ||
        !rq_batch_axes(s, 1, rq_batch_rank(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = rq_batch_has_lead(s->batch, s->node->in[0]);
    if (first && !s->lead) return false;
    rq_id x = rq_batch_input(s, 0);
    for (size_t i = 0; i < n && !s->lead; i++) list[i]++;
    if (first) n = without_first(list, n);
    if (first) s->lead = false;
    rq_batch_set(s, 0, n ? rq_emit_squeeze(s->b, x, list, n) : x);
    return true;
}

/* A first axis of one element is the elements'. */
static bool unsqueeze(rq_batch_step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!rq_batch_only_first(s) ||
        !rq_batch_axes(s, 1, rq_batch_rank(s, s->node->out[0]), list, &n, &first))
        return false;
    s->lead = !first && rq_batch_at(s->batch, s->node->in[0])->lead != RQ_NONE;
    rq_id x = rq_batch_input(s, 0);
    for (size_t i = 0; i < n && !s->lead && !first; i++) list[i]++;
    if (first) n = without_first(list, n);
    s->lead |= first;
    rq_batch_set(s, 0, n ? rq_emit_unsqueeze(s->b, x, list, n) : x);
    return true;
}

static bool reshape(rq_batch_step *s)
{
    rq_shape from = rq_batch_shape(s->batch, s->node->in[0]),
             to = rq_batch_shape(s->batch, s->node->out[0]);
    int64_t dims[RQ_MAX_RANK + 1] = {0}; /* 0: the elements, as they were */
    size_t n = 1, unknown = 0;
    if (!rq_batch_only_first(s) || from.rank < 0 || to.rank < 0 || to.rank >= RQ_MAX_RANK)
        return false;
    s->lead = rq_batch_has_lead(s->batch, s->node->in[0]) && to.rank > 0 && to.d[0] == 1;
    for (int i = s->lead ? 1 : 0; i < to.rank; i++) {
        if (to.d[i] == 0) return false;
        unknown += to.d[i] < 0;
        dims[n++] = to.d[i] < 0 ? -1 : to.d[i];
    }
    if (unknown > 1) return false;
    rq_batch_set(s, 0, rq_emit_reshape(s->b, rq_batch_input(s, 0), dims, n));
    return true;
}

/* Reductions, splits and whatever takes its axes from input 1. */
static bool along_axes(rq_batch_step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!rq_batch_only_first(s) ||
        !rq_batch_axes(s, 1, rq_batch_rank(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = rq_batch_has_lead(s->batch, s->node->in[0]) && !first;
    return rq_batch_emit_with(s, 1, rq_batch_moved_axes(s, 1, list, n), NULL, NULL);
}

static bool slice(rq_batch_step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!rq_batch_only_first(s) ||
        !rq_batch_axes(s, 4, rq_batch_rank(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = rq_batch_has_lead(s->batch, s->node->in[0]) && !first;
    return rq_batch_emit_with(s, 4, rq_batch_moved_axes(s, 4, list, n), NULL, NULL);
}

/* Softmax, Concat: the axis is an attribute. */
static bool along_attribute(rq_batch_step *s)
{
    const char *text = rq_node_attr(s->node, "axis");
    rq_shape shape = rq_batch_shape(s->batch, s->node->out[0]);
    int64_t axis;
    if (!text || !rq_parse_i64(text, &axis) || shape.rank < 1) return false;
    if (axis < 0) axis += shape.rank;
    s->lead = axis != 0 && shape.d[0] == 1;
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (!rq_batch_is_batched(s->batch, s->node->in[k])) return false;
    const char *moved = rq_arena_printf(s->b->arena, "%d", (int)axis + (s->lead ? 0 : 1));
    return rq_ir_builder_ok(s->b, moved ? RQ_OK : RQ_ENOMEM) &&
           rq_batch_emit_with(s, RQ_NONE, RQ_NONE, "axis", moved);
}

static bool gather(rq_batch_step *s)
{
    const char *batches = rq_node_attr(s->node, "batch_dims");
    int64_t axis[RQ_MAX_RANK];
    size_t n;
    bool first, data = rq_batch_is_batched(s->batch, s->node->in[0]);
    bool index = rq_batch_is_batched(s->batch, s->node->in[1]);
    if (!rq_batch_axes(s, 2, rq_batch_rank(s, s->node->in[0]), axis, &n, &first) || n != 1 ||
        (batches && strcmp(batches, "0") != 0) || data == index)
        return false;
    if (data) {
        s->lead = rq_batch_has_lead(s->batch, s->node->in[0]) && !first;
        return rq_batch_emit_with(s, 2, rq_batch_moved_axes(s, 2, axis, n), NULL, NULL);
    }
    s->lead = rq_batch_at(s->batch, s->node->in[1])->lead != RQ_NONE;
    return first && rq_batch_emit_same(s);
}

static bool is_bits(const char *name)
{
    static const char *const masks[] = {"begin_mask", "end_mask", "new_axis_mask",
                                        "shrink_axis_mask", "ellipsis_mask"};
    for (size_t i = 0; i < 5; i++)
        if (!strcmp(name, masks[i])) return true;
    return false;
}

/* All elements, then what is sliced of each. A mask has a bit for each number of `begin`. */
static bool strided_slice(rq_batch_step *s)
{
    const rq_node *node = s->node;
    rq_id in[4], zero = RQ_EMIT_INTS(s->b, 0), one = RQ_EMIT_INTS(s->b, 1);
    const char *attrs = "";
    if (!rq_batch_only_first(s) || node->n_in < 3 || node->n_in > 4) return false;
    in[0] = rq_batch_input(s, 0);
    for (uint32_t k = 1; k < node->n_in; k++) {
        rq_id rest = rq_emit_convert(s->b, rq_batch_input(s, k), RQ_DT_I64);
        in[k] = rq_emit(s->b, "Concat-1", RQ_IN(k == 3 ? one : zero, rest), "axis=0");
    }
    for (size_t i = 0; i < node->n_attrs && attrs; i++) {
        const rq_attr *a = &node->attrs[i];
        bool ones = !strcmp(a->name, "begin_mask") || !strcmp(a->name, "end_mask");
        const char *bit = !is_bits(a->name) ? "" : ones ? "1" : "0";
        attrs = rq_arena_printf(s->b->arena, "%s%s%s=%s%s%s", attrs, *attrs ? ";" : "", a->name,
                                bit, *bit && *a->value ? "," : "", a->value);
    }
    if (!rq_ir_builder_ok(s->b, attrs ? RQ_OK : RQ_ENOMEM)) return false;
    rq_batch_set(s, 0, rq_emit(s->b, "StridedSlice-1", in, node->n_in, "%s", attrs));
    return true;
}

static bool pad(rq_batch_step *s)
{
    rq_id in[4], none = RQ_EMIT_INTS(s->b, 0);
    if (!rq_batch_only_first(s) || s->node->n_in < 3 || s->node->n_in > 4) return false;
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        in[k] = rq_batch_input(s, k);
        if (k != 1 && k != 2) continue;
        in[k] = rq_emit_convert(s->b, in[k], RQ_DT_I64);
        in[k] = rq_emit(s->b, "Concat-1", RQ_IN(none, in[k]), "axis=0");
    }
    return rq_batch_emit(s, in, s->node->n_in, NULL, NULL);
}

/* Operators on images: the elements are their batch. */
static bool image(rq_batch_step *s)
{
    s->lead = true;
    return s->node->n_out == 1 && rq_batch_only_first(s) &&
           rq_batch_has_lead(s->batch, s->node->in[0]) && rq_batch_emit_same(s);
}

/* Images whose axes are the last input, or input 1. */
static bool image_axes(rq_batch_step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    return rq_batch_axes(s, s->node->n_in - 1, rq_batch_rank(s, s->node->in[0]), list, &n,
                         &first) &&
           !first && image(s);
}

static bool mat_mul(rq_batch_step *s)
{
    int x = rq_batch_rank(s, s->node->in[0]), y = rq_batch_rank(s, s->node->in[1]);
    bool both = rq_batch_is_batched(s->batch, s->node->in[0]) &&
                rq_batch_is_batched(s->batch, s->node->in[1]);
    bool left = rq_batch_is_batched(s->batch, s->node->in[0]);
    if (x < 2 || y < 2 || (both ? x != y : left ? y > x : x > y)) return false;
    return rq_batch_emit_same(s);
}

/* The sizes of an element. */
static bool shape_of_element(rq_batch_step *s)
{
    rq_id shape = rq_emit_shape_of(s->b, rq_batch_front(s->batch, s->node->in[0]));
    int rank = rq_batch_rank(s, s->node->in[0]);
    rq_dtype dtype = rq_ir_builder_dtype(s->batch->body, s->node->out[0]);
    if (rank < 1) return false;
    rq_batch_at(s->batch, s->node->out[0])->whole =
        rq_emit_convert(s->b, rq_emit_slice(s->b, shape, 0, 1, rank + 1, 1), dtype);
    return true;
}

/* -- the table -------------------------------------------------------------------------------- */

static const struct rule {
    const char *type;
    bool (*emit)(rq_batch_step *s);
} rules[] = {
    {"Abs", unary},
    {"Acos", unary},
    {"Add", broadcast},
    {"Asin", unary},
    {"Atan", unary},
    {"AvgPool", image},
    {"BatchNormInference", image},
    {"Ceiling", unary},
    {"Clamp", unary},
    {"Concat", along_attribute},
    {"Convert", unary},
    {"Convolution", image},
    {"ConvolutionBackpropData", image},
    {"Cos", unary},
    {"DepthToSpace", image},
    {"Divide", broadcast},
    {"Elu", unary},
    {"Equal", broadcast},
    {"Erf", unary},
    {"Exp", unary},
    {"ExtractImagePatches", image},
    {"Floor", unary},
    {"FloorMod", broadcast},
    {"Gather", gather},
    {"Gelu", unary},
    {"Greater", broadcast},
    {"GreaterEqual", broadcast},
    {"GroupConvolution", image},
    {"GroupConvolutionBackpropData", image},
    {"HSigmoid", unary},
    {"HSwish", unary},
    {"HardSigmoid", unary},
    {"Interpolate", image_axes},
    {"Less", broadcast},
    {"LessEqual", broadcast},
    {"Log", unary},
    {"LogSoftmax", along_attribute},
    {"LogicalAnd", broadcast},
    {"LogicalNot", unary},
    {"LogicalOr", broadcast},
    {"LogicalXor", broadcast},
    {"MVN", image_axes},
    {"MatMul", mat_mul},
    {"MaxPool", image},
    {"Maximum", broadcast},
    {"Minimum", broadcast},
    {"Mish", unary},
    {"Mod", broadcast},
    {"Multiply", broadcast},
    {"Negative", unary},
    {"NormalizeL2", image_axes},
    {"NotEqual", broadcast},
    {"Pad", pad},
    {"Power", broadcast},
    {"ReLU", unary},
    {"ReduceL1", along_axes},
    {"ReduceL2", along_axes},
    {"ReduceLogicalAnd", along_axes},
    {"ReduceLogicalOr", along_axes},
    {"ReduceMax", along_axes},
    {"ReduceMean", along_axes},
    {"ReduceMin", along_axes},
    {"ReduceProd", along_axes},
    {"ReduceSum", along_axes},
    {"Reshape", reshape},
    {"Round", unary},
    {"Select", broadcast},
    {"ShapeOf", shape_of_element},
    {"Sigmoid", unary},
    {"Sign", unary},
    {"Sin", unary},
    {"Slice", slice},
    {"SoftMax", along_attribute},
    {"SoftPlus", unary},
    {"SpaceToDepth", image},
    {"Split", along_axes},
    {"Sqrt", unary},
    {"SquaredDifference", broadcast},
    {"Squeeze", squeeze},
    {"StridedSlice", strided_slice},
    {"Subtract", broadcast},
    {"Swish", unary},
    {"Tan", unary},
    {"Tanh", unary},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
    {"VariadicSplit", along_axes},
};

static const struct rule *find_rule(const rq_node *node)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].type, node->type)) return &rules[i];
    return NULL;
}

/* The same for all elements. */
static bool emit_once(rq_batch_step *s)
{
    rq_batch *batch = s->batch;
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (rq_batch_whole(batch, s->node->in[k]) == RQ_NONE) return false;
    if (!rq_batch_emit_same(s)) return false;
    for (uint32_t k = 0; k < s->node->n_out; k++) {
        rq_batched *v = rq_batch_at(batch, s->node->out[k]);
        v->whole = v->front;
        v->front = RQ_NONE;
    }
    return true;
}

bool rq_batch_node(rq_batch *batch, const rq_node *node)
{
    const struct rule *rule = find_rule(node);
    rq_batch_step s = {.batch = batch, .b = batch->b, .node = node};
    bool batched = false;
    if (node->n_out == 1 && rq_batch_whole(batch, node->out[0]) != RQ_NONE) return true;
    if (node->n_bodies || !strcmp(node->type, "RandomUniform")) return false;
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (node->in[k] == RQ_NONE) return false;
        batched |= rq_batch_is_batched(batch, node->in[k]);
        if (!rq_batch_is_batched(batch, node->in[k]) &&
            rq_batch_whole(batch, node->in[k]) == RQ_NONE)
            return false;
    }
    return (!batched ? emit_once(&s) : rule && rule->emit(&s)) && batch->b->status == RQ_OK;
}
