/* The grammar of --input and --output. */
#include "engine/import/cut.h"

#include <ctype.h>
#include <string.h>

static rq_status bad(const char *text, const char *why)
{
    return rq_fail(RQ_EARG,
                   "'%s': %s; expected [PORT:]name[:PORT][shape]{type}->value, for example "
                   "\"data[1 3 224 224]{f32}\" or \"is_training->False\"",
                   text, why);
}

/* -- pieces ---------------------------------------------------------------------------------- */

/* "1..10", "..10", "1.." */
static bool is_range(const char *text)
{
    const char *dots = strstr(text, "..");
    size_t before = strspn(text, "0123456789");
    return dots == text + before && strspn(dots + 2, "0123456789") == strlen(dots + 2) &&
           strlen(text) > 2;
}

/* "3", "?", "-1", a range: what is not one number is unknown. */
static bool parse_dim(const char *text, int64_t *out)
{
    if (!strcmp(text, "?") || is_range(text)) {
        *out = RQ_DYNAMIC;
        return true;
    }
    return rq_parse_i64(text, out) && *out >= RQ_DYNAMIC;
}

static rq_status parse_shape(rq_cut *cut, rq_arena *arena, const char *text)
{
    char *copy = rq_arena_strdup(arena, text), *rest = NULL;
    const char *ranges = "";
    rq_shape *out = &cut->shape;
    if (!copy) return RQ_ENOMEM;
    out->rank = 0;
    for (char *dim = strtok_r(copy, ", \t", &rest); dim; dim = strtok_r(NULL, ", \t", &rest)) {
        if (out->rank == RQ_MAX_RANK) return bad(text, "too many dimensions");
        if (!parse_dim(dim, &out->d[out->rank++])) return bad(text, "a dimension is no number");
        ranges = rq_arena_printf(arena, "%s%s%s", ranges, *ranges ? "," : "",
                                 strcmp(dim, "-1") ? dim : "?");
        if (!ranges) return RQ_ENOMEM;
    }
    cut->ranges = strstr(ranges, "..") ? ranges : NULL;
    return rq_shape_check(out, true, text);
}

static bool all_digits(const char *text, const char *end)
{
    if (text == end) return false;
    for (; text < end; text++)
        if (!isdigit((unsigned char)*text)) return false;
    return true;
}

/* "0:name:1" */
static rq_status parse_name(rq_cut *cut, rq_arena *arena, const char *text)
{
    const char *end = text + strlen(text), *first = strchr(text, ':'), *last = strrchr(text, ':');
    int64_t port;
    cut->in_port = cut->out_port = -1;
    cut->written = text;
    if (first && all_digits(text, first) &&
        rq_parse_i64(rq_arena_strndup(arena, text, (size_t)(first - text)), &port) &&
        port <= INT32_MAX) {
        cut->in_port = (int)port;
        text = first + 1;
    }
    if (last && last >= text && all_digits(last + 1, end) && rq_parse_i64(last + 1, &port) &&
        port <= INT32_MAX) {
        cut->out_port = (int)port;
        end = last;
    }
    cut->name = rq_arena_strndup(arena, text, (size_t)(end - text));
    if (!cut->name) return RQ_ENOMEM;
    if (!cut->name[0]) return bad(text, "no name");
    if (cut->in_port >= 0 && cut->out_port >= 0)
        return bad(text, "an input port and an output port at once");
    return RQ_OK;
}

/* Cuts `text` at `open`; what stands between it and `close` (its last) is *inside. */
static rq_status take_brackets(char *text, char open, char close, char **inside)
{
    char *begin = strchr(text, open);
    *inside = NULL;
    if (!begin) return RQ_OK;
    char *end = strchr(begin, close);
    if (!end || end[1] != '\0') return bad(text, "brackets do not match");
    *begin = *end = '\0';
    *inside = begin + 1;
    return RQ_OK;
}

/* -- one cut, and a list --------------------------------------------------------------------- */

static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return text;
}

static rq_status parse_cut(rq_cut *cut, rq_arena *arena, char *text)
{
    char *type, *shape, *arrow = strstr(text, "->");
    *cut = (rq_cut){.dtype = RQ_DT_UNDEFINED};
    if (arrow) {
        *arrow = '\0';
        cut->value = trim(arrow + 2);
        if (!cut->value[0]) return bad(text, "no value behind ->");
    }
    text = trim(text);
    RQ_TRY(take_brackets(text, '{', '}', &type));
    RQ_TRY(take_brackets(text, '[', ']', &shape));
    if (type) {
        cut->dtype = rq_dtype_parse(trim(type));
        if (cut->dtype == RQ_DT_COUNT) return bad(type, "no such type");
    }
    cut->has_shape = shape != NULL;
    if (shape) RQ_TRY(parse_shape(cut, arena, shape));
    return parse_name(cut, arena, trim(text));
}

/* Splits at commas outside brackets; the pieces are in `copy`. */
static rq_status split(char ***out, size_t *n, rq_arena *arena, char *copy)
{
    size_t count = 1;
    for (const char *c = copy; *c; c++) count += *c == ',';
    *out = rq_arena_alloc(arena, count, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    int depth = 0;
    char *start = copy;
    *n = 0;
    for (char *c = copy;; c++) {
        depth += *c == '[' || *c == '(' || *c == '{';
        depth -= *c == ']' || *c == ')' || *c == '}';
        if (*c && (*c != ',' || depth > 0)) continue;
        bool last = *c == '\0';
        *c = '\0';
        (*out)[(*n)++] = start;
        start = c + 1;
        if (last) return RQ_OK;
    }
}

rq_status rq_cut_parse(rq_cut_list *out, rq_arena *arena, const char *text)
{
    char *copy = rq_arena_strdup(arena, text), **pieces = NULL;
    if (!copy) return RQ_ENOMEM;
    RQ_TRY(split(&pieces, &out->n, arena, copy));
    out->v = rq_arena_alloc(arena, out->n, sizeof *out->v);
    if (!out->v) return RQ_ENOMEM;
    for (size_t i = 0; i < out->n; i++) RQ_TRY(parse_cut(&out->v[i], arena, pieces[i]));
    return RQ_OK;
}

rq_status rq_cut_parse_shapes(rq_cut_list *out, rq_arena *arena, const char *text)
{
    char *copy = rq_arena_strdup(arena, text), **pieces = NULL;
    if (!copy) return RQ_ENOMEM;
    RQ_TRY(split(&pieces, &out->n, arena, copy));
    out->v = rq_arena_alloc(arena, out->n, sizeof *out->v);
    if (!out->v) return RQ_ENOMEM;
    for (size_t i = 0; i < out->n; i++) {
        char *shape = trim(pieces[i]), close = shape[0] == '(' ? ')' : ']';
        size_t length = strlen(shape);
        out->v[i] = (rq_cut){.has_shape = true, .in_port = -1, .out_port = -1};
        if (length < 2 || (shape[0] != '[' && shape[0] != '(') || shape[length - 1] != close)
            return rq_fail(RQ_EARG, "'%s': expected a shape such as [1,3,224,224]", pieces[i]);
        shape[length - 1] = '\0';
        RQ_TRY(parse_shape(&out->v[i], arena, shape + 1));
    }
    return RQ_OK;
}
