#include "engine/api/options/option_words.h"

#include "calib/range.h"
#include "datasets/config.h"
#include "datasets/dataset_kind.h"
#include "engine/base/mem.h"
#include "engine/exec/exec.h"
#include "reports/adapters/adapter.h"
#include "reports/metrics/output_kind.h"

#include <math.h>
#include <stdlib.h>

static rq_status add(rq_word_list *out, const char *name, const char *help, bool is_setting)
{
    if (!name || !help) return RQ_ENOMEM; /* of the arena, which has said so */
    RQ_TRY(rq_grow(&out->words, &out->capacity, out->n, sizeof *out->words, "values"));
    out->words[out->n++] = (rq_word){name, help, is_setting};
    return RQ_OK;
}

rq_status rq_words_open(rq_word_list *out, const rq_option *option)
{
    *out = (rq_word_list){0};
    RQ_TRY(rq_arena_create(&out->arena));
    for (const rq_keyword *c = option->keywords; c && c->name; c++)
        RQ_TRY(add(out, c->name, c->help, false));
    return option->list ? option->list(out) : RQ_OK;
}

void rq_words_close(rq_word_list *list)
{
    free(list->words);
    rq_arena_destroy(&list->arena);
    *list = (rq_word_list){0};
}

/* -- lists ---------------------------------------------------------------------------------- */

static const char *setting_help(rq_arena *arena, const rq_adapter_setting *setting)
{
    if (isnan(setting->otherwise)) return setting->help;
    return rq_arena_printf(arena, "%s (default: %g)", setting->help, setting->otherwise);
}

rq_status rq_list_adapters(rq_word_list *out)
{
    for (size_t i = 0; rq_adapters[i]; i++) {
        RQ_TRY(add(out, rq_adapters[i]->name, rq_adapters[i]->help, false));
        const rq_adapter_setting *s = rq_adapters[i]->settings;
        for (; s && s->name; s++)
            RQ_TRY(add(out, rq_adapter_setting_text(s), setting_help(out->arena, s), true));
    }
    return add(out, "none", "outputs are compared as numbers only", false);
}

rq_status rq_list_backends(rq_word_list *out)
{
    const rq_backend *backend;
    for (size_t i = 0; (backend = rq_backend_at(i)); i++) {
        const char *help = rq_backend_help(backend), *missing = rq_backend_missing(backend, NULL);
        if (missing) help = rq_arena_printf(out->arena, "%s; not here: %s", help, missing);
        RQ_TRY(add(out, rq_backend_name(backend), help, false));
    }
    return RQ_OK;
}

rq_status rq_list_configurations(rq_word_list *out)
{
    rq_config *configs;
    size_t n;
    RQ_TRY(rq_config_list(&configs, &n, out->arena));
    for (size_t i = 0; i < n; i++) RQ_TRY(add(out, configs[i].name, configs[i].about, false));
    return RQ_OK;
}

rq_status rq_list_formats(rq_word_list *out)
{
    for (size_t i = 0; rq_dataset_kinds[i]; i++)
        RQ_TRY(add(out, rq_dataset_kinds[i]->name, rq_dataset_kinds[i]->help, false));
    return RQ_OK;
}

rq_status rq_list_metrics(rq_word_list *out)
{
    for (size_t i = 0; rq_metrics[i]; i++) {
        const rq_metric *m = rq_metrics[i];
        if (!m->n_figures) RQ_TRY(add(out, m->name, m->help, false));
        for (size_t f = 0; f < m->n_figures; f++)
            RQ_TRY(add(out, m->figures[f].name, m->figures[f].help, false));
    }
    return RQ_OK;
}

rq_status rq_list_output_kinds(rq_word_list *out)
{
    for (int kind = 0; kind < RQ_OUTPUT_KINDS; kind++)
        RQ_TRY(add(out, rq_output_kind_word((rq_output_kind)kind),
                   rq_output_kind_help((rq_output_kind)kind), false));
    return RQ_OK;
}

rq_status rq_list_ranges(rq_word_list *out)
{
    RQ_TRY(add(out, "auto",
               "for each tensor the one with the least error at its consumers' outputs, and with "
               "--data at the network's outputs",
               false));
    for (size_t i = 0; i < rq_range_count(); i++)
        RQ_TRY(add(out, rq_range_at(i)->name, rq_range_at(i)->help, false));
    return RQ_OK;
}
