#include "engine/import/prepare_step.h"

#include "engine/base/numbers.h"

#include <string.h>

#define MAX_CHANNELS 256

/* -- numbers by input ------------------------------------------------------------------------ */

typedef struct numbers {
    double v[MAX_CHANNELS];
    size_t n;
} numbers;

/* "name(numbers)": the next of them, from *at on. */
typedef struct part {
    const char *name, *begin, *end;
    size_t length; /* of the name */
} part;

static bool next_part(part *out, const char **at)
{
    const char *open = *at + strcspn(*at, "(["), *close = open + strcspn(open, ")]");
    if (!*open) return false;
    *out = (part){*at, open + 1, close, (size_t)(open - *at)};
    *at = *close ? close + 1 : close;
    *at += strspn(*at, ", ");
    return true;
}

static size_t count_unnamed(const char *text)
{
    part p;
    size_t n = 0;
    while (next_part(&p, &text)) n += p.length == 0;
    return n;
}

bool rq_prepare_part(const rq_prepare_step *s, const char *text, const char **begin,
                     const char **end)
{
    part p;
    size_t unnamed = 0, n_unnamed = count_unnamed(text);
    while (next_part(&p, &text)) {
        bool mine = p.length ? p.length == strlen(s->name) && !strncmp(p.name, s->name, p.length)
                             : n_unnamed == 1 || unnamed++ == s->place;
        if (!mine) continue;
        *begin = p.begin;
        *end = p.end;
        return true;
    }
    return false;
}

/* `key`: the option, for messages. */
static rq_status read_numbers(numbers *out, const rq_prepare_step *s, const char *key,
                              const char *text)
{
    const char *begin, *end;
    out->n = 0;
    if (!text) return RQ_OK;
    begin = text;
    end = text + strlen(text); /* "R,G,B" alone is of every input */
    if (strpbrk(text, "([") && !rq_prepare_part(s, text, &begin, &end)) return RQ_OK;
    const char *list = rq_arena_strndup(s->b->arena, begin, (size_t)(end - begin));
    if (!list) return RQ_ENOMEM;
    bool good = rq_parse_f64_list(list, out->v, MAX_CHANNELS, &out->n) && out->n;
    for (size_t i = 0; good && i < out->n; i++) good = rq_fits_f32(out->v[i]);
    if (good) return RQ_OK;
    return rq_fail(RQ_EARG, "%s '%s': expected float32 numbers such as (123.7,116.8,103.9)", key,
                   text);
}

/* -- one input ------------------------------------------------------------------------------- */

/* Axis of the channels, of which there are n: the one that a layout names; else one of that size,
 * the second rather than the last. */
static int channel_axis(const rq_prepare_step *s, const rq_shape *shape, int64_t n)
{
    if (shape->rank < 2) return -1;
    if (s->channels >= 0)
        return shape->d[s->channels] == n || shape->d[s->channels] == RQ_DYNAMIC ? s->channels : -1;
    if (shape->d[1] == n) return 1;
    if (shape->d[shape->rank - 1] == n) return shape->rank - 1;
    return shape->d[1] == RQ_DYNAMIC ? 1 : -1;
}

static rq_id row_along(rq_ir_builder *b, const numbers *row, rq_dtype dtype, int axis, int rank)
{
    float values[MAX_CHANNELS];
    rq_shape shape = {rank, {0}};
    if (row->n == 1) return rq_emit_scalar(b, dtype, row->v[0]);
    for (int i = 0; i < rank; i++) shape.d[i] = i == axis ? (int64_t)row->n : 1;
    for (size_t i = 0; i < row->n; i++) values[i] = (float)row->v[i];
    return rq_emit_convert(b, rq_emit_floats(b, values, &shape), dtype);
}

static bool find_axis(const rq_prepare_step *s, size_t n, int *axis)
{
    rq_shape shape = rq_ir_builder_shape(s->b, s->x);
    char text[RQ_SHAPE_TEXT];
    *axis = n == 1 ? 0 : channel_axis(s, &shape, (int64_t)n);
    if (*axis >= 0) return true;
    rq_ir_builder_fail(s->b, RQ_EARG, "%zu numbers for input '%s' of shape %s", n, s->name,
                       rq_shape_text(&shape, text));
    return false;
}

static void subtract_means(rq_prepare_step *s, numbers *means)
{
    int axis;
    bool zero = true;
    for (size_t i = 0; i < means->n; i++) {
        zero &= means->v[i] == 0.0;
        means->v[i] = -means->v[i];
    }
    if (zero || !find_axis(s, means->n, &axis)) return;
    rq_dtype dtype = rq_ir_builder_dtype(s->b, s->x);
    s->x = rq_emit_binary(s->b, "Add-1", s->x,
                          row_along(s->b, means, dtype, axis, rq_ir_builder_rank(s->b, s->x)));
}

static void divide_by_scales(rq_prepare_step *s, numbers *scales)
{
    int axis;
    bool one = true;
    for (size_t i = 0; i < scales->n; i++) {
        one &= scales->v[i] == 1.0;
        if (!rq_divides_f32(scales->v[i])) {
            rq_ir_builder_fail(s->b, RQ_EARG,
                               "scale_values: a scale of %g for input '%s'; expected one that "
                               "float32 can divide by",
                               scales->v[i], s->name);
            return;
        }
        scales->v[i] = 1.0 / scales->v[i];
    }
    if (one || !find_axis(s, scales->n, &axis)) return;
    rq_dtype dtype = rq_ir_builder_dtype(s->b, s->x);
    s->x = rq_emit_binary(s->b, "Multiply-1", s->x,
                          row_along(s->b, scales, dtype, axis, rq_ir_builder_rank(s->b, s->x)));
}

static void reverse_channels(rq_prepare_step *s)
{
    rq_shape shape = rq_ir_builder_shape(s->b, s->x);
    int axis = shape.rank == 4 ? channel_axis(s, &shape, 3) : -1;
    if (axis < 0 || shape.d[axis] != 3) return;
    s->x = rq_emit_gather(s->b, s->x, RQ_EMIT_INTS(s->b, 2, 1, 0), axis);
}

/* -- all inputs ------------------------------------------------------------------------------ */

static const rq_node *only_reader(const rq_graph *graph, rq_id value)
{
    const rq_node *only = NULL;
    size_t uses = 0;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] == value) {
                only = node;
                uses++;
            }
    }
    return uses == 1 ? only : NULL;
}

/* The axis of the channels behind a Transpose; false: its order is not known. */
static bool turn_channels(rq_prepare_step *s, const rq_node *transpose)
{
    int64_t order[RQ_MAX_RANK];
    size_t n = 0;
    int channels = s->channels;
    if (!rq_ir_builder_ints(s->b, transpose->in[1], order, RQ_MAX_RANK, &n)) return false;
    for (size_t i = 0; i < n && channels >= 0; i++)
        if (order[i] == channels) s->channels = (int)i;
    return true;
}

/* Preprocessing stands behind a conversion to floats and a transpose, in either order, that are
 * all that reads the input: nearer to the first convolution, whose layout the channels then have.
 */
static rq_id behind_entry(rq_prepare_step *s)
{
    rq_id value = s->x;
    bool converted = false, turned = false;
    for (;;) {
        const rq_node *only = only_reader(s->b->graph, value);
        if (only && !strcmp(only->type, "Convert") && !converted)
            converted = true;
        else if (only && !strcmp(only->type, "Transpose") && !turned && turn_channels(s, only))
            turned = true;
        else
            return value;
        value = only->out[0];
    }
}

/* Means and scales are fractions: whole numbers would wrap or be lost. `key`: the option. */
static rq_status check_floats(const rq_prepare_step *s, const char *key)
{
    rq_dtype dtype = rq_ir_builder_dtype(s->b, s->x);
    if (!key || rq_dtype_is_float(dtype)) return RQ_OK;
    return rq_fail(RQ_EARG, "%s for input '%s', which the model reads as %s; expected floats", key,
                   s->name, rq_dtype_name(dtype));
}

/* Readers of `from` before node `first` read `to`. */
static void redirect(rq_ir_builder *b, rq_id from, rq_id to, size_t first)
{
    for (size_t i = 0; i < first && from != to; i++) {
        rq_node *node = b->graph->nodes[i];
        for (uint32_t k = 0; node && k < node->n_in; k++)
            if (node->in[k] == from) node->in[k] = to;
    }
}

static rq_status prepare_input(rq_ir_builder *b, const rq_node *parameter, size_t place,
                               const rq_prepare *prepare)
{
    numbers means, scales;
    rq_prepare_step s = {b, parameter->out[0], parameter->name, place, -1};
    size_t first = b->graph->n_nodes;
    RQ_TRY(read_numbers(&means, &s, "mean_values", prepare->mean_values));
    RQ_TRY(read_numbers(&scales, &s, "scale_values", prepare->scale_values));
    if (!scales.n && prepare->scale != 0.0) scales = (numbers){{prepare->scale}, 1};
    rq_prepare_layout(&s, prepare);
    redirect(b, parameter->out[0], s.x, first);
    first = b->graph->n_nodes;
    rq_id from = s.x = behind_entry(&s);
    RQ_TRY(check_floats(&s, means.n               ? "mean_values"
                            : prepare->mean_image ? "mean_file"
                            : scales.n            ? "scale_values"
                                                  : NULL));
    if (prepare->reverse_input_channels) reverse_channels(&s);
    if (prepare->mean_image) rq_prepare_mean_image(&s, prepare);
    subtract_means(&s, &means);
    divide_by_scales(&s, &scales);
    redirect(b, from, s.x, first);
    return b->status;
}

static bool names_input(const rq_graph *graph, const char *name, size_t length)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (node && !strcmp(node->type, "Parameter") && strlen(node->name) == length &&
            !strncmp(node->name, name, length))
            return true;
    }
    return false;
}

/* Every name before a bracket must be an input's. Numbers without brackets are of every input. */
static rq_status check_names(const rq_graph *graph, const char *text)
{
    if (!text || !strpbrk(text, "()[]")) return RQ_OK;
    for (const char *at = text; *at;) {
        const char *open = at + strcspn(at, "(["), *close = open + strcspn(open, ")]");
        size_t length = (size_t)(open - at);
        if (!*open || !*close)
            return rq_fail(RQ_EARG, "'%s': expected numbers in brackets, such as (1,2,3)", text);
        if (length && !names_input(graph, at, length))
            return rq_fail(RQ_EARG, "'%s': the model has no input '%.*s'", text, (int)length, at);
        at = close + 1;
        at += strspn(at, ", ");
    }
    return RQ_OK;
}

/* Several lists without names: one for each input. */
static rq_status check_number(const rq_graph *graph, const char *text)
{
    size_t lists = text ? count_unnamed(text) : 0, inputs = 0;
    for (size_t i = 0; i < graph->n_nodes; i++)
        inputs += graph->nodes[i] && !strcmp(graph->nodes[i]->type, "Parameter");
    if (lists <= 1 || lists == inputs) return RQ_OK;
    return rq_fail(RQ_EARG, "'%s': %zu lists without names for %zu inputs", text, lists, inputs);
}

static rq_status check_lists(const rq_graph *graph, const char *text)
{
    RQ_TRY(check_names(graph, text));
    return check_number(graph, text);
}

static rq_status record(rq_graph *graph, const rq_prepare *p)
{
    const struct {
        const char *path, *value;
    } entries[] = {
        {"requant/preprocessing/mean_values", p->mean_values},
        {"requant/preprocessing/scale_values", p->scale_values},
        {"requant/preprocessing/mean_file", p->mean_image ? p->mean_file : NULL},
        {"requant/preprocessing/layout", p->layout},
        {"requant/preprocessing/source_layout", p->source_layout},
        {"requant/preprocessing/target_layout", p->target_layout},
        {"requant/preprocessing/reverse_input_channels", p->reverse_input_channels ? "true" : NULL},
    };
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (entries[i].value)
            RQ_TRY(rq_graph_set_rt_info(graph, entries[i].path, entries[i].value));
    if (p->scale == 0.0) return RQ_OK;
    const char *scale = rq_arena_printf(graph->arena, "%.9g", p->scale);
    return scale ? rq_graph_set_rt_info(graph, "requant/preprocessing/scale", scale) : RQ_ENOMEM;
}

rq_status rq_prepare_graph(rq_ir_builder *b, const rq_prepare *prepare)
{
    size_t n = b->graph->n_nodes, place = 0;
    RQ_TRY(check_lists(b->graph, prepare->mean_values));
    RQ_TRY(check_lists(b->graph, prepare->scale_values));
    for (size_t i = 0; i < n; i++) {
        const rq_node *node = b->graph->nodes[i];
        if (!node || strcmp(node->type, "Parameter") != 0) continue;
        RQ_TRY(prepare_input(b, node, place++, prepare));
    }
    return record(b->graph, prepare);
}
