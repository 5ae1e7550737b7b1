/* Variables whose names are lost: a function of Keras written as a graph reads them from inputs
 * called "resource". What reads the value tells which one it is, and of which layer: Keras names
 * a layer's operators "<model>/<layer>/<Operator>" and its variables "<layer>/<role>". */
#include "engine/import/tensorflow/variables/tf_bundle.h"

#include <string.h>

static const struct {
    const char *op;
    uint32_t input;
    const char *role;
} roles[] = {
    {"BiasAdd", 1, "bias"},
    {"Conv1D", 1, "kernel"},
    {"Conv2D", 1, "kernel"},
    {"Conv2DBackpropInput", 1, "kernel"},
    {"Conv3D", 1, "kernel"},
    {"DepthwiseConv2dNative", 1, "depthwise_kernel"},
    {"FusedBatchNormV3", 1, "gamma"},
    {"FusedBatchNormV3", 2, "beta"},
    {"FusedBatchNormV3", 3, "moving_mean"},
    {"FusedBatchNormV3", 4, "moving_variance"},
    {"MatMul", 1, "kernel"},
};

static const char *find_role(const char *op, uint32_t input)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].input == input && !strcmp(roles[i].op, op)) return roles[i].role;
    return NULL;
}

static bool is_resource(const rq_tf_node *node)
{
    const Tf__AttrValue *dtype = rq_tf_find_attr(node->def, "dtype");
    return !strcmp(node->def->op, "Placeholder") && dtype &&
           dtype->type == TF__DATA_TYPE__DT_RESOURCE && !node->value.data;
}

/* "model/conv2d/Conv2D": the variable is "model/conv2d/kernel" or "conv2d/kernel". */
static rq_status find_variable(const rq_tensor **out, rq_tf_bundle *bundle, const char *reader,
                               const char *role)
{
    const char *own = strrchr(reader, '/');
    *out = NULL;
    while (own && !*out) {
        const char *name =
            rq_arena_printf(bundle->graph->arena, "%.*s/%s", (int)(own - reader), reader, role);
        if (!name) return RQ_ENOMEM;
        RQ_TRY(rq_tf_bundle_find(out, bundle, name));
        const char *next = memchr(reader, '/', (size_t)(own - reader));
        if (!next) break;
        reader = next + 1;
    }
    return RQ_OK;
}

static rq_status freeze_input(rq_tf_graph *graph, rq_tf_bundle *bundle, const rq_tf_node *reader,
                              uint32_t input)
{
    const char *role = find_role(reader->def->op, input);
    const rq_tf_node *read = &graph->nodes[reader->in[input].node];
    const rq_tensor *value;
    if (!role || strcmp(read->def->op, "ReadVariableOp") || read->n_in != 1) return RQ_OK;
    rq_tf_node *resource = &graph->nodes[read->in[0].node];
    if (!is_resource(resource)) return RQ_OK;
    RQ_TRY(find_variable(&value, bundle, reader->name, role));
    if (value) resource->value = *value;
    return RQ_OK;
}

rq_status rq_tf_freeze_keras_variables(rq_tf_graph *graph, rq_tf_bundle *bundle)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        for (uint32_t k = 0; k < graph->nodes[i].n_in; k++)
            RQ_TRY(freeze_input(graph, bundle, &graph->nodes[i], k));
    return RQ_OK;
}
