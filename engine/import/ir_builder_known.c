/* What is known of values: types, shapes, constants. */
#include "engine/import/ir_builder.h"

#include <inttypes.h>
#include <string.h>

const rq_tensor *rq_ir_builder_sample(const rq_ir_builder *b, rq_id value, int s)
{
    static const rq_tensor unknown = {RQ_DT_UNDEFINED, {-1, {0}}, NULL};
    return b->status == RQ_OK && value != RQ_NONE ? &b->values[value].t[s] : &unknown;
}

rq_dtype rq_ir_builder_dtype(const rq_ir_builder *b, rq_id value)
{
    return rq_ir_builder_sample(b, value, 0)->dtype;
}

rq_shape rq_ir_builder_shape(const rq_ir_builder *b, rq_id value)
{
    rq_shape unknown = {-1, {0}};
    if (b->status != RQ_OK || value == RQ_NONE) return unknown;
    const rq_tensor *t = b->values[value].t;
    rq_shape shape = t[0].shape;
    for (int s = 1; s < RQ_IR_BUILDER_SAMPLES; s++) {
        if (t[s].shape.rank != shape.rank) return unknown;
        for (int i = 0; i < shape.rank; i++)
            if (t[s].shape.d[i] != shape.d[i]) shape.d[i] = RQ_DYNAMIC;
    }
    return shape;
}

int rq_ir_builder_rank(const rq_ir_builder *b, rq_id value)
{
    return rq_ir_builder_shape(b, value).rank;
}

int rq_ir_builder_require_rank(rq_ir_builder *b, rq_id value)
{
    int rank = rq_ir_builder_rank(b, value);
    if (rank < 0)
        rq_ir_builder_fail(
            b, RQ_EUNSUPPORTED,
            "the rank of its input is not known; --input_shape with the shapes of the "
            "model's inputs may help");
    return rank;
}

const rq_tensor *rq_ir_builder_const(const rq_ir_builder *b, rq_id value)
{
    if (b->status != RQ_OK || value == RQ_NONE || !b->values[value].constant) return NULL;
    return &b->values[value].t[0];
}

bool rq_ir_builder_ints(const rq_ir_builder *b, rq_id value, int64_t *out, size_t capacity,
                        size_t *n)
{
    const rq_tensor *t = rq_ir_builder_const(b, value);
    if (!t || t->shape.rank > 1 || rq_tensor_count(t) > capacity) return false;
    *n = rq_tensor_count(t);
    for (size_t i = 0; i < *n; i++) out[i] = rq_load_i64(t->data, t->dtype, i);
    return true;
}

bool rq_ir_builder_require_ints(rq_ir_builder *b, rq_id value, int64_t *out, size_t capacity,
                                size_t *n, const char *what)
{
    *n = 0;
    if (rq_ir_builder_ints(b, value, out, capacity, n)) return true;
    const rq_node *input = value == RQ_NONE ? NULL : rq_value_producer(b->graph, value);
    if (input && !b->outer && !strcmp(input->type, "Parameter"))
        rq_ir_builder_unmapped(b,
                               "its %s: an input of the model, '%s', that has to be constant "
                               "(--freeze_placeholder_with_value '%s->VALUE')",
                               what, input->name, input->name);
    else
        rq_ir_builder_unmapped(b, "its %s: not constant (--input_shape may help)", what);
    return false;
}

double rq_ir_builder_number(const rq_ir_builder *b, rq_id value, double fallback)
{
    const rq_tensor *t = rq_ir_builder_const(b, value);
    return t && rq_tensor_count(t) > 0 ? rq_load_f64(t->data, t->dtype, 0) : fallback;
}

const char *rq_ir_builder_text(rq_ir_builder *b, const int64_t *values, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n && text; i++)
        text = rq_arena_printf(b->arena, "%s%s%" PRId64, text, i ? "," : "", values[i]);
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}
