#include "engine/export/onnx/to_onnx_channels.h"

#include "engine/base/arena.h"
#include "engine/export/onnx/to_onnx_range.h"
#include "engine/ops/operators.h"
#include "engine/ops/quantized_pattern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct folder {
    rq_graph *graph;
    rq_uses uses;
    rq_node *quantizer;
    size_t n; /* channels, along axis 1 */
    float *scale, *inverse, *zero;
    bool same_zero;
} folder;

static const float *constant(const folder *f, rq_id value, size_t n)
{
    const rq_node *node = rq_value_producer(f->graph, value);
    const rq_value *v = f->graph->values[value];
    bool fits = node->data && v->dtype == RQ_DT_F32 && rq_shape_count(&v->shape) == n;
    return fits ? node->data : NULL;
}

/* Of ranges per channel in which 0 has a code, those of the input those of the output. */
static bool read_quantizer(folder *f, rq_node *node)
{
    const float *r[4];
    if (!rq_node_is(node, &rq_op_FakeQuantize)) return false;
    const rq_value *x = f->graph->values[node->in[0]], *range = f->graph->values[node->in[1]];
    if (x->shape.rank < 3 || range->shape.rank < 1 || !rq_shape_is_static(&range->shape))
        return false;
    f->n = rq_shape_count(&range->shape);
    int axis = 1 - (x->shape.rank - range->shape.rank);
    if (f->n < 2 || axis < 0 || range->shape.d[axis] != (int64_t)f->n) return false;
    for (uint32_t i = 0; i < 4; i++)
        if (!(r[i] = constant(f, node->in[i + 1], f->n))) return false;
    f->quantizer = node;
    float *all = rq_arena_alloc(f->graph->arena, 3 * f->n, sizeof *all);
    if (!all || memcmp(r[0], r[2], f->n * 4) || memcmp(r[1], r[3], f->n * 4)) return false;
    f->scale = all;
    f->inverse = all + f->n;
    f->zero = all + 2 * f->n;
    f->same_zero = true;
    for (size_t c = 0; c < f->n; c++) {
        int zero;
        if (!rq_to_onnx_code_of_zero(&zero, r[0][c], r[1][c])) return false;
        f->scale[c] = rq_to_onnx_code_scale(r[0][c], r[1][c]);
        f->inverse[c] = 1.0F / f->scale[c];
        f->zero[c] = (float)zero;
        f->same_zero = f->same_zero && f->zero[c] == f->zero[0];
    }
    return true;
}

/* -- editing ---------------------------------------------------------------------------------- */

static rq_status add_floats(rq_id *out, rq_graph *graph, const char *owner, const char *what,
                            const rq_shape *shape, const float *data)
{
    rq_node *node;
    const char *name = rq_arena_printf(graph->arena, "%s/%s", owner, what);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_const(&node, graph, name, RQ_DT_F32, shape, data));
    *out = node->out[0];
    return RQ_OK;
}

/* An input that is a constant of one value per channel gets each multiplied. */
static rq_status scale_input(folder *f, rq_node *node, uint32_t port, const float *factors)
{
    const float *old = constant(f, node->in[port], f->n);
    const rq_shape shape = f->graph->values[node->in[port]]->shape;
    float *data = rq_arena_alloc(f->graph->arena, f->n, sizeof *data);
    if (!data) return RQ_ENOMEM;
    for (size_t c = 0; c < f->n; c++) data[c] = old[c] * factors[c];
    return add_floats(&node->in[port], f->graph, node->name, "per_channel", &shape, data);
}

/* A layer of x and one constant per channel, in front of all that read `x` but itself. */
static rq_status insert(folder *f, rq_id x, const char *type, const float *data, rq_id *out)
{
    const rq_value *v = f->graph->values[x];
    rq_shape shape = {v->shape.rank, {0}};
    rq_node *node;
    for (int d = 0; d < shape.rank; d++) shape.d[d] = d == 1 ? (int64_t)f->n : 1;
    const char *name = rq_arena_printf(f->graph->arena, "%s/%s", f->quantizer->name, type);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_node(&node, f->graph, name, type, "opset1", 2, 1));
    node->in[0] = x;
    RQ_TRY(add_floats(&node->in[1], f->graph, name, "per_channel", &shape, data));
    *out = node->out[0];
    f->graph->values[*out]->dtype = v->dtype;
    f->graph->values[*out]->shape = v->shape;
    return RQ_OK;
}

/* -- behind ------------------------------------------------------------------------------------ */

/* The Multiply that gives a layer's weights from codes, with a scale per output channel, and which
 * input that is; NULL if the layer has none of its own. */
static rq_node *scaled_weights(const folder *f, const rq_node *layer, uint32_t *port)
{
    rq_quantized_pattern p;
    const rq_op *op = rq_op_find(layer->type);
    bool convolution = op && (op->weights == RQ_WEIGHTS_OIK || op->weights == RQ_WEIGHTS_GOIK);
    if (!convolution) return NULL;
    rq_node *multiply = rq_value_producer(f->graph, layer->in[1]);
    if (!rq_uses_only(&f->uses, layer->in[1]) || !rq_quantized_pattern_find(&p, f->graph, multiply))
        return NULL;
    *port = multiply->in[0] == p.scale ? 0 : 1;
    return constant(f, p.scale, f->n) ? multiply : NULL;
}

static bool is_depthwise(const folder *f, const rq_node *node)
{
    const rq_shape *s = &f->graph->values[node->in[1]]->shape;
    return rq_node_is(node, &rq_op_GroupConvolution) && s->rank > 3 && s->d[0] == (int64_t)f->n &&
           s->d[1] == 1 && s->d[2] == 1;
}

static bool all_take_scales(const folder *f, rq_id value)
{
    uint32_t port;
    for (uint32_t u = f->uses.first[value]; u < f->uses.first[value + 1]; u++) {
        const rq_node *reader = f->graph->nodes[f->uses.uses[u].node];
        if (f->uses.uses[u].port != 0 || !is_depthwise(f, reader) ||
            !scaled_weights(f, reader, &port))
            return false;
    }
    return f->same_zero;
}

static rq_status multiply_behind(folder *f)
{
    rq_id out = f->quantizer->out[0], x = out;
    uint32_t port;
    if (all_take_scales(f, out)) {
        for (uint32_t u = f->uses.first[out]; u < f->uses.first[out + 1]; u++) {
            rq_node *w = scaled_weights(f, f->graph->nodes[f->uses.uses[u].node], &port);
            RQ_TRY(scale_input(f, w, port, f->scale));
        }
        return RQ_OK;
    }
    if (!f->same_zero) RQ_TRY(insert(f, x, "Subtract", f->zero, &x));
    RQ_TRY(insert(f, x, "Multiply", f->scale, &x));
    for (uint32_t u = f->uses.first[out]; u < f->uses.first[out + 1]; u++)
        f->graph->nodes[f->uses.uses[u].node]->in[f->uses.uses[u].port] = x;
    return RQ_OK;
}

/* -- before ------------------------------------------------------------------------------------ */

/* What the codes clip already: nothing of it is seen behind them. */
static bool is_implied(const folder *f, const rq_node *node)
{
    const char *low = rq_node_attr(node, "min"), *high = rq_node_attr(node, "max");
    if (!rq_node_is(node, &rq_op_Clamp) || !low || !high || strtod(low, NULL) > 0.0) return false;
    for (size_t c = 0; c < f->n; c++)
        if (f->zero[c] != 0.0F || f->scale[c] * RQ_TO_ONNX_MAX_CODE > strtof(high, NULL) * 1.0001F)
            return false;
    return true;
}

/* The layers above, each read by the next only, whose output may be divided by dividing weights and
 * bias: the convolution is found last. */
typedef struct chain {
    rq_node *bias, *weights;
    uint32_t bias_port, weights_port;
    bool clamped;
} chain;

static bool find_chain(const folder *f, chain *out)
{
    rq_id value = f->quantizer->in[0];
    *out = (chain){0};
    for (;;) {
        rq_node *node = rq_value_producer(f->graph, value);
        const rq_op *op = rq_op_find(node->type);
        if (!rq_uses_only(&f->uses, value) || !op || node->n_in == 0) return false;
        bool implied = !out->clamped && value == f->quantizer->in[0] && is_implied(f, node);
        if (implied) {
            out->clamped = true;
        } else if (rq_node_is(node, &rq_op_Add) && !out->bias) {
            out->bias_port = constant(f, node->in[1], f->n) ? 1 : 0;
            if (!constant(f, node->in[out->bias_port], f->n)) return false;
            out->bias = node;
        } else if (op->role == RQ_ROLE_WEIGHTED) {
            out->weights = scaled_weights(f, node, &out->weights_port);
            return out->weights != NULL && f->same_zero;
        } else if (!rq_node_is(node, &rq_op_ReLU)) {
            return false;
        }
        value = node->in[out->bias == node ? 1 - out->bias_port : 0];
    }
}

static rq_status divide_before(folder *f)
{
    chain c;
    rq_id x = f->quantizer->in[0];
    if (find_chain(f, &c)) {
        if (c.clamped) f->quantizer->in[0] = rq_value_producer(f->graph, x)->in[0];
        if (c.bias) RQ_TRY(scale_input(f, c.bias, c.bias_port, f->inverse));
        return scale_input(f, c.weights, c.weights_port, f->inverse);
    }
    RQ_TRY(insert(f, x, "Multiply", f->inverse, &x));
    if (!f->same_zero) RQ_TRY(insert(f, x, "Add", f->zero, &x));
    f->quantizer->in[0] = x;
    return RQ_OK;
}

/* -- all -------------------------------------------------------------------------------------- */

static rq_status set_range(folder *f)
{
    float low = f->same_zero ? -f->zero[0] : 0.0F, high = low + RQ_TO_ONNX_MAX_CODE;
    for (uint32_t i = 1; i < 5; i++)
        RQ_TRY(add_floats(&f->quantizer->in[i], f->graph, f->quantizer->name, "range",
                          &RQ_SHAPE_SCALAR, i % 2 ? &low : &high));
    return RQ_OK;
}

rq_status rq_to_onnx_fold_channels(rq_graph *graph)
{
    folder f = {.graph = graph};
    rq_status status = RQ_OK;
    size_t n = graph->n_nodes;
    for (size_t i = 0; status == RQ_OK && i < n; i++) {
        if (!graph->nodes[i] || !read_quantizer(&f, graph->nodes[i])) continue;
        status = rq_uses_create(&f.uses, graph);
        if (status == RQ_OK) status = multiply_behind(&f);
        if (status == RQ_OK) status = divide_before(&f);
        if (status == RQ_OK) status = set_range(&f);
        rq_uses_free(&f.uses);
    }
    return status == RQ_OK ? rq_graph_prune(graph) : status;
}
