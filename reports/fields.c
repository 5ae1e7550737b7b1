#include "reports/fields.h"

#include <math.h>
#include <string.h>

static void clear_nothing(void *at)
{
    (void)at;
}

static void clear_real(void *at)
{
    *(double *)at = NAN;
}

static void clear_estimate(void *at)
{
    *(rq_estimate *)at = RQ_NO_ESTIMATE;
}

void rq_record_clear(void *record, const rq_record_type *type)
{
    static void (*const clear[RQ_FIELD_KIND_COUNT])(void *) = {
        [RQ_FIELD_TEXT] = clear_nothing,  [RQ_FIELD_REAL] = clear_real,
        [RQ_FIELD_FLAG] = clear_nothing,  [RQ_FIELD_ESTIMATE] = clear_estimate,
        [RQ_FIELD_REALS] = clear_nothing, [RQ_FIELD_TEXTS] = clear_nothing,
    };
    memset(record, 0, type->size);
    for (size_t i = 0; i < type->n; i++)
        clear[type->fields[i].kind]((char *)record + type->fields[i].offset);
}

void *rq_report_rows(rq_arena *arena, const rq_record_type *type, size_t n)
{
    char *rows = rq_arena_alloc(arena, n, type->size);
    for (size_t i = 0; rows && i < n; i++) rq_record_clear(rows + i * type->size, type);
    return rows;
}

void *rq_report_rows_copy(rq_arena *arena, const rq_record_type *type, const void *rows, size_t n)
{
    void *copy = rq_report_rows(arena, type, n);
    if (copy && n) memcpy(copy, rows, n * type->size);
    return copy;
}

const rq_field *rq_field_find(const rq_record_type *type, const char *key)
{
    for (size_t i = 0; i < type->n; i++)
        if (!strcmp(type->fields[i].key, key)) return &type->fields[i];
    return NULL;
}

static bool is_known(const rq_field *field, const void *record)
{
    if (field->kind == RQ_FIELD_TEXT) return rq_field_text(record, field) != NULL;
    return field->kind != RQ_FIELD_REAL || !isnan(rq_field_real(record, field));
}

bool rq_field_is_known(const rq_field *field, const void *rows, size_t n,
                       const rq_record_type *type)
{
    for (size_t i = 0; i < n; i++)
        if (is_known(field, (const char *)rows + i * type->size)) return true;
    return false;
}
