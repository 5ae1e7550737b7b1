#include "reports/short_names.h"

#include "engine/base/map.h"

#include <string.h>

#define ROUNDS 2 /* "Conv/Convolution" */

struct rq_short_names {
    rq_map *index; /* whole name -> position */
    const char **labels;
    size_t n;
};

static bool separates(char c)
{
    return c == '/' || c == '.' || c == ':';
}

/* One without a part to lose, such as "Unsqueeze__115", which does not keep others from theirs. */
static bool is_flat(const char *label)
{
    while (*label && !separates(*label)) label++;
    return !*label;
}

/* Whether nothing is left of one without its beginning, or what a flat one is called. */
static bool is_needed(const char *const *labels, size_t n, size_t beginning)
{
    for (size_t i = 0; i < n; i++) {
        if (is_flat(labels[i])) continue;
        if (!labels[i][beginning]) return true;
        for (size_t k = 0; k < n; k++)
            if (is_flat(labels[k]) && !strcmp(labels[k], labels[i] + beginning)) return true;
    }
    return false;
}

/* Bytes that all but flat ones begin with, up to and with a separator. */
static size_t common_beginning(const char *const *labels, size_t n)
{
    const char *first = NULL;
    size_t length = 0, with_parts = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_flat(labels[i])) continue;
        if (with_parts++ == 0) {
            first = labels[i];
            length = strlen(first);
        }
        size_t k = 0;
        while (k < length && labels[i][k] == first[k]) k++;
        length = k;
    }
    while (length > 0 && !separates(first[length - 1])) length--;
    return with_parts > 1 && !is_needed(labels, n, length) ? length : 0;
}

/* Counts, for each beginning of a label that ends before a slash, the labels that have it. */
static rq_status count_parents(rq_map *counts, const char *label, rq_arena *arena)
{
    for (const char *at = strchr(label, '/'); at; at = strchr(at + 1, '/')) {
        if (at == label) continue;
        const char *parent = rq_arena_strndup(arena, label, (size_t)(at - label));
        if (!parent) return RQ_ENOMEM;
        uint32_t count = rq_map_get(counts, parent);
        RQ_TRY(rq_map_put(counts, parent, count == RQ_NONE ? 1 : count + 1));
    }
    return RQ_OK;
}

/* The label without its last part, where no other has that parent or is called so. */
static const char *without_end(const rq_map *counts, const rq_map *taken, const char *label,
                               rq_arena *arena)
{
    const char *end = strrchr(label, '/');
    if (!end || end == label) return label;
    const char *parent = rq_arena_strndup(arena, label, (size_t)(end - label));
    if (!parent) return NULL;
    bool alone = rq_map_get(counts, parent) == 1 && rq_map_get(taken, parent) == RQ_NONE;
    return alone ? parent : label;
}

static rq_status drop_ends(rq_short_names *names, rq_map *counts, rq_map *taken, rq_arena *arena)
{
    for (size_t i = 0; i < names->n; i++) {
        RQ_TRY(count_parents(counts, names->labels[i], arena));
        RQ_TRY(rq_map_put(taken, names->labels[i], 0));
    }
    for (size_t i = 0; i < names->n; i++) {
        names->labels[i] = without_end(counts, taken, names->labels[i], arena);
        if (!names->labels[i]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status shorten(rq_short_names *names, rq_arena *arena)
{
    size_t beginning = common_beginning(names->labels, names->n);
    for (size_t i = 0; i < names->n; i++)
        if (!is_flat(names->labels[i])) names->labels[i] += beginning;
    for (int round = 0; round < ROUNDS && names->n > 1; round++) {
        rq_map *counts = NULL, *taken = NULL;
        rq_status status = rq_map_create(&counts);
        if (status == RQ_OK) status = rq_map_create(&taken);
        if (status == RQ_OK) status = drop_ends(names, counts, taken, arena);
        rq_map_destroy(&counts);
        rq_map_destroy(&taken);
        RQ_TRY(status);
    }
    return RQ_OK;
}

static rq_status collect(rq_short_names *out, const char *const *names, size_t n, rq_arena *arena)
{
    RQ_TRY(rq_map_create(&out->index));
    out->labels = rq_arena_alloc(arena, n, sizeof *out->labels);
    if (!out->labels) return RQ_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (!names[i] || rq_map_get(out->index, names[i]) != RQ_NONE) continue;
        RQ_TRY(rq_map_put(out->index, names[i], (uint32_t)out->n));
        out->labels[out->n++] = names[i];
    }
    return shorten(out, arena);
}

rq_status rq_short_names_create(rq_short_names **out, const char *const *names, size_t n,
                                rq_arena *arena)
{
    *out = rq_arena_alloc(arena, 1, sizeof **out);
    if (!*out) return RQ_ENOMEM;
    **out = (rq_short_names){0};
    rq_status status = collect(*out, names, n, arena);
    if (status != RQ_OK) rq_short_names_destroy(out);
    return status;
}

rq_status rq_short_names_for_layers(rq_short_names **out, const rq_report *report, rq_arena *arena)
{
    size_t n = 0;
    const char **names =
        rq_arena_alloc(arena, report->n_layers + report->n_histograms, sizeof *names);
    *out = NULL;
    if (!names) return RQ_ENOMEM;
    for (size_t i = 0; i < report->n_layers; i++) names[n++] = report->layers[i].name;
    for (size_t i = 0; i < report->n_histograms; i++) names[n++] = report->histograms[i].layer;
    return rq_short_names_create(out, names, n, arena);
}

void rq_short_names_destroy(rq_short_names **names)
{
    if (*names) rq_map_destroy(&(*names)->index);
    *names = NULL;
}

const char *rq_short_name(const rq_short_names *names, const char *name)
{
    uint32_t at = names && name ? rq_map_get(names->index, name) : RQ_NONE;
    return at == RQ_NONE ? name : names->labels[at];
}
