/* Making inputs where the user cuts. */
#include "engine/import/cut.h"

#include "engine/import/cut_find.h"
#include "engine/import/framework_model_make.h"

#include <stdlib.h>
#include <string.h>

/* NULL: there is no such constant. */
static const rq_framework_value *find_constant(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_constants; i++)
        if (!strcmp(source->constants[i].name, name)) return &source->constants[i];
    return NULL;
}

/* -- making inputs ------------------------------------------------------------------------- */

/* Readers of a value read another one, in subgraphs too. */
static void rename_uses(rq_framework_model *source, const char *from, const char *to)
{
    for (size_t i = 0; i < source->n_nodes; i++) {
        rq_framework_node *node = &source->nodes[i];
        for (size_t k = 0; k < node->n_in; k++)
            if (!strcmp(node->in[k], from)) node->in[k] = to;
        for (size_t a = 0; a < node->n_attrs; a++)
            if (node->attrs[a].kind == RQ_FRAMEWORK_GRAPH)
                rename_uses(node->attrs[a].graph, from, to);
    }
    for (size_t i = 0; i < source->n_outputs; i++)
        if (!strcmp(source->outputs[i].name, from)) source->outputs[i].name = to;
}

/* Output k of the node comes from outside. */
static rq_status cut_output(const char **made, rq_framework_model *source, rq_framework_node *node,
                            size_t k)
{
    rq_tensor hint = rq_cut_hint_of(source, node->out[k]);
    const char *name = rq_arena_printf(source->arena, "%s/placeholder_out_port_%zu", node->name, k);
    if (!name) return RQ_ENOMEM;
    const char *old = node->out[k];
    node->out[k] = "";
    rename_uses(source, old, name);
    *made = name;
    return rq_framework_model_add_input(source, name, hint.dtype, &hint.shape);
}

/* Input k of the node comes from outside. */
static rq_status cut_input(const char **made, rq_framework_model *source, rq_framework_node *node,
                           size_t k)
{
    rq_tensor hint = rq_cut_hint_of(source, node->in[k]);
    if (rq_cut_find_input(source, node->in[k])) {
        *made = node->in[k]; /* it does already */
        return RQ_OK;
    }
    const char *name = rq_arena_printf(source->arena, "%s/placeholder_port_%zu", node->name, k);
    if (!name) return RQ_ENOMEM;
    node->in[k] = name;
    *made = name;
    return rq_framework_model_add_input(source, name, hint.dtype, &hint.shape);
}

/* -- types, shapes, values ------------------------------------------------------------------- */

/* An input whose type the model says stays of that type inside: what is fed is converted. */
static rq_status set_type(rq_framework_model *source, const char *name, const rq_cut *cut, bool own)
{
    rq_framework_value *input = rq_cut_find_input(source, name);
    bool converted = own && !cut->value && input->tensor.dtype != RQ_DT_UNDEFINED;
    if (cut->dtype != RQ_DT_UNDEFINED)
        *(converted ? &input->fed : &input->tensor.dtype) = cut->dtype;
    if (!cut->has_shape) return RQ_OK;
    if (input->tensor.shape.rank >= 0 && input->tensor.shape.rank != cut->shape.rank) {
        char want[RQ_SHAPE_TEXT], have[RQ_SHAPE_TEXT];
        return rq_fail(RQ_EARG, "%s: input '%s' has shape %s, %s does not fit it", source->path,
                       name, rq_shape_text(&input->tensor.shape, have),
                       rq_shape_text(&cut->shape, want));
    }
    input->tensor.shape = cut->shape;
    input->ranges = cut->ranges;
    return RQ_OK;
}

/* Numbers, True and False; in brackets or not. */
static rq_status parse_values(double **out, size_t *n, rq_arena *arena, const char *text)
{
    char *copy = rq_arena_strdup(arena, text), *rest = NULL;
    *out = rq_arena_alloc(arena, strlen(text) + 1, sizeof **out);
    *n = 0;
    if (!copy || !*out) return RQ_ENOMEM;
    for (char *word = strtok_r(copy, "[], \t", &rest); word;
         word = strtok_r(NULL, "[], \t", &rest)) {
        double *value = &(*out)[(*n)++];
        if (!strcmp(word, "True") || !strcmp(word, "true"))
            *value = 1.0;
        else if (!strcmp(word, "False") || !strcmp(word, "false"))
            *value = 0.0;
        else if (!rq_parse_f64(word, value))
            return rq_fail(RQ_EARG, "'%s': '%s' is no number", text, word);
    }
    return *n ? RQ_OK : rq_fail(RQ_EARG, "'%s': no value", text);
}

static rq_status fill(rq_tensor *t, const rq_framework_model *source, const rq_cut *cut)
{
    double *values;
    size_t n;
    RQ_TRY(parse_values(&values, &n, source->arena, cut->value));
    if (!rq_shape_is_static(&t->shape)) /* a scalar, or a row */
        t->shape = cut->value[0] == '[' ? (rq_shape){1, {(int64_t)n}} : RQ_SHAPE_SCALAR;
    size_t count = rq_shape_count(&t->shape);
    if (rq_dtype_bits(t->dtype) < 8)
        return rq_fail(RQ_EARG, "'%s': a value of that type", cut->name);
    if (n != count && n != 1)
        return rq_fail(RQ_EARG, "'%s': %zu values, its shape has %zu elements", cut->name, n,
                       count);
    t->data = rq_arena_alloc(source->arena, count, rq_dtype_bits(t->dtype) / 8);
    if (!t->data) return RQ_ENOMEM;
    for (size_t i = 0; i < count; i++) rq_store_f64(t->data, t->dtype, i, values[n == 1 ? 0 : i]);
    return RQ_OK;
}

static rq_status freeze(rq_framework_model *source, const char *name, const rq_cut *cut)
{
    rq_framework_value *input = rq_cut_find_input(source, name);
    rq_tensor t = input->tensor;
    RQ_TRY(fill(&t, source, cut));
    RQ_TRY(rq_framework_model_add_constant(source, input->name, &t));
    size_t at = (size_t)(input - source->inputs);
    memmove(input, input + 1, (source->n_inputs - at - 1) * sizeof *input);
    source->n_inputs--;
    return RQ_OK;
}

/* The input comes behind the `placed` ones that are in order already. */
static void put_in_order(rq_framework_model *source, const char *name, size_t *placed)
{
    rq_framework_value *input = rq_cut_find_input(source, name);
    size_t at = (size_t)(input - source->inputs);
    if (at < *placed) return;
    rq_framework_value moved = *input;
    memmove(source->inputs + *placed + 1, source->inputs + *placed, (at - *placed) * sizeof moved);
    source->inputs[(*placed)++] = moved;
}

/* `own`: an input that the model has, not one that was cut. */
static rq_status settle(rq_framework_model *source, const char *name, const rq_cut *cut, bool own,
                        size_t *placed)
{
    RQ_TRY(set_type(source, name, cut, own));
    if (cut->value) return freeze(source, name, cut);
    if (!own && cut->written)
        rq_framework_value_add_name(rq_cut_find_input(source, name), cut->written);
    put_in_order(source, name, placed);
    return RQ_OK;
}

/* -- one cut --------------------------------------------------------------------------------- */

/* The value takes the place of a default: the node's only input, a constant. */
static rq_status freeze_default(rq_framework_model *source, rq_framework_node *node, rq_tensor t,
                                const rq_cut *cut)
{
    const char *name = rq_arena_printf(source->arena, "%s/frozen", node->name);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(fill(&t, source, cut));
    RQ_TRY(rq_framework_model_add_constant(source, name, &t));
    node->in[0] = name;
    return RQ_OK;
}

/* All inputs of a node that are not constant; only one if it gets a shape. */
static rq_status cut_all_inputs(rq_framework_model *source, rq_framework_node *node,
                                const rq_cut *cut, size_t *placed)
{
    size_t n = 0;
    const rq_framework_value *value = node->n_in == 1 ? find_constant(source, node->in[0]) : NULL;
    if (cut->value && value) return freeze_default(source, node, value->tensor, cut);
    for (size_t k = 0; k < node->n_in; k++) {
        const char *made;
        if (!node->in[k][0] || find_constant(source, node->in[k])) continue;
        if (n++ && (cut->has_shape || cut->value))
            return rq_fail(RQ_EARG,
                           "%s: node '%s' (%s) has several inputs: say which one gets the shape, "
                           "as 0:%s",
                           source->path, node->name, node->type, node->name);
        RQ_TRY(cut_input(&made, source, node, k));
        RQ_TRY(settle(source, made, cut, false, placed));
    }
    return n ? RQ_OK
             : rq_fail(RQ_EARG, "%s: node '%s' (%s) has no input that is not constant",
                       source->path, node->name, node->type);
}

static rq_status apply(rq_framework_model *source, const rq_cut *cut, size_t *placed)
{
    const char *made = NULL;
    size_t output;
    rq_framework_node *node = rq_cut_find_node(source, cut->name);
    if (rq_cut_find_input(source, cut->name) && cut->in_port < 0)
        return settle(source, cut->name, cut, true, placed);
    if (cut->in_port >= 0 && node) {
        if ((size_t)cut->in_port >= node->n_in)
            return rq_cut_no_such_port(source, node, "input", cut->in_port, node->n_in);
        RQ_TRY(cut_input(&made, source, node, (size_t)cut->in_port));
    } else if (cut->out_port >= 0 && node) {
        if ((size_t)cut->out_port >= node->n_out)
            return rq_cut_no_such_port(source, node, "output", cut->out_port, node->n_out);
        RQ_TRY(cut_output(&made, source, node, (size_t)cut->out_port));
    } else if (node) {
        return cut_all_inputs(source, node, cut, placed);
    } else if ((node = rq_cut_find_producer(source, cut->name, &output))) {
        RQ_TRY(cut_output(&made, source, node, output));
    } else {
        return rq_cut_no_such_name(source, cut->name);
    }
    return settle(source, made, cut, false, placed);
}

rq_status rq_cut_inputs(rq_framework_model *source, const rq_cut_list *cuts)
{
    size_t placed = 0;
    for (size_t i = 0; i < cuts->n; i++) RQ_TRY(apply(source, &cuts->v[i], &placed));
    return RQ_OK;
}

bool rq_cut_lacks_shapes(const rq_framework_model *source, const rq_cut_list *cuts)
{
    for (size_t i = 0; i < cuts->n; i++) {
        const rq_cut *cut = &cuts->v[i];
        bool own = cut->in_port < 0 && rq_cut_find_input(source, cut->name);
        if (!own && !cut->has_shape && !cut->value) return true;
    }
    return false;
}
