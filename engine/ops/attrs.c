#include "engine/ops/attrs.h"

#include "engine/base/choice.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define MAX_LIST 4096 /* numbers in one attribute */

typedef rq_status parse_fn(void *field, rq_arena *arena, const char *text,
                           const rq_attr_spec *spec);

static rq_status malformed(const rq_attr_spec *spec, const char *text, const char *expected)
{
    return rq_fail(RQ_EFORMAT, "attribute %s=\"%s\": expected %s", spec->name, text, expected);
}

static rq_status parse_int(void *field, rq_arena *arena, const char *text, const rq_attr_spec *spec)
{
    (void)arena;
    return rq_parse_i64(text, field) ? RQ_OK : malformed(spec, text, "an integer");
}

static rq_status parse_float(void *field, rq_arena *arena, const char *text,
                             const rq_attr_spec *spec)
{
    (void)arena;
    return rq_parse_f64(text, field) ? RQ_OK : malformed(spec, text, "a number");
}

static rq_status parse_bool(void *field, rq_arena *arena, const char *text,
                            const rq_attr_spec *spec)
{
    (void)arena;
    bool yes = !strcasecmp(text, "true") || !strcmp(text, "1");
    if (!yes && strcasecmp(text, "false") && strcmp(text, "0"))
        return malformed(spec, text, "true or false");
    memcpy(field, &yes, sizeof yes);
    return RQ_OK;
}

static rq_status parse_string(void *field, rq_arena *arena, const char *text,
                              const rq_attr_spec *spec)
{
    (void)spec;
    const char *copy = rq_arena_strdup(arena, text);
    if (!copy) return RQ_ENOMEM;
    memcpy(field, &copy, sizeof copy);
    return RQ_OK;
}

static rq_status parse_enum(void *field, rq_arena *arena, const char *text,
                            const rq_attr_spec *spec)
{
    (void)arena;
    char expected[RQ_CHOICES_TEXT];
    for (int i = 0; spec->choices[i]; i++) {
        if (strcasecmp(spec->choices[i], text) != 0) continue;
        memcpy(field, &i, sizeof i);
        return RQ_OK;
    }
    return malformed(spec, text, rq_choice_text(expected, spec->choices));
}

/* A copy of n numbers of 8 bytes each; NULL: no memory. */
static void *copy_numbers(rq_arena *arena, const void *numbers, size_t n)
{
    void *copy = rq_arena_alloc(arena, n, sizeof(int64_t));
    return copy ? memcpy(copy, numbers, n * sizeof(int64_t)) : NULL;
}

static rq_status parse_ints(void *field, rq_arena *arena, const char *text,
                            const rq_attr_spec *spec)
{
    int64_t values[MAX_LIST];
    rq_ints list = {0, NULL};
    if (!rq_parse_i64_list(text, values, MAX_LIST, &list.n))
        return malformed(spec, text, "integers separated by commas");
    list.v = copy_numbers(arena, values, list.n);
    if (!list.v) return RQ_ENOMEM;
    memcpy(field, &list, sizeof list);
    return RQ_OK;
}

static rq_status parse_floats(void *field, rq_arena *arena, const char *text,
                              const rq_attr_spec *spec)
{
    double values[MAX_LIST];
    rq_floats list = {0, NULL};
    if (!rq_parse_f64_list(text, values, MAX_LIST, &list.n))
        return malformed(spec, text, "numbers separated by commas");
    list.v = copy_numbers(arena, values, list.n);
    if (!list.v) return RQ_ENOMEM;
    memcpy(field, &list, sizeof list);
    return RQ_OK;
}

static rq_status parse_dtype(void *field, rq_arena *arena, const char *text,
                             const rq_attr_spec *spec)
{
    (void)arena;
    rq_dtype dt = rq_dtype_parse(text);
    if (dt == RQ_DT_COUNT) return malformed(spec, text, "an element type such as f32 or i64");
    memcpy(field, &dt, sizeof dt);
    return RQ_OK;
}

static parse_fn *const parsers[] = {
    [RQ_ATTR_INT] = parse_int,       [RQ_ATTR_FLOAT] = parse_float, [RQ_ATTR_BOOL] = parse_bool,
    [RQ_ATTR_STRING] = parse_string, [RQ_ATTR_ENUM] = parse_enum,   [RQ_ATTR_INTS] = parse_ints,
    [RQ_ATTR_FLOATS] = parse_floats, [RQ_ATTR_DTYPE] = parse_dtype,
};

rq_status rq_attrs_parse(const void **out, rq_arena *arena, const rq_node *node, const rq_op *op)
{
    *out = NULL;
    if (!op->attrs) return RQ_OK;
    char *attrs = rq_arena_alloc(arena, 1, op->attrs_size);
    if (!attrs) return RQ_ENOMEM;
    for (const rq_attr_spec *spec = op->attrs; spec->name; spec++) {
        const char *text = rq_node_attr(node, spec->name);
        if (!text) text = spec->fallback;
        if (!text) return rq_node_fail(node, RQ_EFORMAT, "attribute '%s' is missing", spec->name);
        rq_status status = parsers[spec->kind](attrs + spec->offset, arena, text, spec);
        if (status != RQ_OK)
            return rq_fail_prefix(status, "layer '%s' (%s)", node->name, node->type);
    }
    *out = attrs;
    return RQ_OK;
}

/* -- reading by name ------------------------------------------------------------------------ */

static const rq_attr_spec *find_spec(const rq_op *op, const char *name)
{
    const rq_attr_spec *spec = op->attrs;
    while (spec->name && strcmp(spec->name, name) != 0) spec++;
    assert(spec->name);
    return spec;
}

int64_t rq_attrs_int(const rq_op *op, const void *attrs, const char *name)
{
    const rq_attr_spec *spec = find_spec(op, name);
    const char *at = (const char *)attrs + spec->offset;
    if (spec->kind == RQ_ATTR_BOOL) return *(const bool *)at;
    if (spec->kind == RQ_ATTR_ENUM) return *(const int *)at;
    assert(spec->kind == RQ_ATTR_INT);
    return *(const int64_t *)at;
}

double rq_attrs_float(const rq_op *op, const void *attrs, const char *name)
{
    const rq_attr_spec *spec = find_spec(op, name);
    assert(spec->kind == RQ_ATTR_FLOAT);
    return *(const double *)((const char *)attrs + spec->offset);
}

const rq_ints *rq_attrs_ints(const rq_op *op, const void *attrs, const char *name)
{
    const rq_attr_spec *spec = find_spec(op, name);
    assert(spec->kind == RQ_ATTR_INTS);
    return (const rq_ints *)(const void *)((const char *)attrs + spec->offset);
}
