#include "engine/workbench/search/logits.h"

#include "engine/base/mem.h"
#include "engine/ops/operators.h"

static const rq_node *softmax_above(const rq_graph *graph, const rq_node *result)
{
    const rq_node *node = rq_value_producer(graph, result->in[0]);
    return rq_node_is(node, &rq_op_SoftMax) && node->in[0] != RQ_NONE ? node : NULL;
}

rq_status rq_logits_list(uint8_t **observed, const rq_graph *graph)
{
    RQ_TRY(rq_calloc(observed, graph->n_values, 1, "watched values"));
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node || !rq_node_is(node, &rq_op_Result)) continue;
        const rq_node *softmax = softmax_above(graph, node);
        if (softmax) (*observed)[softmax->in[0]] = 1;
    }
    return RQ_OK;
}

static bool is_one_row(const rq_shape *shape)
{
    int longer = 0;
    for (int d = 0; d < shape->rank; d++) longer += shape->d[d] != 1;
    return longer == 1;
}

rq_id rq_logits_of(const rq_model *model, size_t i)
{
    const rq_node *softmax = softmax_above(rq_model_graph(model), rq_model_output_node(model, i));
    return softmax && is_one_row(&rq_model_output(model, i)->shape) ? softmax->in[0] : RQ_NONE;
}

void rq_logits_centre(float *out, const float *logits, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += logits[i];
    for (size_t i = 0; i < n; i++) out[i] = (float)(logits[i] - sum / (double)n);
}
