#include "reports/metrics/output_kind.h"

#include "engine/base/prediction.h"

static const struct entry {
    const char *word, *help;
    unsigned prediction;
} entries[RQ_OUTPUT_KINDS] = {
#define RQ_OUTPUT_KIND(id, word, prediction, help) [RQ_OUTPUT_##id] = {word, help, prediction},
#include "reports/metrics/output_kinds.def"
#undef RQ_OUTPUT_KIND
};

const char *rq_output_kind_word(rq_output_kind kind)
{
    return entries[kind].word;
}

const char *rq_output_kind_help(rq_output_kind kind)
{
    return entries[kind].help;
}

unsigned rq_output_kind_prediction(rq_output_kind kind)
{
    return entries[kind].prediction;
}

/* An image is values, too: the later kind says more. */
rq_output_kind rq_output_kind_of_prediction(unsigned gives)
{
    for (int kind = RQ_OUTPUT_KINDS - 1; kind > 0; kind--)
        if (entries[kind].prediction & gives) return (rq_output_kind)kind;
    return RQ_OUTPUT_TENSOR;
}
