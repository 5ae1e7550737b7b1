/* The layer being written: its inputs and outputs as ONNX's tensors. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/base/formats/onnx_dtype.h"
#include "engine/ops/attrs.h"

#include <string.h>

static const char *write_constant(rq_to_onnx *w, rq_id value)
{
    const rq_value *v = w->graph->values[value];
    const rq_node *producer = w->graph->nodes[v->producer];
    rq_to_onnx_codes codes;
    rq_to_onnx_groups groups;
    char text[1024];
    if (producer->data)
        return rq_to_onnx_tensor(w, rq_value_name(w->graph, value, text, sizeof text), v->dtype,
                                 v->shape.d, (size_t)v->shape.rank, producer->data);
    if (rq_to_onnx_find_codes(w, value, &codes)) return rq_to_onnx_dequantize_any(w, &codes);
    if (rq_to_onnx_find_groups(w, producer, &groups))
        return rq_to_onnx_dequantize_groups(w, &groups, false);
    return rq_to_onnx_cast(w, rq_to_onnx_tensor_of(w, producer->in[0]), v->dtype);
}

/* Constants are written when they are first read. */
const char *rq_to_onnx_tensor_of(rq_to_onnx *w, rq_id value)
{
    if (w->status != RQ_OK) return "";
    if (!w->names[value] && rq_to_onnx_is_constant(w, rq_value_producer(w->graph, value)))
        w->names[value] = write_constant(w, value);
    if (!w->names[value]) rq_to_onnx_fail(w, "what it reads was not written");
    return w->names[value] ? w->names[value] : "";
}

const char *rq_to_onnx_in(rq_to_onnx *w, uint32_t i)
{
    return rq_to_onnx_has(w, i) ? rq_to_onnx_tensor_of(w, w->node->in[i]) : "";
}

const rq_value *rq_to_onnx_value_in(const rq_to_onnx *w, uint32_t i)
{
    return w->graph->values[w->node->in[i]];
}

const char *rq_to_onnx_cast(rq_to_onnx *w, const char *x, rq_dtype dtype)
{
    x = rq_to_onnx_emit(w, "Cast", RQ_NAMES(x));
    rq_to_onnx_set_int(w, "to", rq_onnx_dtype_number(dtype));
    return x;
}

const char *rq_to_onnx_in_i64(rq_to_onnx *w, uint32_t i)
{
    if (!rq_to_onnx_has(w, i)) return "";
    if (rq_to_onnx_value_in(w, i)->dtype == RQ_DT_I64) return rq_to_onnx_in(w, i);
    int64_t values[1024];
    size_t n;
    if (rq_to_onnx_known_ints(w, i, values, 1024, &n) && rq_to_onnx_value_in(w, i)->shape.rank == 1)
        return rq_to_onnx_ints(w, values, n);
    return rq_to_onnx_cast(w, rq_to_onnx_in(w, i), RQ_DT_I64);
}

const char *rq_to_onnx_in_row(rq_to_onnx *w, uint32_t i)
{
    int64_t values[1024];
    size_t n;
    if (!rq_to_onnx_has(w, i)) return "";
    if (rq_to_onnx_known_ints(w, i, values, 1024, &n)) return rq_to_onnx_ints(w, values, n);
    const char *x = rq_to_onnx_in_i64(w, i);
    if (rq_to_onnx_value_in(w, i)->shape.rank == 1) return x;
    return rq_to_onnx_emit(w, "Reshape", RQ_NAMES(x, rq_to_onnx_ints(w, (const int64_t[]){-1}, 1)));
}

void rq_to_onnx_result_as(rq_to_onnx *w, rq_dtype given, const char *type, const char *const *in,
                          size_t n_in)
{
    rq_dtype dtype = rq_to_onnx_value_out(w, 0)->dtype;
    if (dtype == given) {
        rq_to_onnx_value(w, w->node->out[0], type, in, n_in);
        return;
    }
    const char *x = rq_to_onnx_emit(w, type, in, n_in);
    Onnx__Node *last = w->last;
    rq_to_onnx_value(w, w->node->out[0], "Cast", &x, 1);
    rq_to_onnx_set_int(w, "to", rq_onnx_dtype_number(dtype));
    w->last = last;
}

int rq_to_onnx_rank(rq_to_onnx *w, uint32_t i)
{
    int rank = rq_to_onnx_has(w, i) ? rq_to_onnx_value_in(w, i)->shape.rank : -1;
    if (rank < 0) rq_to_onnx_fail(w, "the rank of input %u is not known", i);
    return rank < 0 ? 0 : rank;
}

int rq_to_onnx_axis(rq_to_onnx *w, uint32_t port, int rank)
{
    int64_t axis = 0;
    size_t n;
    if (!rq_to_onnx_require_ints(w, port, &axis, 1, &n, "the axis")) return 0;
    int normal = 0;
    if (w->status == RQ_OK) rq_to_onnx_ok(w, rq_axis_normalize(&normal, axis, rank, w->node->name));
    return normal;
}

bool rq_to_onnx_is_used(const rq_to_onnx *w, uint32_t output)
{
    return output < w->node->n_out && rq_uses_count(&w->uses, w->node->out[output]) > 0;
}

const rq_node *rq_to_onnx_only_reader(const rq_to_onnx *w, rq_id value)
{
    const rq_use *only = rq_uses_only(&w->uses, value);
    return only ? w->graph->nodes[only->node] : NULL;
}

int64_t rq_to_onnx_attr(const rq_to_onnx *w, const char *name)
{
    return rq_attrs_int(w->op, w->attrs, name);
}

double rq_to_onnx_attr_float(const rq_to_onnx *w, const char *name)
{
    return rq_attrs_float(w->op, w->attrs, name);
}

const rq_ints *rq_to_onnx_attr_ints(const rq_to_onnx *w, const char *name)
{
    return rq_attrs_ints(w->op, w->attrs, name);
}
