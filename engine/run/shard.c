#include "engine/run/shard.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define MAX_COUNT (INT64_C(1) << 29) /* as many as statistics may have images */

rq_status rq_shard_parse(rq_shard *out, const char *text)
{
    char first[24];
    int64_t index, count;
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : sizeof first;
    snprintf(first, sizeof first, "%.*s", (int)(n < sizeof first ? n : 0), text);
    if (!slash || !rq_parse_i64(first, &index) || !rq_parse_i64(slash + 1, &count) || index < 1 ||
        index > count || count > MAX_COUNT)
        return rq_fail(RQ_EARG, "--shard '%s': expected K/N, part K of N, such as 3/8", text);
    *out = (rq_shard){(size_t)index, (size_t)count};
    return RQ_OK;
}

rq_image_span rq_shard_span(const rq_shard *shard, size_t total)
{
    if (!shard->count) return (rq_image_span){0, total};
    size_t each = total / shard->count, more = total % shard->count, before = shard->index - 1;
    size_t first = before * each + (before < more ? before : more);
    return (rq_image_span){first, each + (before < more)};
}
