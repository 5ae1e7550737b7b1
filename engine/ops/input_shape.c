/* Shapes of inputs as people write them. */
#include "engine/ops/bind.h"

#include <string.h>

/* "1,3,48,?" */
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
        if (open[i] && dims[i] != 1) return false; /* "4?" */
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
    if (!name || !list) return RQ_ENOMEM;
    if (!parse_dims(dims, &n, list))
        return rq_fail(RQ_EARG, "--shape %s: expected up to %d integers, or ?, between [ and ]",
                       text, RQ_MAX_RANK);
    out->name = name;
    out->shape = rq_shape_make((int)n, dims);
    return rq_shape_check(&out->shape, true, text);
}
