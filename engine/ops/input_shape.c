/* Shapes of inputs as people write them. */
#include "engine/ops/bind.h"

#include <string.h>

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
    if (!rq_parse_i64_list(list, dims, RQ_MAX_RANK, &n))
        return rq_fail(RQ_EARG, "--shape %s: expected up to %d integers between [ and ]", text,
                       RQ_MAX_RANK);
    out->name = name;
    out->shape = rq_shape_make((int)n, dims);
    return rq_shape_check(&out->shape, false, text);
}
