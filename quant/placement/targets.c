#include "quant/placement/targets.h"

#include <stddef.h>

const rq_keyword rq_targets[] = {
#define RQ_TARGET(id, word, help, rules) [RQ_TARGET_##id] = {word, help, NULL},
#include "quant/placement/targets.def"
#undef RQ_TARGET
    {NULL, NULL, NULL}};

unsigned rq_target_rules(rq_target target)
{
    static const unsigned all[] = {
#define RQ_TARGET(id, word, help, rules) [RQ_TARGET_##id] = (rules),
#include "quant/placement/targets.def"
#undef RQ_TARGET
    };
    return all[target];
}
