/* Values of variables as the model's own nodes restore them: RestoreV2 names the entries of the
 * checkpoint, output i is the value of name i, and an assignment leads to the variable. What a
 * variable is called does not tell: Keras 3 numbers its entries, savers of TensorFlow 1 may rename
 * them, and a partitioned variable is a part of an entry. */
#include "engine/import/tensorflow/variables/tf_bundle.h"
#include "engine/import/tensorflow/variables/tf_part.h"

#include <string.h>

#define MAX_STEPS 8 /* between the value restored and its assignment */

static bool is_one_of(const char *op, const char *const *ops)
{
    for (; *ops; ops++)
        if (!strcmp(op, *ops)) return true;
    return false;
}

static bool assigns(const rq_tf_node *node)
{
    static const char *const ops[] = {"Assign", "AssignVariableOp", NULL};
    return node->n_in >= 2 && is_one_of(node->def->op, ops);
}

/* The node that restores the value, and its output. NULL: it comes from elsewhere. */
static const rq_tf_node *find_restore(uint32_t *output, const rq_tf_graph *graph, rq_tf_port at)
{
    static const char *const restoring[] = {"RestoreV2", "Restore", "RestoreSlice", NULL};
    for (int i = 0; i < MAX_STEPS; i++) {
        const rq_tf_node *node = &graph->nodes[at.node];
        *output = at.output;
        if (is_one_of(node->def->op, restoring)) return node;
        if (strcmp(node->def->op, "Identity") || node->n_in < 1) return NULL;
        at = node->in[0];
    }
    return NULL;
}

/* Text i of the constant that input k is; NULL when it is none. */
static const char *text_of(const rq_tf_graph *graph, const rq_tf_node *node, uint32_t k, uint32_t i)
{
    if (k >= node->n_in) return NULL;
    const Tf__NodeDef *def = graph->nodes[node->in[k].node].def;
    const Tf__AttrValue *value = strcmp(def->op, "Const") ? NULL : rq_tf_find_attr(def, "value");
    if (!value || !value->tensor || i >= value->tensor->n_string_val) return NULL;
    const ProtobufCBinaryData *text = &value->tensor->string_val[i];
    return rq_arena_strndup(graph->arena, (const char *)text->data, text->len);
}

/* "10 20 0,5:-": of a value of 10 x 20 elements the part that is the variable. */
static rq_status take_part(rq_tensor *t, rq_tf_graph *graph, const char *shape_and_slice)
{
    const char *slice = strrchr(shape_and_slice, ' ');
    rq_tf_part part;
    rq_tensor whole = *t;
    if (!slice) return RQ_OK;
    RQ_TRY(rq_tf_part_parse(&part, slice + 1, &t->shape, shape_and_slice));
    t->shape = part.size;
    size_t n = rq_tensor_count(t), size = rq_dtype_bits(t->dtype) / 8;
    RQ_TRY(rq_tf_spend(graph, n, size, shape_and_slice));
    t->data = rq_arena_alloc(graph->arena, n, size);
    if (!t->data) return RQ_ENOMEM;
    rq_tf_part_take(t->data, &whole, &part);
    return RQ_OK;
}

static rq_status restore(rq_tf_graph *graph, rq_tf_bundle *bundle, const rq_tf_node *assignment)
{
    uint32_t output;
    const rq_tensor *value = NULL;
    rq_tf_node *variable = &graph->nodes[assignment->in[0].node];
    const rq_tf_node *from = find_restore(&output, graph, assignment->in[1]);
    const char *name = from ? text_of(graph, from, 1, output) : NULL;
    if (!name || variable->value.data) return RQ_OK;
    RQ_TRY(rq_tf_bundle_find(&value, bundle, name));
    if (!value) return RQ_OK;
    rq_tensor t = *value;
    const char *slice = text_of(graph, from, 2, output);
    if (slice) RQ_TRY(take_part(&t, graph, slice));
    variable->value = t;
    return RQ_OK;
}

rq_status rq_tf_restore_variables(rq_tf_graph *graph, rq_tf_bundle *bundle)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (assigns(&graph->nodes[i])) RQ_TRY(restore(graph, bundle, &graph->nodes[i]));
    return RQ_OK;
}
