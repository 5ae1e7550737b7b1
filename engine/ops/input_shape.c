/* Shapes of inputs as people write them. */
#include "engine/ops/bind.h"

#include "engine/base/choice.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

/* "1,3,48,?": sizes from 1 on. Model Optimizer's -1 is no size here: '?' says what is open. */
static bool parse_dims(int64_t dims[RQ_MAX_RANK], size_t *n, char *list)
{
    bool open[RQ_MAX_RANK] = {false};
    size_t at = 0;
    for (char *c = list; *c; c++) {
        if (*c == ',') at++;
        if (*c != '?') continue;
        if (at >= RQ_MAX_RANK) return false;
        open[at] = true;
        *c = '1';
    }
    if (!rq_parse_i64_list(list, dims, RQ_MAX_RANK, n)) return false;
    for (size_t i = 0; i < *n; i++)
        if (dims[i] < 1 || (open[i] && dims[i] != 1)) return false; /* "4?" */
    for (size_t i = 0; i < *n; i++)
        if (open[i]) dims[i] = RQ_DYNAMIC;
    return true;
}

rq_status rq_input_shape_parse(rq_input_shape *out, const char *text, rq_arena *arena)
{
    const char *open = strchr(text, '[');
    size_t length = strlen(text), n = 0;
    int64_t dims[RQ_MAX_RANK];
    if (!open || open == text || text[length - 1] != ']')
        return rq_fail(RQ_EARG, "--shape %s: expected NAME[d,d,...], such as x[1,3,640,640]", text);
    char *name = rq_arena_strndup(arena, text, (size_t)(open - text));
    char *list = rq_arena_strndup(arena, open + 1, length - (size_t)(open - text) - 2);
    const char *typed = rq_arena_strdup(arena, list);
    if (!name || !list || !typed) return RQ_ENOMEM;
    if (!parse_dims(dims, &n, list))
        return rq_fail(RQ_EARG,
                       "--shape %s: found [%s], expected sizes from 1 on, or ? for one that stays "
                       "open, such as [1,3,48,?] (at most %d)",
                       text, typed, RQ_MAX_RANK);
    out->name = name;
    out->shape = rq_shape_make((int)n, dims);
    return rq_shape_check(&out->shape, true, text);
}

static rq_status no_such_input(const rq_graph *graph, const char *name)
{
    rq_id *inputs;
    size_t n;
    const char **names;
    RQ_TRY(rq_graph_list(&inputs, &n, graph, "Parameter"));
    rq_status status = rq_calloc(&names, n, sizeof *names, "names of inputs");
    for (size_t i = 0; status == RQ_OK && i < n; i++) names[i] = graph->nodes[inputs[i]]->name;
    if (status == RQ_OK)
        status = rq_choice_fail(RQ_EARG, name, names, n,
                                "%s: --shape names '%s', which is no input", graph->path, name);
    free(names);
    free(inputs);
    return status;
}

static rq_status check_rank(const rq_graph *graph, const rq_node *input, const rq_shape *given)
{
    char is[RQ_SHAPE_TEXT], was[RQ_SHAPE_TEXT];
    const rq_shape *shape = &graph->values[input->out[0]]->shape;
    if (shape->rank < 0 || shape->rank == given->rank) return RQ_OK;
    return rq_fail(RQ_EARG, "%s: --shape: input '%s' is %s, of %d dimensions, found %s",
                   graph->path, input->name, rq_shape_text(shape, is), shape->rank,
                   rq_shape_text(given, was));
}

rq_status rq_input_shapes_check(const rq_graph *graph, const rq_input_shape *shapes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const rq_node *input = rq_graph_find_parameter(graph, shapes[i].name);
        if (!input) return no_such_input(graph, shapes[i].name);
        RQ_TRY(check_rank(graph, input, &shapes[i].shape));
    }
    return RQ_OK;
}
