#include "engine/base/option.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

/* Appends the options of a table that are of one group. */
static void list_group(rq_option_list *out, const rq_option *table, rq_group wanted)
{
    rq_group group = RQ_GROUP_NONE;
    for (const rq_option *o = table; o->name || o->group; o++) {
        if (!o->name) group = o->group;
        if (!o->name || group != wanted || out->n == RQ_MAX_OPTIONS) continue;
        out->option[out->n] = o;
        out->group[out->n++] = group;
    }
}

bool rq_option_table_has(const rq_option *table, const char *name)
{
    for (const rq_option *o = table; o->name || o->group; o++)
        if (o->name && !strcmp(o->name, name)) return true;
    return false;
}

void rq_option_list_make(rq_option_list *out, const rq_option *const *const *sets, size_t n_sets)
{
    out->n = 0;
    for (int group = RQ_GROUP_NONE; group < RQ_GROUPS; group++)
        for (size_t i = 0; i < n_sets; i++)
            for (const rq_option *const *table = sets[i]; table && *table; table++)
                list_group(out, *table, (rq_group)group);
}

/* '-' and '_' are the same, as in Model Optimizer's flags. */
static bool same_name(const char *option, const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char a = option[i] == '_' ? '-' : option[i], b = word[i] == '_' ? '-' : word[i];
        if (a != b) return false;
    }
    return option[length] == '\0';
}

static rq_status unknown_option(const rq_option_list *list, const char *word, size_t length)
{
    const char *names[RQ_MAX_OPTIONS];
    char text[64];
    for (size_t i = 0; i < list->n; i++) names[i] = list->option[i]->name;
    snprintf(text, sizeof text, "%.*s", (int)length, word);
    const char *near = rq_suggest(text, names, list->n);
    return near ? rq_fail(RQ_EARG, "--%s is not an option; did you mean --%s?", text, near)
                : rq_fail(RQ_EARG, "--%s is not an option", text);
}

rq_status rq_option_find(const rq_option **out, const rq_option_list *list, const char *name,
                         size_t length)
{
    for (size_t i = 0; i < list->n; i++) {
        *out = list->option[i];
        if (same_name((*out)->name, name, length)) return RQ_OK;
        if ((*out)->alias && same_name((*out)->alias, name, length)) return RQ_OK;
    }
    *out = NULL;
    return unknown_option(list, name, length);
}
