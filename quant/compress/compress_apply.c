#include "quant/compress/compress_apply.h"

#include "engine/base/mem.h"
#include "quant/compress/compress_source.h"
#include "quant/layers/graph_edit.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct builder {
    rq_graph *graph;
    const rq_plan_compressed *c;
    const char *name;   /* of the weights */
    rq_dtype dtype;     /* that the chain computes in */
    rq_shape codes;     /* of the codes, */
    rq_shape scales;    /* of scales and zero points, */
    const rq_shape *to; /* and of the weights */
} builder;

/* Outputs are the last axis of a matrix. */
static bool is_transposed(const rq_weight_layout *l)
{
    return l->output_stride == 1;
}

static void choose_shapes(builder *b)
{
    const rq_compressed *codes = &b->c->codes;
    const rq_weight_layout *l = &b->c->layout;
    int64_t groups = (int64_t)codes->groups, size = (int64_t)codes->scheme.group_size;
    int64_t outputs = (int64_t)l->outputs;
    b->codes = *b->to;
    b->scales = l->scale_shape;
    if (codes->groups == 1) return;
    b->codes = is_transposed(l) ? (rq_shape){3, {groups, size, outputs}}
                                : (rq_shape){3, {outputs, groups, size}};
    b->scales = b->codes;
    b->scales.d[is_transposed(l) ? 1 : 2] = 1;
}

/* Where scale `group` of channel `c` is stored. */
static size_t scale_at(const builder *b, size_t c, size_t group)
{
    const rq_compressed *codes = &b->c->codes;
    return is_transposed(&b->c->layout) ? group * codes->channels + c : c * codes->groups + group;
}

static const char *part_name(const builder *b, const char *part)
{
    return rq_arena_printf(b->graph->arena, "%s/%s", b->name, part);
}

/* n codes as a constant of their type: zero points. */
static rq_status add_stored(rq_id *out, builder *b, const char *name, const int8_t *codes, size_t n,
                            const rq_shape *shape)
{
    const rq_compress_scheme *scheme = &b->c->codes.scheme;
    int add = scheme->asymmetric ? 1 << (scheme->bits - 1) : 0;
    rq_dtype dtype = rq_compressed_dtype(scheme);
    size_t bytes;
    void *packed;
    rq_node *node;
    if (!rq_dtype_bytes(&bytes, dtype, n)) return rq_fail_memory(SIZE_MAX, "codes");
    RQ_TRY(rq_calloc(&packed, bytes, 1, "codes"));
    for (size_t i = 0; i < n; i++) rq_store_i64(packed, dtype, i, codes[i] + add);
    rq_status status = rq_graph_add_const(&node, b->graph, name, dtype, shape, packed);
    free(packed);
    if (status == RQ_OK) *out = node->out[0];
    return status;
}

static rq_status add_codes(rq_id *out, builder *b)
{
    rq_source source;
    rq_node *node;
    RQ_TRY(
        rq_compressed_source(&source, &b->c->codes, &b->c->layout, b->c->weights, b->graph->arena));
    RQ_TRY(rq_graph_add_source(&node, b->graph, b->name, rq_compressed_dtype(&b->c->codes.scheme),
                               &b->codes, &source));
    *out = node->out[0];
    return RQ_OK;
}

static rq_status add_convert(rq_id *value, builder *b, const char *name, rq_dtype to,
                             const rq_shape *shape)
{
    rq_node *node;
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_edit_node(&node, b->graph, name, "Convert", "opset1", value, 1, to, shape));
    *value = node->out[0];
    return rq_node_set_attr(b->graph, node, "destination_type", rq_dtype_name(to));
}

/* *value (by) other */
static rq_status add_binary(rq_id *value, builder *b, const char *type, const char *name,
                            rq_id other)
{
    rq_node *node;
    const rq_id in[2] = {*value, other};
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_edit_node(&node, b->graph, name, type, "opset1", in, 2, b->dtype, &b->codes));
    *value = node->out[0];
    return rq_node_set_attr(b->graph, node, "auto_broadcast", "numpy");
}

static rq_status subtract_zero_points(rq_id *value, builder *b)
{
    const rq_compressed *codes = &b->c->codes;
    int8_t *stored = rq_arena_alloc(b->graph->arena, codes->channels * codes->groups, 1);
    const char *name = part_name(b, "zero_point");
    rq_id zero;
    if (!stored || !name) return RQ_ENOMEM;
    for (size_t c = 0; c < codes->channels; c++)
        for (size_t g = 0; g < codes->groups; g++)
            stored[scale_at(b, c, g)] = codes->zero_points[c * codes->groups + g];
    RQ_TRY(add_stored(&zero, b, name, stored, codes->channels * codes->groups, &b->scales));
    RQ_TRY(add_convert(&zero, b, part_name(b, "zero_point/convert"), b->dtype, &b->scales));
    return add_binary(value, b, "Subtract", part_name(b, "zero_point/subtract"), zero);
}

static rq_status multiply_scales(rq_id *value, builder *b, const char *name)
{
    const rq_compressed *codes = &b->c->codes;
    size_t n = codes->channels * codes->groups;
    float *stored = rq_arena_alloc(b->graph->arena, n, sizeof *stored);
    uint16_t *half = rq_arena_alloc(b->graph->arena, n, sizeof *half);
    const char *scale_name = part_name(b, "scale");
    rq_node *node;
    if (!stored || !half || !scale_name) return RQ_ENOMEM;
    for (size_t c = 0; c < codes->channels; c++)
        for (size_t g = 0; g < codes->groups; g++)
            stored[scale_at(b, c, g)] = codes->scales[c * codes->groups + g];
    for (size_t i = 0; i < n; i++) half[i] = rq_f32_to_f16(stored[i]);
    RQ_TRY(rq_graph_add_const(&node, b->graph, scale_name, b->dtype, &b->scales,
                              codes->half ? (const void *)half : stored));
    return add_binary(value, b, "Multiply", name, node->out[0]);
}

static rq_status reshape(rq_id *value, builder *b, const char *name)
{
    const rq_shape shape = {1, {b->to->rank}};
    const char *shape_name = rq_arena_printf(b->graph->arena, "%s/shape", name);
    rq_node *target, *node;
    if (!shape_name) return RQ_ENOMEM;
    RQ_TRY(rq_graph_add_const(&target, b->graph, shape_name, RQ_DT_I64, &shape, b->to->d));
    const rq_id in[2] = {*value, target->out[0]};
    RQ_TRY(rq_graph_edit_node(&node, b->graph, name, "Reshape", "opset1", in, 2, b->dtype, b->to));
    *value = node->out[0];
    return rq_node_set_attr(b->graph, node, "special_zero", "false");
}

/* The name of the weights goes to the codes, as with NNCF. */
static rq_status take_name(builder *b, rq_node *source)
{
    const char *old;
    b->name = rq_arena_strdup(b->graph->arena, source->name);
    if (!b->name || !(old = part_name(b, "float"))) return RQ_ENOMEM;
    return rq_graph_rename(b->graph, source, old);
}

static rq_status build(rq_id *out, builder *b)
{
    const rq_compressed *codes = &b->c->codes;
    const char *name =
        rq_arena_printf(b->graph->arena, "%s/fq_weights_%u", b->name, b->c->uses[0].point.port);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(add_codes(out, b));
    RQ_TRY(add_convert(out, b, part_name(b, "convert"), b->dtype, &b->codes));
    if (codes->scheme.asymmetric) RQ_TRY(subtract_zero_points(out, b));
    RQ_TRY(multiply_scales(out, b, name));
    if (codes->groups > 1)
        RQ_TRY(reshape(out, b, rq_arena_printf(b->graph->arena, "%s/reshape", name)));
    if (!codes->half) return RQ_OK;
    return add_convert(out, b, rq_arena_printf(b->graph->arena, "%s/convert", name), RQ_DT_F32,
                       b->to);
}

rq_status rq_compressed_apply(rq_graph *graph, const rq_plan_compressed *c)
{
    builder b = {
        .graph = graph, .c = c, .dtype = c->codes.half ? RQ_DT_F16 : RQ_DT_F32, .to = &c->shape};
    rq_id weights;
    choose_shapes(&b);
    RQ_TRY(take_name(&b, graph->nodes[c->source]));
    RQ_TRY(build(&weights, &b));
    for (size_t u = 0; u < c->n_uses; u++) {
        const rq_weight_point *point = &c->uses[u].point;
        graph->nodes[point->node]->in[point->port] = weights;
    }
    return RQ_OK;
}
