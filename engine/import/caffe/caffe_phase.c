#include "engine/import/caffe/caffe_layers.h"

#include <string.h>

static bool has_stage(const Caffe__NetState *state, const char *stage)
{
    for (size_t i = 0; state && i < state->n_stage; i++)
        if (!strcmp(state->stage[i], stage)) return true;
    return false;
}

/* Every condition that the rule states. The phase is TEST whatever the file says. */
static bool rule_holds(const Caffe__NetStateRule *rule, const Caffe__NetState *state)
{
    int32_t level = state && state->has_level ? state->level : 0;
    if (rule->has_phase && rule->phase != CAFFE__PHASE__TEST) return false;
    if (rule->has_min_level && level < rule->min_level) return false;
    if (rule->has_max_level && level > rule->max_level) return false;
    for (size_t i = 0; i < rule->n_stage; i++)
        if (!has_stage(state, rule->stage[i])) return false;
    for (size_t i = 0; i < rule->n_not_stage; i++)
        if (has_stage(state, rule->not_stage[i])) return false;
    return true;
}

bool rq_caffe_is_included(const rq_caffe_layer *layer, const Caffe__NetParameter *net)
{
    for (size_t i = 0; i < layer->n_exclude; i++)
        if (rule_holds(layer->exclude[i], net->state)) return false;
    for (size_t i = 0; i < layer->n_include; i++)
        if (rule_holds(layer->include[i], net->state)) return true;
    return layer->n_include == 0;
}
