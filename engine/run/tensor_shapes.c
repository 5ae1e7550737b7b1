#include "engine/run/tensor_shapes.h"

#include <string.h>

bool rq_tensor_shapes_complete(rq_shape *out, const rq_shape *array, const rq_shape *pattern)
{
    int missing = pattern->rank < 0 ? 0 : pattern->rank - array->rank;
    if (missing < 0) return false;
    out->rank = array->rank + missing;
    for (int i = 0; i < out->rank; i++) {
        out->d[i] = i < missing ? 1 : array->d[i - missing];
        if (pattern->rank >= 0 && pattern->d[i] != RQ_DYNAMIC && pattern->d[i] != out->d[i])
            return false;
    }
    return true;
}

static bool is_parameter(const rq_node *node)
{
    return node && !strcmp(node->type, "Parameter");
}

bool rq_tensor_shapes_is_open(const rq_graph *graph, const rq_node *parameter,
                              const rq_input_shape *shapes, size_t n)
{
    if (rq_shape_is_static(&graph->values[parameter->out[0]]->shape)) return false;
    for (size_t i = 0; i < n; i++)
        if (rq_parameter_is_named(graph, parameter, shapes[i].name)) return false;
    return true;
}

static const rq_node *find_only_parameter(const rq_graph *graph)
{
    const rq_node *only = NULL;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        if (!is_parameter(graph->nodes[i])) continue;
        if (only) return NULL;
        only = graph->nodes[i];
    }
    return only;
}

const rq_node *rq_tensor_shapes_input(const rq_graph *graph, const rq_input_shape *shape,
                                      const rq_graph *of)
{
    const rq_node *named = rq_graph_find_parameter(graph, shape->name);
    const rq_node *only = named ? NULL : find_only_parameter(graph);
    rq_shape whole;
    if (!only || !find_only_parameter(of)) return named;
    bool fits =
        rq_tensor_shapes_complete(&whole, &shape->shape, &graph->values[only->out[0]]->shape);
    return fits && whole.rank == shape->shape.rank ? only : NULL;
}

/* Those that `of` has itself. */
static size_t add_static(rq_input_shape *out, size_t kept, size_t room, const rq_graph *graph,
                         const rq_graph *of)
{
    for (size_t i = 0; i < of->n_nodes && kept < room; i++) {
        const rq_node *node = of->nodes[i];
        if (!is_parameter(node)) continue;
        const rq_input_shape own = {node->name, of->values[node->out[0]]->shape};
        if (!rq_shape_is_static(&own.shape)) continue;
        const rq_node *input = rq_tensor_shapes_input(graph, &own, of);
        if (input && rq_tensor_shapes_is_open(graph, input, out, kept))
            out[kept++] = (rq_input_shape){input->name, own.shape};
    }
    return kept;
}

size_t rq_tensor_shapes_for(rq_input_shape *out, size_t room, const rq_graph *graph,
                            const rq_input_shape *shapes, size_t n, const rq_graph *of)
{
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < room; i++) {
        const rq_node *input = rq_tensor_shapes_input(graph, &shapes[i], of);
        if (input) out[kept++] = (rq_input_shape){input->name, shapes[i].shape};
    }
    return add_static(out, kept, room, graph, of);
}

const rq_tensor *rq_tensor_shapes_array(const rq_arrays *arrays, const rq_graph *graph,
                                        const rq_node *parameter, bool only)
{
    for (size_t i = 0; i < arrays->n; i++)
        if (rq_parameter_is_named(graph, parameter, arrays->names[i])) return &arrays->arrays[i];
    return only && arrays->n == 1 ? &arrays->arrays[0] : NULL;
}

static bool is_open(const rq_graph *graph, const rq_node *node, const rq_input_shape *shapes,
                    size_t n)
{
    return is_parameter(node) && rq_tensor_shapes_is_open(graph, node, shapes, n);
}

size_t rq_tensor_shapes_open(const rq_graph *graph, const rq_input_shape *shapes, size_t n)
{
    size_t open = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) open += is_open(graph, graph->nodes[i], shapes, n);
    return open;
}

static void take_shapes(rq_input_shape *shapes, size_t *n, const rq_graph *graph,
                        const rq_arrays *arrays, size_t room)
{
    bool only = rq_tensor_shapes_open(graph, shapes, *n) == 1;
    for (size_t i = 0; i < graph->n_nodes && *n < room; i++) {
        const rq_node *node = graph->nodes[i];
        if (!is_open(graph, node, shapes, *n)) continue;
        const rq_tensor *array = rq_tensor_shapes_array(arrays, graph, node, only);
        rq_shape shape;
        if (array &&
            rq_tensor_shapes_complete(&shape, &array->shape, &graph->values[node->out[0]]->shape))
            shapes[(*n)++] = (rq_input_shape){node->name, shape};
    }
}

rq_status rq_tensor_shapes_take(rq_input_shape *shapes, size_t *n, size_t room,
                                const rq_graph *graph, const rq_sample *sample)
{
    rq_arrays arrays;
    if (sample->arrays) {
        take_shapes(shapes, n, graph, sample->arrays, room);
        return RQ_OK;
    }
    RQ_TRY(rq_arrays_read(&arrays, sample->path));
    take_shapes(shapes, n, graph, &arrays, room);
    rq_arrays_free(&arrays);
    return RQ_OK;
}
