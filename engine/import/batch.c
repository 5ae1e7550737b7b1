#include "engine/import/batch.h"

#include "engine/base/text.h"
#include "engine/ops/op.h"

#include <string.h>

/* The node being batched, and how: `lead` is the form that is taken of its inputs. */
typedef struct step {
    rq_batch *batch;
    rq_ir_builder *b;
    const rq_node *node;
    bool lead;
} step;

static rq_batched *at(const rq_batch *batch, rq_id value)
{
    return &batch->values[value];
}

static rq_shape shape_of(const rq_batch *batch, rq_id value)
{
    return rq_ir_builder_shape(batch->body, value);
}

static int rank_of(const step *s, rq_id value)
{
    return rq_ir_builder_rank(s->batch->body, value);
}

/* -- forms of a value ------------------------------------------------------------------------- */

static rq_id whole_of(rq_batch *batch, rq_id value)
{
    rq_batched *v = at(batch, value);
    const rq_tensor *t = rq_ir_builder_const(batch->body, value);
    if (v->whole == RQ_NONE && v->front == RQ_NONE && v->lead == RQ_NONE && t)
        v->whole = rq_emit_const(batch->b, t);
    return v->whole;
}

static bool is_batched(const rq_batch *batch, rq_id value)
{
    return at(batch, value)->front != RQ_NONE || at(batch, value)->lead != RQ_NONE;
}

static bool has_lead(const rq_batch *batch, rq_id value)
{
    rq_shape shape = shape_of(batch, value);
    return is_batched(batch, value) && shape.rank > 0 && shape.d[0] == 1;
}

rq_id rq_batch_front(rq_batch *batch, rq_id value)
{
    rq_batched *v = at(batch, value);
    if (v->front == RQ_NONE && v->lead != RQ_NONE)
        v->front = rq_emit_unsqueeze(batch->b, v->lead, (int64_t[]){1}, 1);
    return v->front;
}

static rq_id lead_of(rq_batch *batch, rq_id value)
{
    rq_batched *v = at(batch, value);
    if (v->lead == RQ_NONE) v->lead = rq_emit_squeeze(batch->b, v->front, (int64_t[]){1}, 1);
    return v->lead;
}

/* In the step's form. */
static rq_id input(const step *s, uint32_t k)
{
    rq_id value = s->node->in[k];
    if (!is_batched(s->batch, value)) return whole_of(s->batch, value);
    return s->lead ? lead_of(s->batch, value) : rq_batch_front(s->batch, value);
}

static void set(const step *s, uint32_t k, rq_id value)
{
    rq_batched *v = at(s->batch, s->node->out[k]);
    if (s->lead)
        v->lead = value;
    else
        v->front = value;
}

/* -- emitting --------------------------------------------------------------------------------- */

/* The node's type and opset, its attributes but for one that gets another value (NULL: none). */
static bool emit(const step *s, const rq_id *in, size_t n_in, const char *name, const char *value)
{
    rq_ir_builder *b = s->b;
    const rq_node *node = s->node;
    const char *type = rq_emit_type_of(b, node), *attrs = rq_emit_attrs_of(b, node, name, value);
    if (b->status != RQ_OK) return false;
    if (node->n_out == 1) {
        rq_id y = rq_emit(b, type, in, n_in, "%s", attrs);
        if (y != RQ_NONE) set(s, 0, y);
        return y != RQ_NONE;
    }
    const rq_node *made = rq_emit_node(b, type, in, n_in, node->n_out, "%s", attrs);
    for (uint32_t k = 0; made && k < node->n_out; k++) set(s, k, made->out[k]);
    return made != NULL;
}

/* All inputs in the step's form, but for one. */
static bool emit_with(const step *s, uint32_t other, rq_id value, const char *name,
                      const char *text)
{
    rq_id in[8];
    if (s->node->n_in > 8) return false;
    for (uint32_t k = 0; k < s->node->n_in; k++) in[k] = k == other ? value : input(s, k);
    return emit(s, in, s->node->n_in, name, text);
}

static bool emit_same(const step *s)
{
    return emit_with(s, RQ_NONE, RQ_NONE, NULL, NULL);
}

static bool only_first_is_batched(const step *s)
{
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (is_batched(s->batch, s->node->in[k]) != (k == 0)) return false;
    return true;
}

/* Constant integers of input k. */
static bool ints(const step *s, uint32_t k, int64_t *out, size_t *n)
{
    return k < s->node->n_in &&
           rq_ir_builder_ints(s->batch->body, s->node->in[k], out, RQ_MAX_RANK, n);
}

/* Constant axes of input k, from 0; *first: the first is among them. */
static bool axes(const step *s, uint32_t k, int rank, int64_t *out, size_t *n, bool *first)
{
    if (!ints(s, k, out, n) || rank < 0) return false;
    *first = false;
    for (size_t i = 0; i < *n; i++) {
        if (out[i] < 0) out[i] += rank;
        if (out[i] < 0 || out[i] >= rank) return false;
        *first |= out[i] == 0;
    }
    return true;
}

/* As input k wants them: a scalar where it has been one. */
static rq_id moved_axes(const step *s, uint32_t k, int64_t *at_axes, size_t n)
{
    for (size_t i = 0; i < n && !s->lead; i++) at_axes[i]++;
    bool scalar = rank_of(s, s->node->in[k]) == 0;
    return scalar ? rq_emit_int(s->b, at_axes[0]) : rq_emit_ints(s->b, at_axes, n);
}

/* -- rules ------------------------------------------------------------------------------------ */

/* Element by element, of one batched input. */
static bool unary(step *s)
{
    s->lead = at(s->batch, s->node->in[0])->lead != RQ_NONE;
    return only_first_is_batched(s) && emit_same(s);
}

/* Element by element, of several inputs that broadcast. */
static bool broadcast(step *s)
{
    int rank = rank_of(s, s->node->out[0]);
    rq_id in[8];
    if (s->node->n_in > 8 || rank < 0) return false;
    s->lead = rank > 0 && shape_of(s->batch, s->node->out[0]).d[0] == 1;
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        rq_id value = s->node->in[k];
        rq_shape shape = shape_of(s->batch, value);
        if (shape.rank < 0) return false;
        bool same = shape.rank == rank && shape.d[0] == 1;
        s->lead &= (is_batched(s->batch, value) ? same : shape.rank < rank || same);
    }
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        int missing = rank - rank_of(s, s->node->in[k]);
        int64_t ones[RQ_MAX_RANK];
        in[k] = input(s, k);
        for (int i = 0; i < missing; i++) ones[i] = i + 1;
        if (missing && !s->lead && is_batched(s->batch, s->node->in[k]))
            in[k] = rq_emit_unsqueeze(s->b, in[k], ones, (size_t)missing);
    }
    return emit(s, in, s->node->n_in, NULL, NULL);
}

static bool transpose(step *s)
{
    int64_t order[RQ_MAX_RANK + 1] = {0};
    size_t n;
    if (!only_first_is_batched(s) || !ints(s, 1, order + 1, &n) || !n || n >= RQ_MAX_RANK)
        return false;
    s->lead = has_lead(s->batch, s->node->in[0]) && order[1] == 0;
    for (size_t i = 1; i <= n && !s->lead; i++) order[i]++;
    return emit_with(s, 1, rq_emit_ints(s->b, s->lead ? order + 1 : order, s->lead ? n : n + 1),
                     NULL, NULL);
}

static size_t without_first(int64_t *list, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (list[i] != 0) list[kept++] = list[i];
    return kept;
}

/* Without its first axis, the elements' takes its place. */
static bool squeeze(step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!only_first_is_batched(s) || !axes(s, 1, rank_of(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = has_lead(s->batch, s->node->in[0]);
    if (first && !s->lead) return false;
    rq_id x = input(s, 0);
    for (size_t i = 0; i < n && !s->lead; i++) list[i]++;
    if (first) n = without_first(list, n);
    if (first) s->lead = false;
    set(s, 0, n ? rq_emit_squeeze(s->b, x, list, n) : x);
    return true;
}

/* A first axis of one element is the elements'. */
static bool unsqueeze(step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!only_first_is_batched(s) || !axes(s, 1, rank_of(s, s->node->out[0]), list, &n, &first))
        return false;
    s->lead = !first && at(s->batch, s->node->in[0])->lead != RQ_NONE;
    rq_id x = input(s, 0);
    for (size_t i = 0; i < n && !s->lead && !first; i++) list[i]++;
    if (first) n = without_first(list, n);
    s->lead |= first;
    set(s, 0, n ? rq_emit_unsqueeze(s->b, x, list, n) : x);
    return true;
}

static bool reshape(step *s)
{
    rq_shape from = shape_of(s->batch, s->node->in[0]), to = shape_of(s->batch, s->node->out[0]);
    int64_t dims[RQ_MAX_RANK + 1] = {0}; /* 0: the elements, as they were */
    size_t n = 1, unknown = 0;
    if (!only_first_is_batched(s) || from.rank < 0 || to.rank < 0 || to.rank >= RQ_MAX_RANK)
        return false;
    s->lead = has_lead(s->batch, s->node->in[0]) && to.rank > 0 && to.d[0] == 1;
    for (int i = s->lead ? 1 : 0; i < to.rank; i++) {
        if (to.d[i] == 0) return false;
        unknown += to.d[i] < 0;
        dims[n++] = to.d[i] < 0 ? -1 : to.d[i];
    }
    if (unknown > 1) return false;
    set(s, 0, rq_emit_reshape(s->b, input(s, 0), dims, n));
    return true;
}

/* Reductions, splits and whatever takes its axes from input 1. */
static bool along_axes(step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!only_first_is_batched(s) || !axes(s, 1, rank_of(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = has_lead(s->batch, s->node->in[0]) && !first;
    return emit_with(s, 1, moved_axes(s, 1, list, n), NULL, NULL);
}

static bool slice(step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    if (!only_first_is_batched(s) || !axes(s, 4, rank_of(s, s->node->in[0]), list, &n, &first))
        return false;
    s->lead = has_lead(s->batch, s->node->in[0]) && !first;
    return emit_with(s, 4, moved_axes(s, 4, list, n), NULL, NULL);
}

/* Softmax, Concat: the axis is an attribute. */
static bool along_attribute(step *s)
{
    const char *text = rq_node_attr(s->node, "axis");
    rq_shape shape = shape_of(s->batch, s->node->out[0]);
    int64_t axis;
    if (!text || !rq_parse_i64(text, &axis) || shape.rank < 1) return false;
    if (axis < 0) axis += shape.rank;
    s->lead = axis != 0 && shape.d[0] == 1;
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (!is_batched(s->batch, s->node->in[k])) return false;
    const char *moved = rq_arena_printf(s->b->arena, "%d", (int)axis + (s->lead ? 0 : 1));
    return rq_ir_builder_ok(s->b, moved ? RQ_OK : RQ_ENOMEM) &&
           emit_with(s, RQ_NONE, RQ_NONE, "axis", moved);
}

static bool gather(step *s)
{
    const char *batches = rq_node_attr(s->node, "batch_dims");
    int64_t axis[RQ_MAX_RANK];
    size_t n;
    bool first, data = is_batched(s->batch, s->node->in[0]);
    bool index = is_batched(s->batch, s->node->in[1]);
    if (!axes(s, 2, rank_of(s, s->node->in[0]), axis, &n, &first) || n != 1 ||
        (batches && strcmp(batches, "0") != 0) || data == index)
        return false;
    if (data) {
        s->lead = has_lead(s->batch, s->node->in[0]) && !first;
        return emit_with(s, 2, moved_axes(s, 2, axis, n), NULL, NULL);
    }
    s->lead = at(s->batch, s->node->in[1])->lead != RQ_NONE;
    return first && emit_same(s);
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
static bool strided_slice(step *s)
{
    const rq_node *node = s->node;
    rq_id in[4], zero = RQ_EMIT_INTS(s->b, 0), one = RQ_EMIT_INTS(s->b, 1);
    const char *attrs = "";
    if (!only_first_is_batched(s) || node->n_in < 3 || node->n_in > 4) return false;
    in[0] = input(s, 0);
    for (uint32_t k = 1; k < node->n_in; k++) {
        rq_id rest = rq_emit_convert(s->b, input(s, k), RQ_DT_I64);
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
    set(s, 0, rq_emit(s->b, "StridedSlice-1", in, node->n_in, "%s", attrs));
    return true;
}

static bool pad(step *s)
{
    rq_id in[4], none = RQ_EMIT_INTS(s->b, 0);
    if (!only_first_is_batched(s) || s->node->n_in < 3 || s->node->n_in > 4) return false;
    for (uint32_t k = 0; k < s->node->n_in; k++) {
        in[k] = input(s, k);
        if (k != 1 && k != 2) continue;
        in[k] = rq_emit_convert(s->b, in[k], RQ_DT_I64);
        in[k] = rq_emit(s->b, "Concat-1", RQ_IN(none, in[k]), "axis=0");
    }
    return emit(s, in, s->node->n_in, NULL, NULL);
}

/* Operators on images: the elements are their batch. */
static bool image(step *s)
{
    s->lead = true;
    return s->node->n_out == 1 && only_first_is_batched(s) && has_lead(s->batch, s->node->in[0]) &&
           emit_same(s);
}

/* Images whose axes are the last input, or input 1. */
static bool image_axes(step *s)
{
    int64_t list[RQ_MAX_RANK];
    size_t n;
    bool first;
    return axes(s, s->node->n_in - 1, rank_of(s, s->node->in[0]), list, &n, &first) && !first &&
           image(s);
}

static bool mat_mul(step *s)
{
    int x = rank_of(s, s->node->in[0]), y = rank_of(s, s->node->in[1]);
    bool both = is_batched(s->batch, s->node->in[0]) && is_batched(s->batch, s->node->in[1]);
    bool left = is_batched(s->batch, s->node->in[0]);
    if (x < 2 || y < 2 || (both ? x != y : left ? y > x : x > y)) return false;
    return emit_same(s);
}

/* The sizes of an element. */
static bool shape_of_element(step *s)
{
    rq_id shape = rq_emit_shape_of(s->b, rq_batch_front(s->batch, s->node->in[0]));
    int rank = rank_of(s, s->node->in[0]);
    rq_dtype dtype = rq_ir_builder_dtype(s->batch->body, s->node->out[0]);
    if (rank < 1) return false;
    at(s->batch, s->node->out[0])->whole =
        rq_emit_convert(s->b, rq_emit_slice(s->b, shape, 0, 1, rank + 1, 1), dtype);
    return true;
}

/* -- the table -------------------------------------------------------------------------------- */

static const struct rule {
    const char *type;
    bool (*emit)(step *s);
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
static bool emit_once(step *s)
{
    rq_batch *batch = s->batch;
    for (uint32_t k = 0; k < s->node->n_in; k++)
        if (whole_of(batch, s->node->in[k]) == RQ_NONE) return false;
    if (!emit_same(s)) return false;
    for (uint32_t k = 0; k < s->node->n_out; k++) {
        rq_batched *v = at(batch, s->node->out[k]);
        v->whole = v->front;
        v->front = RQ_NONE;
    }
    return true;
}

bool rq_batch_node(rq_batch *batch, const rq_node *node)
{
    const struct rule *rule = find_rule(node);
    step s = {.batch = batch, .b = batch->b, .node = node};
    bool batched = false;
    if (node->n_out == 1 && whole_of(batch, node->out[0]) != RQ_NONE) return true;
    if (node->n_bodies || !strcmp(node->type, "RandomUniform")) return false;
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (node->in[k] == RQ_NONE) return false;
        batched |= is_batched(batch, node->in[k]);
        if (!is_batched(batch, node->in[k]) && whole_of(batch, node->in[k]) == RQ_NONE)
            return false;
    }
    return (!batched ? emit_once(&s) : rule && rule->emit(&s)) && batch->b->status == RQ_OK;
}
