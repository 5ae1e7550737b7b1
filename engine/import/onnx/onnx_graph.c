/* ONNX's graphs: nodes, inputs, outputs, initializers. */
#include "engine/import/framework_model_make.h"
#include "engine/import/onnx/onnx_read.h"

#include <stdlib.h>
#include <string.h>

/* -- nodes ----------------------------------------------------------------------------------- */

static rq_status read_names(const char ***out, size_t *n, rq_onnx_reader *reader, char **names,
                            size_t count, const rq_onnx_call *call)
{
    *out = rq_arena_alloc(reader->arena, count, sizeof **out);
    *n = count;
    for (size_t i = 0; *out && i < count; i++)
        if (!((*out)[i] = rq_onnx_name(reader, call, names[i]))) return RQ_ENOMEM;
    return *out ? RQ_OK : RQ_ENOMEM;
}

static rq_status read_node(rq_framework_node *out, rq_onnx_reader *reader, const Onnx__Node *node,
                           size_t position, const rq_framework_model *source,
                           const rq_onnx_call *call)
{
    const char *domain = node->domain ? node->domain : "";
    *out = (rq_framework_node){.domain = strcmp(domain, "ai.onnx") ? domain : "",
                               .type = node->op_type ? node->op_type : ""};
    if (node->name && node->name[0])
        out->name =
            call ? rq_arena_printf(reader->arena, "%s%s", call->prefix, node->name) : node->name;
    else
        out->name = rq_arena_printf(reader->arena, "%s_%zu", out->type, position);
    if (!out->name) return RQ_ENOMEM;
    RQ_TRY(read_names(&out->in, &out->n_in, reader, node->input, node->n_input, call));
    RQ_TRY(read_names(&out->out, &out->n_out, reader, node->output, node->n_output, call));
    return rq_onnx_read_attrs(out, reader, node->attribute, node->n_attribute, source, call);
}

rq_status rq_onnx_add_node(rq_onnx_nodes *nodes, rq_onnx_reader *reader, const Onnx__Node *node,
                           const rq_framework_model *source, const rq_onnx_call *call)
{
    rq_framework_node read;
    if (reader->nodes_left == 0)
        return rq_fail(RQ_EFORMAT, "%s: its functions expand to more nodes than the file has bytes",
                       reader->path);
    reader->nodes_left--;
    RQ_TRY(read_node(&read, reader, node, nodes->n, source, call));
    const Onnx__Function *function = rq_onnx_find_function(reader, node);
    if (function) return rq_onnx_expand(nodes, reader, function, &read, source, call);
    RQ_TRY(rq_grow(&nodes->v, &nodes->capacity, nodes->n, sizeof *nodes->v, "nodes"));
    nodes->v[nodes->n++] = read;
    return RQ_OK;
}

static rq_status keep_nodes(rq_framework_model *source, const rq_onnx_nodes *nodes)
{
    source->nodes =
        rq_arena_alloc(source->arena, rq_framework_model_room(nodes->n), sizeof *source->nodes);
    if (!source->nodes) return RQ_ENOMEM;
    if (nodes->n) memcpy(source->nodes, nodes->v, nodes->n * sizeof *nodes->v);
    source->n_nodes = nodes->n;
    return RQ_OK;
}

static rq_status read_nodes(rq_framework_model *source, rq_onnx_reader *reader,
                            const Onnx__Graph *graph, const rq_onnx_call *call)
{
    rq_onnx_nodes nodes = {0};
    rq_status status = RQ_OK;
    for (size_t i = 0; i < graph->n_node; i++)
        RQ_TRY_GOTO(rq_onnx_add_node(&nodes, reader, graph->node[i], source, call), done);
    status = keep_nodes(source, &nodes);
done:
    free(nodes.v);
    return status;
}

/* -- values ---------------------------------------------------------------------------------- */

static rq_shape read_dims(const Onnx__TensorShape *shape)
{
    rq_shape out = {-1, {0}};
    if (!shape || shape->n_dim > RQ_MAX_RANK) return out;
    out.rank = (int)shape->n_dim;
    for (int i = 0; i < out.rank; i++) {
        const Onnx__Dimension *dim = shape->dim[i];
        out.d[i] = dim->has_dim_value && dim->dim_value >= 0 ? dim->dim_value : RQ_DYNAMIC;
    }
    return out;
}

/* Sequences and optionals have a type that no tensor has. */
static rq_status read_value(rq_framework_value *out, rq_onnx_reader *reader,
                            const Onnx__ValueInfo *value, const rq_onnx_call *call)
{
    const Onnx__TensorType *type = value->type ? value->type->tensor_type : NULL;
    out->name = rq_onnx_name(reader, call, value->name);
    out->tensor = (rq_tensor){RQ_DT_UNDEFINED, {-1, {0}}, NULL};
    if (!out->name) return RQ_ENOMEM;
    if (!type) return RQ_OK;
    out->tensor.dtype = rq_onnx_dtype(type->elem_type);
    out->tensor.shape = read_dims(type->shape);
    return RQ_OK;
}

static rq_status read_values(rq_framework_value **out, size_t *n, rq_onnx_reader *reader,
                             Onnx__ValueInfo **values, size_t count, const rq_onnx_call *call)
{
    *out = rq_arena_alloc(reader->arena, rq_framework_model_room(count), sizeof **out);
    if (!*out) return RQ_ENOMEM;
    for (size_t i = 0; i < count; i++) RQ_TRY(read_value(&(*out)[i], reader, values[i], call));
    *n = count;
    return RQ_OK;
}

static rq_status read_constants(rq_framework_model *source, rq_onnx_reader *reader,
                                const Onnx__Graph *graph, const rq_onnx_call *call)
{
    size_t n = graph->n_initializer + graph->n_sparse_initializer;
    source->constants =
        rq_arena_alloc(reader->arena, rq_framework_model_room(n), sizeof *source->constants);
    if (!source->constants) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        rq_framework_value *out = &source->constants[i];
        const Onnx__SparseTensor *sparse =
            i < graph->n_initializer ? NULL : graph->sparse_initializer[i - graph->n_initializer];
        const Onnx__Tensor *dense = sparse ? sparse->values : graph->initializer[i];
        out->name = rq_onnx_name(reader, call, dense ? dense->name : NULL);
        if (!out->name) return RQ_ENOMEM;
        RQ_TRY(sparse ? rq_onnx_read_sparse(&out->tensor, reader, sparse, out->name)
                      : rq_onnx_read_tensor(&out->tensor, reader, dense, out->name));
        source->n_constants++;
    }
    return RQ_OK;
}

/* Files before version 4 name their initializers among the inputs too. */
static rq_status drop_constant_inputs(rq_framework_model *source)
{
    rq_map *constants = NULL;
    RQ_TRY(rq_map_create(&constants));
    rq_status status = RQ_OK;
    for (size_t i = 0; i < source->n_constants; i++)
        RQ_TRY_GOTO(rq_map_put(constants, source->constants[i].name, 0), done);
    size_t kept = 0;
    for (size_t i = 0; i < source->n_inputs; i++)
        if (rq_map_get(constants, source->inputs[i].name) == RQ_NONE)
            source->inputs[kept++] = source->inputs[i];
    source->n_inputs = kept;
done:
    rq_map_destroy(&constants);
    return status;
}

/* The newest opset of the format's version, for models that name opsets of other domains only.
 * Source: onnx/docs/Versioning.md. */
static int64_t opset_of_version(int64_t version)
{
    static const int64_t opsets[] = {1, 1, 1, 8, 9, 10, 12, 14, 18, 20, 22, 23};
    const int64_t n = sizeof opsets / sizeof *opsets;
    return opsets[version < 0 ? 0 : version < n ? version : n - 1];
}

rq_status rq_onnx_read_graph(rq_framework_model **out, rq_onnx_reader *reader,
                             const Onnx__Graph *graph, const rq_framework_model *parent,
                             const rq_onnx_call *call)
{
    rq_framework_model *source = rq_arena_alloc(reader->arena, 1, sizeof *source);
    if (!source) return RQ_ENOMEM;
    source->arena = reader->arena;
    source->parent = parent;
    source->framework = rq_framework_onnx;
    source->path = reader->path;
    source->name = graph->name ? graph->name : "";
    source->opset = parent ? parent->opset : opset_of_version(reader->model->ir_version);
    for (size_t i = 0; !parent && i < reader->model->n_opset_import; i++) {
        const Onnx__OperatorSetId *id = reader->model->opset_import[i];
        if (!id->domain || !id->domain[0] || !strcmp(id->domain, "ai.onnx"))
            source->opset = id->version;
    }
    RQ_TRY(read_constants(source, reader, graph, call));
    RQ_TRY(read_values(&source->inputs, &source->n_inputs, reader, graph->input, graph->n_input,
                       call));
    RQ_TRY(read_values(&source->outputs, &source->n_outputs, reader, graph->output, graph->n_output,
                       call));
    RQ_TRY(read_values(&source->hints, &source->n_hints, reader, graph->value_info,
                       graph->n_value_info, call));
    RQ_TRY(drop_constant_inputs(source));
    RQ_TRY(read_nodes(source, reader, graph, call));
    *out = source;
    return RQ_OK;
}
