#include "quant/plan_options.h"

const rq_keyword rq_presets[] = {
    [RQ_PRESET_PERFORMANCE] = {"performance", "symmetric: fastest", NULL},
    [RQ_PRESET_MIXED] = {"mixed", "asymmetric: with a zero point, slower on CPUs with AMX", NULL},
    [RQ_PRESET_AUTO] = {"auto", "asymmetric where a symmetric range would leave levels unused",
                        NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_overflow_fixes[] = {
    [RQ_OVERFLOW_AUTO] = {"auto", "change only weights whose products could saturate", NULL},
    [RQ_OVERFLOW_FIRST] = {"first-layer",
                           "halve the codes of each input's first convolution (NNCF)", NULL},
    [RQ_OVERFLOW_ALL] = {"all", "halve the codes of every layer", NULL},
    [RQ_OVERFLOW_OFF] = {"off", "no measure", NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_roundings[] = {
    [RQ_ROUNDING_NEAREST] = {"nearest", "to nearest", NULL},
    [RQ_ROUNDING_ADAPTIVE] =
        {"adaptive", "to what keeps each layer's output on images of --data (AdaRound-like)",
         "fitted"},
    {NULL, NULL, NULL}};
const rq_keyword rq_equalizations[] = {
    [RQ_EQUALIZE_OFF] = {"off", "not tried", NULL},
    [RQ_EQUALIZE_AUTO] = {"auto", "kept only if output SQNR improves", NULL},
    {NULL, NULL, NULL}};

const char *rq_plan_range_name(const rq_plan_options *options)
{
    return options->range ? options->range : RQ_RANGE_AUTO;
}
