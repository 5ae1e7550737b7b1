/* "generated:N": images that nobody took. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/generated.h"

#include <inttypes.h>
#include <stdio.h>

static rq_status read_generated(rq_dataset *dataset, const char *data, const char *split)
{
    (void)split;
    uint64_t n, seed = 0;
    int end = 0;
    int got =
        sscanf(data, RQ_GENERATED_PREFIX "%" SCNu64 "%n:%" SCNu64 "%n", &n, &end, &seed, &end);
    if (got < 1 || data[end] != '\0' || n < 1 || n > RQ_GENERATED_MAX)
        return rq_fail(RQ_EARG, "%s: expected generated:N or generated:N:SEED, N from 1 to %d",
                       data, RQ_GENERATED_MAX);
    dataset->root = ".";
    for (uint64_t i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, RQ_GENERATED_PREFIX "%" PRIu64 ":%" PRIu64, seed, i);
        RQ_TRY(rq_dataset_add(dataset, name, 0));
    }
    return RQ_OK;
}

extern const rq_dataset_kind rq_dataset_generated;
const rq_dataset_kind rq_dataset_generated = {
    .name = "generated",
    .help = "generated:N[:SEED]: N generated images",
    .probe = rq_is_generated,
    .read = read_generated,
};
