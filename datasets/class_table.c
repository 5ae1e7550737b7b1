#include "datasets/class_table.h"

#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_class_table_get(int32_t *out, rq_class_table *table, rq_dataset *dataset,
                             const char *name)
{
    if (!table->map) RQ_TRY(rq_map_create(&table->map));
    uint32_t id = rq_map_get(table->map, name);
    if (id == RQ_NONE) {
        if (table->n >= RQ_MAX_CLASSES)
            return rq_fail(RQ_EFORMAT, "more than %d classes", RQ_MAX_CLASSES);
        RQ_TRY(rq_grow(&table->names, &table->capacity, table->n, sizeof *table->names,
                       "class names"));
        const char *kept = rq_arena_strdup(dataset->arena, name);
        if (!kept) return RQ_ENOMEM;
        id = (uint32_t)table->n;
        RQ_TRY(rq_map_put(table->map, kept, id));
        table->names[table->n++] = kept;
    }
    *out = (int32_t)id;
    return RQ_OK;
}

static size_t find_name(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return i;
    return n;
}

static bool all_known(const rq_class_table *table, const char *const *known, size_t n)
{
    for (size_t i = 0; i < table->n; i++)
        if (find_name(table->names[i], known, n) == n) return false;
    return true;
}

static void renumber(rq_dataset *dataset, const int32_t *to)
{
    for (size_t i = 0; i < dataset->n; i++) {
        const rq_annotation *truth = dataset->samples[i].truth;
        for (size_t k = 0; truth && k < truth->n_boxes; k++) {
            rq_box *box = (rq_box *)&truth->boxes[k]; /* the arena's, and ours while reading */
            box->class_id = to[box->class_id];
        }
    }
}

rq_status rq_class_table_settle(rq_class_table *table, rq_dataset *dataset,
                                const char *const *known, size_t n_known)
{
    bool by_known = known && all_known(table, known, n_known);
    size_t n = by_known ? n_known : table->n;
    const char **names = rq_arena_alloc(dataset->arena, n, sizeof *names);
    int32_t *to = rq_arena_alloc(dataset->arena, table->n, sizeof *to);
    if (!names || !to) return RQ_ENOMEM;
    if (n) memcpy(names, by_known ? known : table->names, n * sizeof *names);
    if (n && !by_known) qsort(names, n, sizeof *names, rq_by_text);
    for (size_t i = 0; i < table->n; i++)
        to[i] = (int32_t)find_name(table->names[i], (const char *const *)names, n);
    renumber(dataset, to);
    dataset->class_names = names;
    dataset->n_classes = (int32_t)n;
    return RQ_OK;
}

void rq_class_table_close(rq_class_table *table)
{
    rq_map_destroy(&table->map);
    free(table->names);
    *table = (rq_class_table){0};
}
